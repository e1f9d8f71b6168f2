package s3list_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"datalock/internal/s3list"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A list is a server that lists keys, sorted, in pages of three.
type list struct {
	keys []string
	// encode is how it writes keys, declared what it says about that.
	encode   func(string) string
	declared string
	// next changes the marker of the next page.
	next func(string) string
	// pages counts the requests.
	pages int
}

func (l *list) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.pages++; l.pages > 20 {
		http.Error(w, "too many requests", http.StatusBadRequest)
		return
	}
	after := r.URL.Query().Get("key-marker")
	left := slices.DeleteFunc(slices.Clone(l.keys), func(key string) bool { return key <= after })
	root, entry := "ListVersionsResult", "<Version><Key>%s</Key></Version>"
	if r.URL.Query().Has("uploads") {
		root, entry = "ListMultipartUploadsResult", "<Upload><Key>%s</Key></Upload>"
	}
	var b strings.Builder
	page := left[:min(3, len(left))]
	fmt.Fprintf(&b, "<%s><IsTruncated>%v</IsTruncated><EncodingType>%s</EncodingType>", root, len(left) > 3, l.declared)
	for _, key := range page {
		fmt.Fprintf(&b, entry, l.text(key))
	}
	if len(left) > 3 {
		last := page[2]
		if l.next != nil {
			last = l.next(last)
		}
		fmt.Fprintf(&b, "<NextKeyMarker>%s</NextKeyMarker>", l.text(last))
	}
	fmt.Fprintf(w, "%s</%s>", b.String(), root)
}

func (l *list) text(key string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(l.encode(key)))
	return b.String()
}

func (l *list) client(t *testing.T) *s3.Client {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "s", ""),
	})
}

// both lists versions and uploads.
func (l *list) both(t *testing.T, check func(what string, keys []string, err error)) {
	t.Helper()
	client := l.client(t)
	var keys []string
	var failed error
	versions := s3.ListObjectVersionsInput{Bucket: aws.String("b")}
	for page, err := range s3list.Versions(t.Context(), client, versions) {
		if failed = err; err != nil {
			break
		}
		for _, v := range page.Versions {
			keys = append(keys, *v.Key)
		}
	}
	check("versions", keys, failed)
	keys, l.pages = nil, 0
	for page, err := range s3list.Uploads(t.Context(), client, s3.ListMultipartUploadsInput{Bucket: aws.String("b")}) {
		if failed = err; err != nil {
			break
		}
		for _, u := range page.Uploads {
			keys = append(keys, *u.Key)
		}
	}
	check("uploads", keys, failed)
}

func plain(key string) string { return key }

func tenKeys(folder string) []string {
	var keys []string
	for i := range 10 {
		keys = append(keys, fmt.Sprintf("set/%s/%d.bin", folder, i))
	}
	return keys
}

// TestEveryKeyOnce: each key is listed once, whatever its characters, by a
// server that encodes keys and by one that doesn't.
func TestEveryKeyOnce(t *testing.T) {
	for _, folder := range []string{"a", "a b", "50% x", "été", "a+b", "a%2Bb", "a&b<c>", "~*()'!", "日本"} {
		for declared, encode := range map[string]func(string) string{"url": url.QueryEscape, "": plain} {
			l := &list{keys: tenKeys(folder), encode: encode, declared: declared}
			l.both(t, func(what string, keys []string, err error) {
				if err != nil || !slices.Equal(keys, l.keys) {
					t.Errorf("%q, encoding %q: %d of 10 %s, %v: %q", folder, declared, len(keys), what, err, keys)
				}
			})
		}
	}
}

// TestNoPassOnHalfAListing: a listing that can't be continued is an error.
func TestNoPassOnHalfAListing(t *testing.T) {
	for _, c := range []struct {
		name string
		list list
		want string
	}{
		{"the same page again", list{encode: plain, next: func(string) string { return "set/a/2.bin" }}, "doesn't advance"},
		{"back to the start", list{encode: plain, next: func(string) string { return "set" }}, "doesn't advance"},
		{"no marker", list{encode: plain, next: func(string) string { return "" }}, "doesn't advance"},
		{"encodes the marker twice", list{encode: url.QueryEscape, declared: "url", next: url.QueryEscape}, "doesn't advance"},
		{"says that it encodes", list{
			encode: func(key string) string { return strings.ReplaceAll(key, "a", "50% x") }, declared: "url",
		}, "isn't"},
	} {
		c.list.keys = tenKeys("a")
		c.list.both(t, func(what string, keys []string, err error) {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %d %s, %v", c.name, len(keys), what, err)
			}
		})
	}
}
