package awsprovider

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"
	"google.golang.org/protobuf/encoding/protowire"
)

func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func entry(number protowire.Number, key string) []byte {
	return field(number, append(field(1, []byte(key)), field(2, []byte("schema of "+key))...))
}

func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

var (
	provided = framed(append(append(append(field(1, []byte("provider")), entry(2, "aws_s3_bucket")...),
		entry(2, "aws_instance")...), append(entry(3, "aws_ami"), field(6, []byte{8, 1})...)...))
	lessened = framed(append(append(field(1, []byte("provider")), entry(2, "aws_s3_bucket")...), field(6, []byte{
		8,
		1,
	})...))
)

func isS3(name string) bool { return strings.HasPrefix(name, "aws_s3_") }

func TestKeepSchemas(t *testing.T) {
	if got, err := keepSchemas(provided, isS3); err != nil || string(got) != string(lessened) {
		t.Errorf("kept %q, %v; want %q", got, err, lessened)
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "cut off": provided[:len(provided)-1], "compressed": append([]byte{1}, provided[1:]...),
		"no message": framed([]byte{0xff}),
	} {
		if got, err := keepSchemas(text, isS3); err == nil {
			t.Errorf("%s: kept %q", name, got)
		}
	}
}

// fakeProvider answers as gRPC does, and counts the questions for its schemas.
func fakeProvider(t *testing.T, asked *atomic.Int32) tfexec.ReattachConfigAddr {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: &protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == unimplementedPath {
			w.Header().Set("Grpc-Status", "12") // and nothing else
			return
		}
		w.Header().Set("Trailer", "Grpc-Status")
		if r.URL.Path == schemasPath {
			asked.Add(1)
			_, _ = w.Write(provided)
		} else {
			_, _ = io.Copy(w, r.Body)
		}
		w.Header().Set("Grpc-Status", "0")
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return tfexec.ReattachConfigAddr{Network: "unix", String: socket}
}

// TestFew asks for the schemas twice, and for something else, through what
// stands before a provider.
func TestFew(t *testing.T) {
	var asked atomic.Int32
	f, err := newFew(t.TempDir(), fakeProvider(t, &asked), isS3)
	if err != nil {
		t.Fatal(err)
	}
	defer f.stop()
	client := clientOf(f)
	for _, c := range []struct{ path, want string }{
		{schemasPath, string(lessened)}, {"/tfplugin5.Provider/Other", "asked"}, {schemasPath, string(lessened)},
	} {
		answer, err := client.Post("http://provider"+c.path, "application/grpc", strings.NewReader("asked"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil || string(text) != c.want || answer.Trailer.Get("Grpc-Status") != "0" {
			t.Errorf("%s: got %q, trailer %v, %v; want %q", c.path, text, answer.Trailer, err, c.want)
		}
		_ = answer.Body.Close()
	}
	if asked.Load() != 1 {
		t.Errorf("the provider was asked %d times for its schemas, want once", asked.Load())
	}
}

// unimplementedPath is a call that a provider doesn't know.
const unimplementedPath = "/tfplugin5.Provider/New"

// TestFewUnimplemented holds that an answer without a message ends with its
// headers: gRPC's newer clients, as in Terraform 1.15, take nothing else.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
func TestFewUnimplemented(t *testing.T) {
	var asked atomic.Int32
	f, err := newFew(t.TempDir(), fakeProvider(t, &asked), isS3)
	if err != nil {
		t.Fatal(err)
	}
	defer f.stop()
	for range 3000 {
		w := &flushed{ResponseRecorder: httptest.NewRecorder()}
		f.ServeHTTP(w, httptest.NewRequest(http.MethodPost, unimplementedPath, strings.NewReader("asked")))
		if w.Header().Get("Grpc-Status") != "12" || w.times.Load() > 0 {
			t.Fatalf("answered %v, flushed %d times", w.Header(), w.times.Load())
		}
	}
}

// flushed counts how often headers are sent before the answer is complete.
type flushed struct {
	*httptest.ResponseRecorder
	times atomic.Int32
}

func (f *flushed) Flush() { f.times.Add(1) }

func clientOf(f *few) *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: &protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, f.address().Network, f.address().String)
		}}}
}

// TestFewWithoutProvider: Terraform is told in gRPC's way that the provider is
// gone.
func TestFewWithoutProvider(t *testing.T) {
	f, err := newFew(t.TempDir(), tfexec.ReattachConfigAddr{
		Network: "unix",
		String:  filepath.Join(t.TempDir(), "s"),
	}, isS3)
	if err != nil {
		t.Fatal(err)
	}
	defer f.stop()
	for _, path := range []string{schemasPath, "/tfplugin5.Provider/Other"} {
		answer, err := clientOf(f).Post("http://provider"+path, "application/grpc", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Grpc-Status") != "14" {
			t.Errorf("%s: answered %s, %v", path, answer.Status, answer.Header)
		}
	}
}
