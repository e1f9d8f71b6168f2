package dataset_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sys/unix"
)

// A fault is something done to a dataset behind the publisher's back.
type fault struct {
	name string
	// harm applies it to the dataset under s3://data/PREFIX.
	harm func(t *testing.T, l testServer, prefix string)
	// finds are the names of the findings, for a plain verification and for one
	// with Read; a fault that only Read finds has none in the first.
	accepted, read string
	// proxy, if not nil, is between the client and the server.
	proxy func(n int64, r *http.Request) s3proxy.Fault
	// answers, if not nil, changes answers.
	answers func(*http.Response)
	// options are the options of the verification.
	options func(published dataset.Published, o *dataset.VerifyOptions)
}

// atRest returns the path of a key's newest version in the server's folder.
func (l testServer) atRest(key string) string { return filepath.Join(l.data, "buckets", "data", key) }

// put puts a newer version over a key, which no policy of this bucket denies.
func (l testServer) put(t *testing.T, key, body string, metadata map[string]string) {
	t.Helper()
	if _, err := l.PutObject(
		t.Context(),
		&s3.PutObjectInput{
			Bucket:   aws.String("data"),
			Key:      &key,
			Body:     strings.NewReader(body),
			Metadata: metadata,
		},
	); err != nil {
		t.Fatal(err)
	}
}

// hide puts a delete marker over a key.
func (l testServer) hide(t *testing.T, key string) {
	t.Helper()
	_, err := l.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("data"), Key: &key})
	must(t, err)
}

// renewed renews a dataset, and returns the key of the signed record.
func (l testServer) renewed(t *testing.T, prefix string) string {
	t.Helper()
	o := dataset.RenewOptions{Days: 5, Key: signer}
	r, err := dataset.Renew(t.Context(), l.Client, at(t, "s3://data/"+prefix), o)
	must(t, err)
	return r.Record
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func setRetention(t *testing.T, path, mode, until string) {
	t.Helper()
	text := fmt.Sprintf(`{"EventHold":"","EventHoldDuration":null,"Mode":%q,"RetainUntilDate":%q}`, mode, until)
	must(t, unix.Setxattr(path, "user.object-retention", []byte(text), 0))
}

// inPlace writes into a file without replacing it.
func inPlace(t *testing.T, path string, change func(data []byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	data = change(data)
	_, err = file.WriteAt(data, 0)
	must(t, err)
	must(t, file.Truncate(int64(len(data))))
	must(t, file.Close())
}

func flipBit(data []byte) []byte { data[len(data)/2] ^= 1; return data }

var soon = time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z")
var later = time.Now().AddDate(0, 0, 30).UTC().Format("2006-01-02T15:04:05Z")

var faults = []fault{
	{name: "nothing", harm: func(*testing.T, testServer, string) {}},
	{name: "a bit flipped at rest", read: "changed", harm: func(t *testing.T, l testServer, p string) {
		inPlace(t, l.atRest(p+"/a/1.bin"), flipBit)
	}},
	{name: "a bit flipped in a large file", read: "changed", harm: func(t *testing.T, l testServer, p string) {
		inPlace(t, l.atRest(p+"/train/001.parquet"), flipBit)
	}},
	{
		name:     "truncated at rest",
		accepted: "truncated",
		read:     "truncated",
		harm: func(t *testing.T, l testServer, p string) {
			inPlace(t, l.atRest(p+"/a/1.bin"), func(data []byte) []byte { return data[:100] })
		},
	},
	{
		name:     "bytes of another version, with its checksum",
		accepted: "changed",
		read:     "changed",
		harm: func(t *testing.T, l testServer, p string) {
			other, err := os.ReadFile(l.atRest(p + "/same/2"))
			must(t, err)
			sum := make([]byte, 1000)
			n, err := unix.Getxattr(l.atRest(p+"/same/2"), "user.checksums", sum)
			must(t, err)
			inPlace(t, l.atRest(p+"/same/1"), func([]byte) []byte { return other })
			must(t, unix.Setxattr(l.atRest(p+"/same/1"), "user.checksums", sum[:n], 0))
		},
	},
	{
		name:     "a version that is gone",
		accepted: "missing",
		read:     "missing",
		harm: func(t *testing.T, l testServer, p string) {
			must(t, os.Remove(l.atRest(p+"/a.txt")))
		},
	},
	{name: "a delete marker", accepted: "hidden", read: "hidden", harm: func(t *testing.T, l testServer, p string) {
		l.hide(t, p+"/a.txt")
	}},
	{name: "a newer version", accepted: "shadowed", read: "shadowed", harm: func(t *testing.T, l testServer, p string) {
		l.put(t, p+"/a.txt", "newer", nil)
	}},
	{
		name:     "a newer version with forged metadata",
		accepted: "shadowed",
		read:     "shadowed",
		harm: func(t *testing.T, l testServer, p string) {
			l.put(
				t,
				p+"/a.txt",
				"forged",
				map[string]string{"sha256": strings.Repeat("0", 64), "datalock": "verified"},
			)
		},
	},
	{name: "an extra key", accepted: "extra", read: "extra", harm: func(t *testing.T, l testServer, p string) {
		l.put(t, p+"/train/0000.parquet", "poison", nil)
	}},
	{
		name:     "retention too short",
		accepted: "ends-early",
		read:     "ends-early",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(p+"/a.txt"), "COMPLIANCE", soon)
		},
	},
	{
		name:     "retention that has ended",
		accepted: "unlocked",
		read:     "unlocked",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(p+"/a.txt"), "COMPLIANCE", "2026-01-01T00:00:00Z")
		},
	},
	{
		name:     "GOVERNANCE mode",
		accepted: "weaker-mode",
		read:     "weaker-mode",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(p+"/a.txt"), "GOVERNANCE", later)
		},
	},
	{name: "no lock", accepted: "unlocked", read: "unlocked", harm: func(t *testing.T, l testServer, p string) {
		must(t, unix.Removexattr(l.atRest(p+"/a.txt"), "user.object-retention"))
	}},
	{
		name:     "the manifest unlocked",
		accepted: "unlocked",
		read:     "unlocked",
		harm: func(t *testing.T, l testServer, p string) {
			must(t, unix.Removexattr(l.atRest(".datalock/"+p+"/manifest.json"), "user.object-retention"))
		},
	},
	{
		name:     "the manifest in GOVERNANCE mode",
		accepted: "weaker-mode",
		read:     "weaker-mode",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(".datalock/"+p+"/manifest.json"), "GOVERNANCE", later)
		},
	},
	{
		name:     "the retention of the manifest too short",
		accepted: "ends-early",
		read:     "ends-early",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(".datalock/"+p+"/manifest.json"), "COMPLIANCE", soon)
		},
	},
	{
		name:     "a shard in GOVERNANCE mode",
		accepted: "weaker-mode",
		read:     "weaker-mode",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(".datalock/"+p+"/entries-00000.jsonl"), "GOVERNANCE", later)
		},
	},
	{
		name:     "the retention of a shard too short",
		accepted: "ends-early",
		read:     "ends-early",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(".datalock/"+p+"/entries-00000.jsonl"), "COMPLIANCE", soon)
		},
	},
	{
		name:     "a shard under a delete marker",
		accepted: "hidden",
		read:     "hidden",
		harm: func(t *testing.T, l testServer, p string) {
			l.hide(t, ".datalock/"+p+"/entries-00000.jsonl")
		},
	},
	{
		name:     "a newer version of a shard",
		accepted: "manifest-changed",
		read:     "manifest-changed",
		harm: func(t *testing.T, l testServer, p string) {
			l.put(t, ".datalock/"+p+"/entries-00000.jsonl", "{}", nil)
		},
	},
	{
		name:     "the signature under a delete marker",
		accepted: "hidden",
		read:     "hidden",
		harm: func(t *testing.T, l testServer, p string) {
			l.hide(t, ".datalock/"+p+"/manifest.sigstore.json")
		},
	},
	{
		name:     "a newer version of the signature",
		accepted: "manifest-changed",
		read:     "manifest-changed",
		harm: func(t *testing.T, l testServer, p string) {
			l.put(t, ".datalock/"+p+"/manifest.sigstore.json", "{}", nil)
		},
	},
	{
		name:     "the retention of the signature too short",
		accepted: "ends-early",
		read:     "ends-early",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(".datalock/"+p+"/manifest.sigstore.json"), "COMPLIANCE", soon)
		},
	},
	{
		name:     "a renewal record in GOVERNANCE mode",
		accepted: "weaker-mode",
		read:     "weaker-mode",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(l.renewed(t, p)), "GOVERNANCE", later)
		},
	},
	{
		name:     "the retention of a renewal record too short",
		accepted: "ends-early",
		read:     "ends-early",
		harm: func(t *testing.T, l testServer, p string) {
			setRetention(t, l.atRest(l.renewed(t, p)), "COMPLIANCE", soon)
		},
	},
	{
		name:     "the signature of a renewal record unlocked",
		accepted: "unlocked",
		read:     "unlocked",
		harm: func(t *testing.T, l testServer, p string) {
			signature := strings.Replace(l.renewed(t, p), ".json", ".sigstore.json", 1)
			must(t, unix.Removexattr(l.atRest(signature), "user.object-retention"))
		},
	},
	{
		name:     "a renewal record under a delete marker",
		accepted: "hidden",
		read:     "hidden",
		harm:     func(t *testing.T, l testServer, p string) { l.hide(t, l.renewed(t, p)) },
	},
	{
		name:     "a newer version of a renewal record",
		accepted: "renewal-changed",
		read:     "renewal-changed",
		harm:     func(t *testing.T, l testServer, p string) { l.put(t, l.renewed(t, p), "{}", nil) },
	},
	{
		name:     "a shard changed",
		accepted: "manifest-changed",
		read:     "manifest-changed",
		harm: func(t *testing.T, l testServer, p string) {
			inPlace(t, l.atRest(".datalock/"+p+"/entries-00000.jsonl"), flipBit)
		},
	},
	{
		name:     "a manifest over the manifest",
		accepted: "manifest-changed",
		read:     "manifest-changed",
		harm: func(t *testing.T, l testServer, p string) {
			l.put(t, ".datalock/"+p+"/manifest.json", "{}", nil)
		},
	},
	{
		name:     "the manifest under a delete marker",
		accepted: "hidden",
		read:     "hidden",
		harm: func(t *testing.T, l testServer, p string) {
			l.hide(t, ".datalock/"+p+"/manifest.json")
		},
	},
	{
		name:     "the manifest replaced at rest, with --root",
		accepted: "manifest-changed",
		read:     "manifest-changed",
		harm: func(t *testing.T, l testServer, p string) {
			inPlace(t, l.atRest(".datalock/"+p+"/manifest.json"), func(data []byte) []byte {
				return bytes.Replace(data, []byte(`"allow_symlinks":false`), []byte(`"allow_symlinks":true `), 1)
			})
		},
		options: func(p dataset.Published, o *dataset.VerifyOptions) { o.Root = p.RootDigest },
	},
	{
		name:     "the manifest replaced at rest, with --key",
		accepted: "signature-wrong",
		read:     "signature-wrong",
		harm: func(t *testing.T, l testServer, p string) {
			inPlace(t, l.atRest(".datalock/"+p+"/manifest.json"), func(data []byte) []byte {
				return bytes.Replace(data, []byte(`"allow_symlinks":false`), []byte(`"allow_symlinks":true `), 1)
			})
		},
		options: func(_ dataset.Published, o *dataset.VerifyOptions) { o.Key = signer },
	},
	{
		name:     "the wrong signer",
		accepted: "signature-wrong",
		read:     "signature-wrong",
		harm:     func(*testing.T, testServer, string) {},
		options:  func(_ dataset.Published, o *dataset.VerifyOptions) { o.Key = stranger },
	},
	{
		name:     "not allowed to read a file",
		accepted: "unknown",
		read:     "unknown",
		harm:     func(*testing.T, testServer, string) {},
		proxy: func(_ int64, r *http.Request) s3proxy.Fault {
			if strings.HasSuffix(r.URL.Path, "/a.txt") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		},
	},
	{
		name:     "not allowed to read a lock",
		accepted: "unknown",
		read:     "unknown",
		harm:     func(*testing.T, testServer, string) {},
		proxy: func(_ int64, r *http.Request) s3proxy.Fault {
			if r.URL.Query().Has("retention") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		},
		answers: func(r *http.Response) {
			if strings.HasSuffix(r.Request.URL.Path, "/a.txt") {
				r.Header.Del("X-Amz-Object-Lock-Mode")
				r.Header.Del("X-Amz-Object-Lock-Retain-Until-Date")
			}
		},
	},
	{
		name:     "not allowed to list versions",
		accepted: "unknown",
		read:     "unknown",
		harm:     func(*testing.T, testServer, string) {},
		proxy: func(_ int64, r *http.Request) s3proxy.Fault {
			if r.URL.Query().Has("versions") {
				return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
			}
			return s3proxy.Fault{}
		},
	},
	{name: "404 and 503 at random", harm: func(*testing.T, testServer, string) {},
		proxy: func(n int64, r *http.Request) s3proxy.Fault {
			switch object := strings.Count(r.URL.Path, "/") > 2; {
			case n%7 == 0:
				return s3proxy.Fault{Status: 503, Code: "SlowDown"}
			case n%5 == 0 && object && !strings.Contains(r.URL.Path, ".datalock"):
				return s3proxy.Fault{Status: 404, Code: "NoSuchVersion"}
			}
			return s3proxy.Fault{}
		}},
}
