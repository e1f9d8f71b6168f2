package client

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"datalock/internal/client/judge"
)

// TestMessages: what a message repeats of a request isn't kept, however it
// repeats it, and the judge reads what the message said before.
func TestMessages(t *testing.T) {
	long := "long-secret" + strings.Repeat("x", maxValue)
	for _, c := range []struct{ query, name, value, code, message string }{
		{"", "X-Amz-Meta-A", long, "InvalidRequest", "not " + long},
		{"", "X-Amz-Meta-A", `a "quoted" secret\`, "InvalidRequest", fmt.Sprintf("not %q", `a "quoted" secret\`)},
		{"", "Authorization", "AWS4-HMAC-SHA256 a - secret", "AuthorizationHeaderMalformed", "not a-secret"},
		{"X-Amz-Credential=AKIA/scope-secret/s3", "", "", "InvalidRequest", "no date in scope-secret"},
		{"X-Amz-Credential=AKIA", "", "", "AuthorizationQueryParametersError", "a secret"},
	} {
		r := httptest.NewRequest("PUT", "/bucket/key?"+c.query, nil)
		if c.name != "" {
			r.Header.Set(c.name, c.value)
		}
		x := begin(r)
		fmt.Fprintf(&x.answer, "<Error><Code>%s</Code><Message>%s</Message></Error>", c.code, c.message)
		got := x.end(time.Now())
		if strings.Contains(got.Message, "secret") || !strings.Contains(got.Message, notKeptText) || got.Code != c.code {
			t.Errorf("of %q, %s %q was kept", c.message, got.Code, got.Message)
		}
	}
	r := httptest.NewRequest("PUT", "/bucket/key", nil)
	r.Header.Set("X-Amz-Meta-Verify", "checksum")
	x := begin(r)
	x.answer.WriteString("<Error><Code>InvalidRequest</Code><Message>Content-MD5 OR x-amz-checksum- HTTP header</Message></Error>")
	if got := x.end(time.Now()); got.Names != judge.NoChecksum || !strings.Contains(got.Message, notKeptText) {
		t.Errorf("the message is %q and names %q", got.Message, got.Names)
	}
}
