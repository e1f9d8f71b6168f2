package client

import (
	"bytes"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnmountable: a path that can't be in the arguments for a container is said,
// not passed.
func TestUnmountable(t *testing.T) {
	for _, name := range []string{"a b", "a:b"} {
		d := deployed(t, byDefault)
		d.Folder = filepath.Join(t.TempDir(), name)
		var said notes
		r := try(t.Context(), t, d, func(o *Options) { o.Rehearsal.Progress = &said }, "sh", "-c", `echo "[$DATALOCK_CONTAINER_ARGS]"`)
		if r.out != "[]\n" || len(said.list) == 0 || !strings.Contains(said.list[0], "DATALOCK_CONTAINER_ARGS isn't set: the path") {
			t.Errorf("in %s: %s%q", name, r.out, said.list)
		}
	}
}

// notes keeps the notes of a run.
type notes struct {
	quiet
	list []string
}

func (n *notes) Note(text string) { n.list = append(n.list, text) }

// TestRoots: of a file with a certificate and its key, only the certificate gets
// to where containers read it.
func TestRoots(t *testing.T) {
	_, certificate, err := newCertificate(net.ParseIP("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("the user's key")})
	combined := bytes.Join([][]byte{[]byte("# password: hunter2\n"), key, certificate, key, []byte("the end")}, nil)
	path := filepath.Join(t.TempDir(), "combined.pem")
	if err := os.WriteFile(path, combined, 0o600); err != nil {
		t.Fatal(err)
	}
	if roots := rootsOf([]string{"SSL_CERT_FILE=" + path}); !bytes.Equal(roots, certificate) {
		t.Errorf("of a certificate with its key:\n%s", roots)
	}
	for _, path := range systemRoots {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		want, got := strings.Count(string(text), "BEGIN CERTIFICATE"), strings.Count(string(certificatesIn(text)), "BEGIN CERTIFICATE")
		if got != want || want == 0 {
			t.Errorf("%d of the %d certificates in %s", got, want, path)
		}
	}
}
