package judge

import "time"

// A Request is one recorded request, without secrets. It is a line of the
// record.
type Request struct {
	Time      time.Time `json:"time"`
	Operation Operation `json:"operation"`
	Method    string    `json:"method"`
	// Bucket and Key come from the path, or Bucket from the host's name:
	// VirtualHost says so. Service is the AWS service that the request is signed
	// for, if that isn't S3.
	Bucket      string `json:"bucket"`
	Key         string `json:"key"`
	VirtualHost bool   `json:"virtual_hosted,omitempty"`
	Service     string `json:"service,omitempty"`
	// Query and Headers hold the relevant parameters and headers without
	// secrets. Header names are in lower case.
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	// Signed says how the request is signed: "header", "query" for a presigned
	// URL, or "no".
	Signed string `json:"signed"`
	// TLS is the version, such as "1.3".
	TLS string `json:"tls"`
	// Mode and Until are the retention in the body of a PutObjectRetention.
	Mode  string    `json:"retention_mode,omitempty"`
	Until time.Time `json:"retain_until,omitzero"`
	// Bytes is the length of the body as sent.
	Bytes int64 `json:"bytes"`

	// Status is the HTTP status of the answer, 0 if there was none; Code and
	// Message are S3's.
	Status  int    `json:"status"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Names is the problem that the message named before values that aren't kept
	// were removed from it: see [ProblemIn].
	Names Problem `json:"-"`
	// VersionID is the version that was created.
	VersionID string `json:"version_id,omitempty"`
	// Deletes are the results of a DeleteObjects, one for each key. Cut says
	// that the answer was too long to read completely.
	Deletes []Delete `json:"deletes,omitempty"`
	Cut     bool     `json:"answer_cut,omitempty"`
	// Seconds is how long the answer took.
	Seconds float64 `json:"seconds"`
}

// A Delete is the result for one key of a DeleteObjects.
type Delete struct {
	Key       string `json:"key"`
	VersionID string `json:"version_id,omitempty"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	// Marker says that a delete marker was created.
	Marker bool `json:"marker,omitempty"`
}

// header returns a header by its name in lower case.
func (r Request) header(name string) string { return r.Headers[name] }

// has reports whether the query has a parameter, with or without a value.
func (r Request) has(name string) bool {
	_, ok := r.Query[name]
	return ok
}

// Taken reports whether the server carried out the request.
func (r Request) Taken() bool { return r.Status >= 200 && r.Status < 300 && r.Code == "" }

// version returns the version that the request names.
func (r Request) version() string { return r.Query["versionId"] }

// source returns the bucket and key of the object that the request copies.
func (r Request) source() string { return copySource(r.header("x-amz-copy-source")) }

// retention returns the retention that the request sets, if it sets one.
func (r Request) retention() (mode string, until time.Time) {
	if r.Operation == PutObjectRetention {
		return r.Mode, r.Until
	}
	until, err := time.Parse(time.RFC3339, r.header("x-amz-object-lock-retain-until-date"))
	if err != nil {
		until = time.Time{}
	}
	return r.header("x-amz-object-lock-mode"), until
}
