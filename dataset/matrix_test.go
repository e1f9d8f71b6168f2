package dataset_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/dataset/signing"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// newKey creates a key and also returns its PEM.
func newKey(t *testing.T) (*signing.Key, []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	key, err := signing.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

var signer, stranger *signing.Key

// TestFaultMatrix: each fault gives its finding and no other; an untouched
// dataset gives none.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	signer, _ = newKey(t)
	stranger, _ = newKey(t)
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 2)
	files := map[string]int{"a.txt": 33, "a/1.bin": 4096, "same/1": 500, "same/2": 500, "empty": 0}
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			prefix := fmt.Sprintf("set/%02d", i)
			location := "s3://data/" + prefix
			dir := t.TempDir()
			write(t, dir, files)
			write(t, dir, map[string]int{"train/001.parquet": f.large()})
			p, err := dataset.Publish(
				t.Context(),
				l.Client,
				dir,
				at(t, location),
				dataset.PublishOptions{Key: signer},
			)
			must(t, err)
			f.harm(t, l, prefix)
			client, endpoint := l.Client, l.Endpoint
			if f.proxy != nil {
				proxy := s3proxy.Start(t, l.Endpoint)
				proxy.Faults(f.proxy)
				proxy.Answers(f.answers)
				endpoint = proxy.URL
				client = l.as(endpoint, l.AccessKey, l.SecretKey)
			}
			l.askPeers(t, f, dir, prefix, endpoint)
			for _, read := range []bool{false, true} {
				want := map[bool]string{false: f.accepted, true: f.read}[read]
				o := dataset.VerifyOptions{Read: read}
				if f.options != nil {
					f.options(p, &o)
				}
				v, err := dataset.Verify(context.Background(), client, at(t, location), o)
				must(t, err)
				if got := found(v); got != want {
					t.Errorf("read %v: found %q, want %q\n%s", read, got, want, names(v))
				}
				if v.Judged() != (want != "unknown") || v.Clean() != (want == "") {
					t.Errorf("read %v: judged %v, clean %v", read, v.Judged(), v.Clean())
				}
			}
		})
	}
}

// large is the size of the largest file: it is in parts where a fault can concern
// them, or has to do with more than one file.
func (f fault) large() int {
	for _, subject := range []string{"nothing", "large file", "shard", "renewal", "random"} {
		if strings.Contains(f.name, subject) {
			return 9 << 20
		}
	}
	return 9000
}

// found returns the names of the findings, each once.
func found(v dataset.Verification) string {
	var all []string
	for _, f := range v.Findings {
		if name := string(f.Name); !strings.Contains(strings.Join(all, " "), name) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// TestFaultsAreDocumented compares the table in docs/datasets.md with the
// matrix.
func TestFaultsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "datasets.md"))
	must(t, err)
	for _, f := range faults[1:] {
		peer := peersSay[f.name]
		row := fmt.Sprintf(
			"| %s | %s | %s | %s | %s |",
			f.name,
			orDash(f.accepted),
			orDash(f.read),
			peer.rclone,
			map[string]string{silent: "do nothing", differs: "copy or delete", failed: "fail"}[peer.s5cmd],
		)
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/datasets.md has no row %s", row)
		}
	}
}

func orDash(text string) string {
	if text == "" {
		return "nothing"
	}
	return "`" + text + "`"
}

// TestSampleIsSeeded: the same seed reads the same files.
func TestSampleIsSeeded(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", types.ObjectLockRetentionModeCompliance, 1)
	_, _ = l.published(t, "s3://data/set", dataset.PublishOptions{})
	inPlace(t, l.atRest("set/a/1.bin"), flipBit)
	hits := 0
	for range 12 {
		seed := mathrand.Uint64N(1000) + 1
		one := l.verify(t, "s3://data/set", dataset.VerifyOptions{Sample: 4, Seed: seed})
		two := l.verify(t, "s3://data/set", dataset.VerifyOptions{Sample: 4, Seed: seed})
		if one.ReadFiles != 4 || one.Clean() != two.Clean() || one.ReadBytes != two.ReadBytes ||
			one.Sample.Seed != seed {
			t.Errorf("seed %d: %+v and %+v", seed, one, two)
		}
		if !one.Clean() {
			hits++
		}
	}
	if hits == 0 || hits == 12 {
		t.Errorf("%d of 12 samples of 4 of 9 files found the one that changed", hits)
	}
}
