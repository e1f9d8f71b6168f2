package preflight

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"datalock/settings"

	"github.com/aws/smithy-go"
)

// TestAllowReading: the fix is for the permission that the server names.
func TestAllowReading(t *testing.T) {
	for message, want := range map[string]string{
		"User: u is not authorized to perform: kms:Decrypt on resource: k":  "allow kms:Decrypt with the key that encrypts it",
		"User: u is not authorized to perform: s3:GetObject on resource: o": "allow s3:GetObject on it",
		"Access Denied": "allow s3:GetObject on it and, if a KMS key encrypts it, kms:Decrypt with that key",
	} {
		err := error(&smithy.GenericAPIError{Code: "AccessDenied", Message: message})
		if got := allowReading(err); got != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
		if got := refusal(err); got != `the server returned "AccessDenied: `+message+`"` {
			t.Errorf("the reason is %s", got)
		}
	}
	if got := refusal(errors.New("no network")); got != "no network" {
		t.Errorf("the reason is %s", got)
	}
}

// TestWritingNotTold: what couldn't be told is not ready.
func TestWritingNotTold(t *testing.T) {
	for status, ready := range map[int]int{http.StatusNotFound: 1, http.StatusNotImplemented: 0} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPut:
				w.WriteHeader(status)
			case r.Method == http.MethodHead || strings.Contains(r.URL.RawQuery, "versioning"):
				_, _ = w.Write([]byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`))
			default:
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		t.Setenv("AWS_ACCESS_KEY_ID", "a")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
		t.Setenv("AWS_CA_BUNDLE", "")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		s := settings.Settings{
			Region:  "us-east-1",
			Buckets: map[string]settings.Bucket{"data": settings.DefaultBucket()},
			Backend: settings.Backend{
				S3: &settings.S3Backend{Bucket: "states", Key: settings.DefaultS3Key, Endpoint: server.URL},
			},
		}
		r, err := Ask(context.Background(), s, s.Stacks(), Environment{Dir: t.TempDir(), Outdir: t.TempDir()})
		server.Close()
		if err != nil || len(r.Findings) != 0 || len(r.Ready) != ready {
			t.Errorf("with %d: %v; found is %v, ready is %v, notes are %v", status, err, r.Findings, r.Ready, r.Notes)
		}
	}
}
