package s3get

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// against returns a function that opens an object of a server that answers by a
// function.
func against(t *testing.T, answer http.HandlerFunc) func(context.Context, string) (io.ReadCloser, error) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	stall, first := Stall, pause
	t.Cleanup(func() { Stall, pause = stall, first })
	Stall, pause = 200*time.Millisecond, time.Millisecond
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "s", ""),
	})
	return func(ctx context.Context, key string) (io.ReadCloser, error) {
		out, err := Object(ctx, client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: &key})
		if err != nil {
			return nil, err
		}
		return out.Body, nil
	}
}

// TestSilence: a body that stops for good ends with an error, one that is slow doesn't, and
// the time in which the caller doesn't read doesn't count.
func TestSilence(t *testing.T) {
	get := against(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "6")
		for i := range 6 {
			if r.URL.Path == "/b/stops" && i == 3 {
				<-r.Context().Done()
				return
			}
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(Stall / 2)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	body, err := get(ctx, "stops")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if !errors.Is(err, errSilence) || string(text) != "xxx" || ctx.Err() != nil {
		t.Errorf("%q, %v", text, err)
	}
	_ = body.Close()
	body, err = get(ctx, "slow")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * Stall)
	text, err = io.ReadAll(body)
	if err != nil || string(text) != "xxxxxx" {
		t.Errorf("%q, %v", text, err)
	}
	_ = body.Close()
}

// TestResumes: a body that breaks or stops goes on where it was, if there is a new byte
// now and then. A server that sends another part, or another object, isn't believed.
func TestResumes(t *testing.T) {
	var lost atomic.Int64
	get := against(t, func(w http.ResponseWriter, r *http.Request) {
		text, at := "0123456789", 0
		if span := r.Header.Get("Range"); span != "" {
			_, _ = fmt.Sscanf(span, "bytes=%d-", &at)
		}
		w.Header().Set("ETag", `"1"`)
		switch match := r.Header.Get("If-Match"); {
		case r.URL.Path == "/b/replaced" && match != "":
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		case at > 0 && (r.URL.Path == "/b/404 once" && lost.Add(1) == 1 || r.URL.Path == "/b/gone"):
			w.WriteHeader(http.StatusNotFound)
			return
		case at > 0 && match != `"1"`:
			t.Errorf("the rest is asked for with If-Match %q", match)
		case r.URL.Path == "/b/whole":
			at = 0
		case at > 0:
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-9/10", at))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(text)-at))
		if at > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		if r.URL.Path != "/b/nothing" {
			_, _ = io.WriteString(w, text[at:min(at+3, len(text))])
		}
		w.(http.Flusher).Flush()
		if at == 3 {
			<-r.Context().Done() // it is silent once, and else breaks
		}
	})
	for key, want := range map[string]string{
		"part": "", "whole": `answered with the range ""`, "replaced": "PreconditionFailed", "nothing": "unexpected EOF",
		"404 once": "", "gone": "unexpected EOF, and then",
	} {
		body, err := get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if want == "" && (err != nil || string(text) != "0123456789") ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %q, %v, not %q", key, text, err, want)
		}
		_ = body.Close()
	}
}

// TestNoAnswer: an attempt without an answer is repeated.
func TestNoAnswer(t *testing.T) {
	var asked atomic.Int64
	get := against(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, "text")
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	body, err := get(ctx, "k")
	if err != nil || asked.Load() != 2 {
		t.Fatalf("%d requests, %v", asked.Load(), err)
	}
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	// A run that ends isn't silence.
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := get(stopped, "k"); err == nil || strings.Contains(err.Error(), "no answer") {
		t.Errorf("the error is %v", err)
	}
}
