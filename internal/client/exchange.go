package client

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"datalock/internal/client/judge"
)

const (
	// maxValue is how much is kept of a header or a query parameter.
	maxValue = 1024
	// maxRetention is how much is read of the body of a PutObjectRetention, and
	// maxAnswer of an answer: a DeleteObjects of 1,000 keys is less.
	maxRetention = 16 << 10
	maxAnswer    = 4 << 20
)

// An exchange is a request and its answer, while they pass.
type exchange struct {
	mu      sync.Mutex
	request judge.Request
	// body holds the request's where it is read, answer the answer's.
	body, answer bytes.Buffer
	reads        bool
	cut          bool
}

// begin reads a request's head.
func begin(r *http.Request) *exchange {
	x := &exchange{request: judge.Request{
		Time: time.Now().UTC(), Method: r.Method, Headers: map[string]string{}, Query: map[string]string{}, Signed: "no",
	}}
	one := &x.request
	one.Bucket, one.Key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for _, name := range keptHeaders {
		if values := r.Header.Values(name); len(values) > 0 {
			one.Headers[name] = short(strings.Join(values, ","))
		}
	}
	query := r.URL.Query()
	for _, name := range keptQueries {
		if query.Has(name) {
			one.Query[name] = short(query.Get(name))
		}
	}
	for name := range query {
		small := strings.ToLower(name)
		if asHeaders.MatchString(small) && slices.Contains(keptHeaders, small) && one.Headers[small] == "" {
			one.Headers[small] = short(query.Get(name))
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			one.Headers[strings.ToLower(name)] = "(not kept)"
		}
	}
	one.Signed, one.Service = signature(r)
	if r.TLS != nil {
		one.TLS = strings.TrimPrefix(tls.VersionName(r.TLS.Version), "TLS ")
	}
	one.Operation = one.Name(strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data"))
	if one.Operation == judge.PostObject {
		one.Signed = "form"
	}
	x.reads = one.Operation == judge.PutObjectRetention
	return x
}

// scope finds the service in the scope of a signature: KEY/DATE/REGION/SERVICE/aws4_request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
var scope = regexp.MustCompile(`/\d{8}/[^/,\s]*/([a-z0-9-]+)/aws4_request`)

// signature says how a request is signed, and for which service if that isn't
// S3. Nothing else is read of it.
func signature(r *http.Request) (signed, service string) {
	signed, text := "no", ""
	query := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "":
		signed, text = "header", r.Header.Get("Authorization")
	case query.Has("X-Amz-Signature"):
		signed, text = "query", query.Get("X-Amz-Credential")
	case query.Has("Signature"):
		signed = "query"
	}
	if found := scope.FindStringSubmatch(text); found != nil && found[1] != "s3" {
		service = found[1]
	}
	return signed, service
}

// answered reads an answer's head and watches its body.
func answered(a *http.Response) error {
	x, ok := a.Request.Context().Value(record{}).(*exchange)
	if !ok {
		return fmt.Errorf("answer of a request that isn't recorded")
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.request.Status, x.request.VersionID = a.StatusCode, short(a.Header.Get("X-Amz-Version-Id"))
	// A copy, a completed upload and a DeleteObjects can fail in an answer that
	// is a success.
	inside := x.request.Operation == judge.DeleteObjects || x.request.Operation == judge.CopyObject ||
		x.request.Operation == judge.UploadPartCopy || x.request.Operation == judge.CompleteMultipartUpload
	if a.StatusCode >= http.StatusBadRequest || inside {
		a.Body = &copied{a.Body, x}
	}
	return nil
}

// end returns what was recorded.
func (x *exchange) end(now time.Time) judge.Request {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.request.Seconds = now.Sub(x.request.Time).Seconds()
	if x.reads {
		x.request.Mode, x.request.Until = readRetention(x.body.Bytes())
	}
	readAnswer(&x.request, x.answer.Bytes())
	x.request.Cut = x.cut
	return x.request
}

// counted counts a request's body, and keeps a little of those that are read.
type counted struct {
	io.ReadCloser
	of *exchange
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.request.Bytes += int64(n)
	if c.of.reads {
		c.of.body.Write(p[:min(n, maxRetention-c.of.body.Len())])
	}
	return n, err
}

// copied keeps an answer's body, up to a bound.
type copied struct {
	io.ReadCloser
	of *exchange
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	fits := min(n, maxAnswer-c.of.answer.Len())
	c.of.answer.Write(p[:fits])
	c.of.cut = c.of.cut || fits < n
	return n, err
}

// short takes control characters out of a value and cuts it.
func short(value string) string {
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, value)
	if len(value) > maxValue {
		value = strings.ToValidUTF8(value[:maxValue], "") + "…"
	}
	return value
}
