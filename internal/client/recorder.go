package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"datalock/internal/client/judge"
)

// A recorder is a reverse proxy that reports each request once it is answered.
type recorder struct {
	// endpoint is its URL, pem its certificate.
	endpoint string
	pem      []byte

	server *http.Server
	proxy  *httputil.ReverseProxy
	tell   func(judge.Request)

	mu sync.Mutex
	// handshakes are the TLS errors of connections without a request.
	handshakes []string
	// open counts the requests without an answer yet.
	open sync.WaitGroup
}

// record is the context key of the request being recorded.
type record struct{}

const (
	// maxHandshakes limits the recorded handshake errors.
	maxHandshakes = 5
	// stopWithin is the time limit for the last requests.
	stopWithin = 3 * time.Second
	// headerWithin is how long a connection may take to send a header.
	headerWithin = 30 * time.Second
)

// startRecorder serves a listener and forwards to an S3 server. tell is called
// for one request at a time.
func startRecorder(
	listener net.Listener, server string, roots *x509.CertPool, tell func(judge.Request),
) (*recorder, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("record requests to %s: %w", server, err)
	}
	r := &recorder{endpoint: "https://" + listener.Addr().String()}
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("record requests at %s: %w", listener.Addr(), err)
	}
	certificate, text, err := newCertificate(net.ParseIP(host))
	if err != nil {
		return nil, err
	}
	r.pem = text
	r.tell = func(one judge.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		tell(one)
	}
	r.proxy = &httputil.ReverseProxy{
		// Keep the Host header: the program has signed it.
		Rewrite: func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 256, DisableCompression: true,
			ExpectContinueTimeout: time.Second,
		},
		ErrorLog:       log.New(io.Discard, "", 0),
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(a *http.Response) error { return answered(a) },
	}
	r.server = &http.Server{
		Handler: r, ReadHeaderTimeout: headerWithin, ErrorLog: log.New(handshakes{r}, "", 0),
		// Old TLS versions are accepted so that they can be reported. S3
		// doesn't support HTTP/2.
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, NextProtos: []string{"http/1.1"},
		},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go func() { _ = r.server.ServeTLS(listener, "", "") }()
	return r, nil
}

// ServeHTTP forwards a request and reports it.
func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.open.Add(1)
	defer r.open.Done()
	x := begin(request)
	defer func() { r.tell(x.end(time.Now())) }()
	request = request.WithContext(context.WithValue(request.Context(), record{}, x))
	if request.Body != nil {
		request.Body = &counted{request.Body, x}
	}
	r.proxy.ServeHTTP(w, request)
}

// stop waits briefly for requests in progress, and ends the rest.
func (r *recorder) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if r.server.Shutdown(ctx) != nil {
		_ = r.server.Close()
	}
	r.open.Wait()
	r.proxy.Transport.(*http.Transport).CloseIdleConnections()
}

// failedHandshakes returns the TLS errors of connections without a request.
func (r *recorder) failedHandshakes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.handshakes)
}

// handshakes receives the server's log and keeps only failed handshakes, each
// reason once.
type handshakes struct{ of *recorder }

func (h handshakes) Write(line []byte) (int, error) {
	_, said, ok := strings.Cut(string(bytes.TrimSpace(line)), "TLS handshake error from ")
	if !ok {
		return len(line), nil
	}
	// The address before the reason has a different port each time.
	if _, reason, ok := strings.Cut(said, ": "); ok {
		said = reason
	}
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	if said != "EOF" && len(h.of.handshakes) < maxHandshakes && !slices.Contains(h.of.handshakes, said) {
		h.of.handshakes = append(h.of.handshakes, said)
	}
	return len(line), nil
}
