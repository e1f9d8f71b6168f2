package prove

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// exchangeKey is the context key of the [exchange] in which a transport records
// the last HTTP request and its answer.
type exchangeKey struct{}

// An exchange is one HTTP request and the relevant parts of its answer.
type exchange struct {
	who                          Principal
	method, bucket, key, version string
	status                       int
	id                           string
	// copied says that the answer has the id of an earlier one.
	copied bool
}

// maxAnswerBytes limits how much of an answer is read. A listing of a thousand
// versions is shorter.
const maxAnswerBytes = 4 << 20

// transport sends the requests of one principal, records each exchange and the
// server's clock, and limits the answers.
type transport struct {
	base http.RoundTripper
	who  Principal
	// pathStyle says that the bucket is in the path, not in the host name.
	pathStyle bool
	clock     *clock
	answers   *answers
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	response, err := t.base.RoundTrip(r)
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	*x = exchange{who: t.who, method: r.Method, version: r.URL.Query().Get("versionId")}
	x.bucket, x.key = t.place(r.URL)
	if err != nil {
		return response, err
	}
	x.status, x.id = response.StatusCode, clean(response.Header.Get("X-Amz-Request-Id"))
	if x.copied = t.answers.copied(x.id); !x.copied {
		t.clock.note(response.Header.Get("Date"), sent, time.Now())
	}
	t.answers.wrote(*x, response)
	response.Body = &bounded{response.Body, maxAnswerBytes}
	return response, nil
}

// place returns the bucket and the key in a URL.
func (t transport) place(u *url.URL) (bucket, key string) {
	path := strings.TrimPrefix(u.Path, "/")
	if t.pathStyle || strings.HasPrefix(u.Host, "s3.") {
		bucket, key, _ = strings.Cut(path, "/")
		return bucket, key
	}
	bucket, _, _ = strings.Cut(u.Host, ".s3.")
	return bucket, path
}

// bounded is an answer's body that returns an error when it is too long.
type bounded struct {
	io.ReadCloser
	left int
}

var errTooLong = fmt.Errorf("the answer is longer than %d bytes", maxAnswerBytes)

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// maxWords limits how much of a server's message goes into a report.
const maxWords = 800

var secrets = regexp.MustCompile(`(?i)(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"'<>]+`)

// clean removes signatures and control characters from a server's message, and
// shortens it.
func clean(text string) string {
	text = secrets.ReplaceAllString(text, "${1}REDACTED")
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return strings.TrimSpace(text)
}

// redact removes the query from the URL in a network error: a presigned URL's
// query works like a password.
func redact(err error) error {
	network := (*url.Error)(nil)
	if errors.As(err, &network) {
		network.URL, _, _ = strings.Cut(network.URL, "?")
	}
	return err
}
