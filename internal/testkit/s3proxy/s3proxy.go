// Package s3proxy stands between a client and an S3 server and does what
// networks and servers do now and then: it fails, cuts, delays and lies, by a
// function that the test gives.
package s3proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A Fault is what becomes of a request.
type Fault struct {
	// Status answers instead of the server, with the S3 error code, if it isn't 0.
	Status int
	Code   string
	// Message is that of the error document, if it isn't empty.
	Message string
	// Lose hands the request on and breaks the connection instead of
	// answering.
	Lose bool
	// Cut breaks the connection before the request reaches the server, after
	// this many bytes of its body.
	Cut   bool
	After int64
	// Hook is called before anything else, Then before the connection breaks,
	// if they aren't nil.
	Hook, Then func()
}

// A Proxy is a running one.
type Proxy struct {
	URL string
	// Requests counts all requests.
	Requests atomic.Int64

	mu     sync.Mutex
	fault  func(n int64, r *http.Request) Fault
	answer func(*http.Response)
}

// Start starts a proxy before a server.
func Start(t testing.TB, server string) *Proxy {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	reverse := &httputil.ReverseProxy{
		// The host stays that of the client, which has signed it.
		Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host },
		Transport:    &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(r *http.Response) error {
			p.mu.Lock()
			answer := p.answer
			p.mu.Unlock()
			if answer != nil {
				answer(r)
			}
			return nil
		},
	}
	running := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(reverse, w, r) }),
	)
	running.Config.ErrorLog = nil
	t.Cleanup(running.Close)
	p.URL = running.URL
	return p
}

// Faults sets what becomes of requests; n counts them from 1.
func (p *Proxy) Faults(f func(n int64, r *http.Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	p.Requests.Store(0)
}

// Answers sets what is changed in the server's answers.
func (p *Proxy) Answers(f func(*http.Response)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// BreakOff breaks off the first answer to each path after some bytes of its
// body, if it is longer.
func (p *Proxy) BreakOff(after int64) {
	broken := map[string]bool{}
	p.Answers(func(r *http.Response) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if what := r.Request.Method + r.Request.URL.String(); !broken[what] {
			broken[what] = true
			r.Body = breaking{io.LimitReader(r.Body, after), r.Body}
		}
	})
}

// HoldBack holds back the rest of the first answer to each GET of an object after
// some bytes of its body, until the client gives up. It returns the paths so far.
func (p *Proxy) HoldBack(after int64) func() []string {
	held := map[string]bool{}
	p.Answers(func(r *http.Response) {
		p.mu.Lock()
		defer p.mu.Unlock()
		path := r.Request.URL.Path
		if r.Request.Method != http.MethodGet || strings.Count(path, "/") < 2 || held[path] || r.ContentLength <= after {
			return
		}
		held[path] = true
		// Without a length, what is there is handed on at once.
		r.ContentLength = -1
		r.Header.Del("Content-Length")
		r.Body = holding{io.LimitReader(r.Body, after), r.Body, r.Request.Context()}
	})
	return func() []string {
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.Sorted(maps.Keys(held))
	}
}

type holding struct {
	io.Reader
	io.Closer
	ctx context.Context
}

// Read waits where the reader ends.
func (h holding) Read(to []byte) (int, error) {
	n, err := h.Reader.Read(to)
	if errors.Is(err, io.EOF) {
		<-h.ctx.Done()
		err = h.ctx.Err()
	}
	return n, err
}

type breaking struct {
	io.Reader
	io.Closer
}

// Read fails where the reader ends.
func (b breaking) Read(to []byte) (int, error) {
	n, err := b.Reader.Read(to)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (p *Proxy) serve(reverse http.Handler, w http.ResponseWriter, r *http.Request) {
	n := p.Requests.Add(1)
	p.mu.Lock()
	decide := p.fault
	p.mu.Unlock()
	var f Fault
	if decide != nil {
		f = decide(n, r)
	}
	if f.Hook != nil {
		f.Hook()
	}
	breakOff := func() {
		if f.Then != nil {
			f.Then()
		}
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Cut:
		_, _ = io.CopyN(io.Discard, r.Body, f.After)
		breakOff()
	case f.Lose:
		reverse.ServeHTTP(httptest.NewRecorder(), r)
		breakOff()
	case f.Status != 0:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(f.Status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(
				w,
				`<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`,
				f.Code, cmp.Or(f.Message, "by the test"),
			)
		}
	default:
		reverse.ServeHTTP(w, r)
	}
}
