package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
)

// TestSilentServer: a request that a server accepts and never answers is repeated.
func TestSilentServer(t *testing.T) {
	before := silence
	silence = 200 * time.Millisecond
	t.Cleanup(func() { silence = before })
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Chdir(t.TempDir())
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests == 1 {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	for verb, want := range map[string]string{"audit": "there is no bucket gone", "adopt": ""} {
		requests = 0
		args := []string{verb, "--bucket", "gone", "--endpoint", server.URL}
		if verb == "adopt" {
			args = []string{verb, "gone", "--endpoint", server.URL}
		}
		var out strings.Builder
		if code := run(t.Context(), args, streams{in: null, err: null, out: &out}); code == exitOK ||
			!strings.Contains(out.String(), want) || requests < 2 {
			t.Errorf("%s: exit %d after %d requests: %s", verb, code, requests, out.String())
		}
	}
	requests = 0
	control, err := (&s3Flags{endpoint: server.URL, jobs: 1}).control(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = control.DescribeJob(t.Context(), &s3control.DescribeJobInput{
		AccountId: aws.String("012345678901"), JobId: aws.String("1"),
	})
	if err == nil || requests != 2 {
		t.Errorf("S3 Control: %v after %d requests", err, requests)
	}
}
