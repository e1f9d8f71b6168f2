// Package s3test starts the local S3 server of internal/rehearse/server for tests, as a
// rehearsal does.
package s3test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"datalock/internal/rehearse/local"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// A Server is a running server, with the keys of its root.
type Server struct {
	*local.Server
	AccessKey, SecretKey string
}

// Env returns the variables with which Terraform deploys to the server as its
// root. The server was started with --tls: the bucket policy binds root too, and
// denies what doesn't come by TLS.
func (s Server) Env() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": s.AccessKey, "AWS_SECRET_ACCESS_KEY": s.SecretKey,
		"AWS_CA_BUNDLE": s.CAFile, "AWS_ENDPOINT_URL_S3": s.Endpoint,
	}
}

// build builds the server once for each test binary.
var build = sync.OnceValues(func() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(file))))
	cache := filepath.Join(user, "datalock")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	// Packages are tested side by side: one builds, the others wait.
	unlock, err := lockedfile.MutexAt(filepath.Join(cache, "server.lock")).Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	return local.Build(context.Background(), filepath.Join(root, "internal", "rehearse", "server"), cache, "", func() {})
})

// Start starts a server with its data in a temporary folder. It stops with the
// test, even if the test is killed.
func Start(t testing.TB, args ...string) Server {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	running, err := local.Start(t.Context(), binary, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Stop)
	root := running.Users["root"]
	return Server{Server: running, AccessKey: root.AccessKey, SecretKey: root.SecretKey}
}
