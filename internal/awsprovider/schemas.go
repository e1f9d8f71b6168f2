package awsprovider

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-exec/tfexec"
	"google.golang.org/protobuf/encoding/protowire"
)

// The AWS provider sends the schemas of 1,500 types to each Terraform command,
// which takes both of them seconds of processor time. A stack uses a dozen.

// schemasPath is the gRPC method that returns the schemas.
// https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/tfplugin5.proto
const schemasPath = "/tfplugin5.Provider/GetSchema"

// schemaFields are the fields of the answer that map types to schemas: resources,
// data sources and ephemeral resources.
var schemaFields = []protowire.Number{2, 3, 8}

// few is a proxy in front of a provider that leaves out the schemas that aren't
// wanted.
type few struct {
	server  *http.Server
	forward *httputil.ReverseProxy
	wanted  func(name string) bool
	dir     string

	mu   sync.Mutex
	kept []byte
}

// newFew starts a proxy for the provider, with its socket in a new folder below
// temp.
func newFew(temp string, provider tfexec.ReattachConfigAddr, wanted func(name string) bool) (*few, error) {
	dir, err := os.MkdirTemp(temp, "datalock-provider-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the provider's socket: %w", err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("listen before the provider: %w", err)
	}
	// gRPC is HTTP/2, here without TLS.
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	f := &few{dir: dir, wanted: wanted}
	f.server = &http.Server{Protocols: &protocols, ErrorLog: log.New(io.Discard, "", 0)}
	f.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "provider"})
	f.forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) { unavailable(w, err) }
	f.forward.Transport = &http.Transport{
		Protocols: &protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, provider.Network, provider.String)
		},
	}
	f.server.Handler = f
	go func() { _ = f.server.Serve(listener) }()
	return f, nil
}

func (f *few) address() tfexec.ReattachConfigAddr {
	return tfexec.ReattachConfigAddr{Network: "unix", String: filepath.Join(f.dir, "socket")}
}

func (f *few) stop() {
	_ = f.server.Close()
	_ = os.RemoveAll(f.dir)
}

// ServeHTTP implements [http.Handler].
func (f *few) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != schemasPath {
		f.forward.ServeHTTP(w, r)
		return
	}
	schemas, err := f.schemas(r)
	if err != nil {
		unavailable(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = w.Write(schemas)
	w.Header().Set("Grpc-Status", "0")
}

// unavailable answers that the provider can't be reached.
// https://grpc.io/docs/guides/status-codes/
func unavailable(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Grpc-Status", "14")
	w.Header().Set("Grpc-Message", url.PathEscape(err.Error()))
}

// schemas returns the wanted schemas. It requests them from the provider only
// once.
func (f *few) schemas(r *http.Request) (kept []byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept, err = f.ask(r)
	}
	return f.kept, err
}

// ask requests the schemas from the provider and drops those that aren't wanted.
func (f *few) ask(r *http.Request) ([]byte, error) {
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", "provider"
	answer, err := f.forward.Transport.RoundTrip(out)
	if err != nil {
		return nil, fmt.Errorf("ask the provider for its schemas: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	framed, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read the provider's schemas: %w", err)
	}
	if status := answer.Trailer.Get("Grpc-Status"); status != "0" {
		return nil, fmt.Errorf("ask the provider for its schemas: gRPC status %q %s",
			status, answer.Trailer.Get("Grpc-Message"))
	}
	return keepSchemas(framed, f.wanted)
}

// frameHead is the length of the header of a gRPC message: a byte for compression
// and four for the length.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
const frameHead = 5

// keepSchemas returns a framed answer with only the wanted schemas.
func keepSchemas(framed []byte, wanted func(name string) bool) ([]byte, error) {
	if len(framed) < frameHead || framed[0] != 0 || int(binary.BigEndian.Uint32(framed[1:])) != len(framed)-frameHead {
		return nil, fmt.Errorf("read the provider's schemas: not one uncompressed message")
	}
	kept := bytes.NewBuffer(make([]byte, frameHead))
	for rest := framed[frameHead:]; len(rest) > 0; {
		number, kind, head := protowire.ConsumeTag(rest)
		size := protowire.ConsumeFieldValue(number, kind, rest[max(0, head):])
		if head < 0 || size < 0 {
			return nil, fmt.Errorf("read the provider's schemas: %w", protowire.ParseError(min(head, size)))
		}
		field := rest[:head+size]
		if !slices.Contains(schemaFields, number) || wanted(nameOf(field[head:])) {
			kept.Write(field)
		}
		rest = rest[len(field):]
	}
	text := kept.Bytes()
	binary.BigEndian.PutUint32(text[1:], uint32(len(text)-frameHead))
	return text, nil
}

// nameOf returns the key of a map entry, its first field.
func nameOf(entry []byte) string {
	value, _ := protowire.ConsumeBytes(entry)
	if number, _, n := protowire.ConsumeTag(value); n > 0 && number == 1 {
		key, _ := protowire.ConsumeBytes(value[n:])
		return string(key)
	}
	return ""
}
