package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"
)

// worst are the moments at which stopping a publish could do harm.
var worst = []struct {
	name string
	at   func(r *http.Request) bool
}{
	{"in the first part", func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "1" }},
	{"in the last part", func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "2" }},
	{"at the end of an upload", func(r *http.Request) bool {
		return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
	}},
	{"in a small file", func(r *http.Request) bool { return puts(r, "/set/README.md") }},
	{"in the shard", func(r *http.Request) bool { return puts(r, "/entries-00000.jsonl") }},
	{"in the signature", func(r *http.Request) bool { return puts(r, "/manifest.sigstore.json") }},
	{"in the manifest", func(r *http.Request) bool { return puts(r, "/manifest.json") }},
}

func puts(r *http.Request, end string) bool {
	return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, end)
}

// TestPublishStopped stops a publish by Ctrl-C and SIGTERM at the worst
// moments: before the request reaches the server, and when the server is done
// and its answer is lost. The run says what to do, and the next one succeeds,
// with one version of each key.
func TestPublishStopped(t *testing.T) {
	server := s3test.Start(t)
	key := keyFile(t)
	for i, moment := range worst {
		for j, how := range []string{"before it arrives", "after it is done"} {
			bucket := fmt.Sprintf("data-%d-%d", i, j)
			t.Run(moment.name+", "+how, func(t *testing.T) {
				t.Parallel()
				aBucket(t, server, bucket, true)
				stopOnce(t, server, bucket, key, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[(i+j)%2], moment.at, j == 1)
			})
		}
	}
}

func stopOnce(
	t *testing.T,
	server s3test.Server,
	bucket, key string,
	signal syscall.Signal,
	at func(*http.Request) bool,
	done bool,
) {
	proxy := s3proxy.Start(t, server.Endpoint)
	p := s3Tool(t, server, proxy.URL, "publish", aFolder(t), "s3://"+bucket+"/set", "--yes", "--key", key)
	var stopped atomic.Bool
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if stopped.Load() {
			// The signal may arrive after the next request.
			return s3proxy.Fault{Hook: func() { <-p.ended }}
		}
		if !at(r) || stopped.Swap(true) {
			return s3proxy.Fault{}
		}
		stop := func() { _ = p.Process.Signal(signal) }
		if done {
			return s3proxy.Fault{Lose: true, Then: stop}
		}
		return s3proxy.Fault{Hook: stop, Cut: true}
	})
	code := p.run(t)
	if !stopped.Load() || code != exitFailed ||
		!strings.Contains(p.err.String(), "interrupted; run it again to continue") {
		t.Fatalf("exit %d, stopped %v", code, stopped.Load())
	}
	p.empty(t)
	next := p.again()
	if code := next.run(t); code != exitOK {
		t.Fatalf("the next run: exit %d", code)
	}
	root := strings.TrimSpace(next.out.String())
	wholeDataset(t, server, bucket, "set", root)
}

// keyFile writes a new key and returns its path.
func keyFile(t *testing.T) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
