// Package s3test starts the local S3 server of rehearsal/server for tests. The
// server is a Go module of its own and runs as a process of its own.
package s3test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// An Account is one that the server knows.
type Account struct {
	ARN       string `json:"arn"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
}

// A Server is a running server.
type Server struct {
	Endpoint  string             `json:"endpoint"`
	Region    string             `json:"region"`
	AccessKey string             `json:"access_key"`
	SecretKey string             `json:"secret_key"`
	Users     map[string]Account `json:"users"`
	// CAFile is the certificate to trust where it was started with --tls.
	CAFile string `json:"ca_file"`
}

// build makes the binary in the user's cache folder, where the next test finds
// it: go build does nothing where it is up to date.
var build = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	dir := filepath.Join(cache, "datalock")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Renamed into place, so that two packages' tests may build at once.
	building := filepath.Join(dir, fmt.Sprintf("test-server.%d", os.Getpid()))
	cmd := exec.Command("go", "build", "-o", building, ".")
	cmd.Dir = filepath.Join(root, "rehearsal", "server")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return building, nil
})

// Cleanup removes the binary; TestMain calls it after the tests.
func Cleanup() {
	if binary, err := build(); err == nil {
		_ = os.Remove(binary)
	}
}

// Start starts a server with its data in a temporary folder. It stops with the
// test, and also where the test is killed.
func Start(t testing.TB, args ...string) Server {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"--stop-with-stdin"}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("read the server's ready line: %v", err)
	}
	var s Server
	if err := json.Unmarshal(line, &s); err != nil {
		t.Fatalf("read the server's ready line: %v", err)
	}
	return s
}
