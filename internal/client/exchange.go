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
	// maxValue limits each stored header and query parameter.
	maxValue = 1024
	// maxRetention limits how much of a PutObjectRetention's body is read, and
	// maxAnswer how much of an answer: the answer to a DeleteObjects of 1,000
	// keys is shorter.
	maxRetention = 16 << 10
	maxAnswer    = 4 << 20
)

// An exchange is a request and its answer in transit.
type exchange struct {
	mu      sync.Mutex
	request judge.Request
	// body holds the request's body if reads is set, answer the answer's body.
	body, answer bytes.Buffer
	reads        bool
	cut          bool
	// secrets are the request's values that must not be kept.
	secrets []string
}

// begin reads a request's headers.
func begin(r *http.Request) *exchange {
	x := &exchange{secrets: notKept(r), request: judge.Request{
		Time: time.Now().UTC(), Method: r.Method, Headers: map[string]string{}, Query: map[string]string{}, Signed: "no",
	}}
	one := &x.request
	path := strings.TrimPrefix(r.URL.Path, "/")
	if found := inHost.FindStringSubmatch(r.Host); found != nil {
		one.VirtualHost, one.Bucket, one.Key = true, found[1], path
	} else {
		one.Bucket, one.Key, _ = strings.Cut(path, "/")
	}
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
			one.Headers[strings.ToLower(name)] = notKeptText
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

// inHost matches a Host header with a bucket before the host's name, as in
// virtual-hosted-style requests.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
var inHost = regexp.MustCompile(`^(.+)\.(?:` + strings.ReplaceAll(strings.Join(hostNames, "|"), ".", `\.`) +
	`|s3[.-][a-z0-9.-]*amazonaws\.com)(?::\d+)?$`)

// scope matches the service in a signature's scope:
// KEY/DATE/REGION/SERVICE/aws4_request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
var scope = regexp.MustCompile(`/\d{8}/[^/,\s]*/([a-z0-9-]+)/aws4_request`)

// signature returns how a request is signed, and for which service if that
// isn't S3. It reads nothing else.
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

// answered reads an answer's headers and records its body.
func answered(a *http.Response) error {
	x, ok := a.Request.Context().Value(record{}).(*exchange)
	if !ok {
		return fmt.Errorf("answer to a request that wasn't recorded")
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.request.Status, x.request.VersionID = a.StatusCode, short(a.Header.Get("X-Amz-Version-Id"))
	// The answer to a copy, a completed upload or a DeleteObjects can have
	// status 200 and still contain an error.
	inside := x.request.Operation == judge.DeleteObjects || x.request.Operation == judge.CopyObject ||
		x.request.Operation == judge.UploadPartCopy || x.request.Operation == judge.CompleteMultipartUpload
	if a.StatusCode >= http.StatusBadRequest || inside {
		a.Body = &copied{a.Body, x}
	}
	return nil
}

// end returns the recorded request.
func (x *exchange) end(now time.Time) judge.Request {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.request.Seconds = now.Sub(x.request.Time).Seconds()
	if x.reads {
		x.request.Mode, x.request.Until = readRetention(x.body.Bytes())
	}
	readAnswer(&x.request, x.answer.Bytes())
	x.request.Names = judge.ProblemIn(x.request.Message)
	withoutSecrets(&x.request, x.secrets)
	x.request.Cut = x.cut
	return x.request
}

// counted counts a request's body, and keeps the start of those that are read.
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

// copied keeps an answer's body up to maxAnswer.
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

// short removes control characters from a value and shortens it.
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
