package dataset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/dataset/manifest"
	"datalock/dataset/signing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// forge makes the manifest of s3://data/set say that its only file has other bytes.
func (l testServer) forge(t *testing.T, other []byte) {
	t.Helper()
	shard, text := l.get(t, ".datalock/set/entries-00000.jsonl"), l.get(t, ".datalock/set/manifest.json")
	m, err := manifest.Parse(text)
	must(t, err)
	was, sum := m.Predicate.Resources[0].Digest, sha256.Sum256(other)
	is := hex.EncodeToString(sum[:])
	forged := bytes.ReplaceAll(shard, []byte(was), []byte(is))
	for from, to := range map[string]string{
		was: is, m.Predicate.Datalock.Shards[0].SHA256: fmt.Sprintf("%x", sha256.Sum256(forged)),
		m.Subject[0].Digest.SHA256: fmt.Sprintf("%x", sha256.Sum256(sum[:])),
	} {
		text = bytes.ReplaceAll(text, []byte(from), []byte(to))
	}
	inPlace(t, l.atRest(".datalock/set/entries-00000.jsonl"), func([]byte) []byte { return forged })
	inPlace(t, l.atRest(".datalock/set/manifest.json"), func([]byte) []byte { return text })
}

// TestSignsOnlyWhatItCompared: a manifest that another wrote isn't signed, nor called
// published, unless the versions have the bytes of the folder and the lock.
func TestSignsOnlyWhatItCompared(t *testing.T) {
	key, _ := newKey(t)
	for name, c := range map[string]struct {
		size int
		mode types.ObjectLockRetentionMode
		harm func(l testServer, file []byte)
		want string
	}{
		"untouched": {9 << 20, compliance, func(testServer, []byte) {}, ""},
		"other bytes in parts": {9 << 20, compliance, func(l testServer, file []byte) { l.forge(t, file) },
			"has other bytes in S3"},
		"other bytes": {100, compliance, func(l testServer, file []byte) { l.forge(t, file) }, "manifest-changed"},
		"no version":  {100, compliance, func(l testServer, _ []byte) { must(t, os.Remove(l.atRest("set/f"))) }, "missing"},
		"GOVERNANCE": {100, types.ObjectLockRetentionModeGovernance, func(l testServer, _ []byte) {
			l.retain(t, "data", compliance, 1)
		}, "with locks in GOVERNANCE mode, not COMPLIANCE"},
	} {
		l := newTestServer(t)
		l.bucket(t, "data", c.mode, 1)
		dir := t.TempDir()
		write(t, dir, map[string]int{"f": c.size})
		file, err := os.ReadFile(filepath.Join(dir, "f"))
		must(t, err)
		published := t.TempDir()
		if strings.HasPrefix(name, "other bytes") {
			must(t, os.WriteFile(filepath.Join(published, "f"), make([]byte, c.size), 0o644))
		} else {
			must(t, os.CopyFS(published, os.DirFS(dir)))
		}
		_, err = dataset.Publish(t.Context(), l.Client, published, at(t, "s3://data/set"), dataset.PublishOptions{})
		must(t, err)
		c.harm(l, file)
		asked := 0
		o := dataset.PublishOptions{Key: key, Confirm: func(dataset.Plan) error { asked++; return nil }}
		for _, o.Key = range []*signing.Key{key, nil} {
			_, err = dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if signed := len(l.versions(t, "data", ".datalock/set/manifest.sigstore.json")); (signed == 1) != (c.want == "") ||
			asked != signed {
			t.Errorf("%s: %d signatures, asked %d times", name, signed, asked)
		}
	}
}

// TestAsksBeforeItAdds: what is added to a published dataset is confirmed before
// anything is written.
func TestAsksBeforeItAdds(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir, _ := l.published(t, "s3://data/set", dataset.PublishOptions{})
	no := errors.New("no")
	var plan dataset.Plan
	o := dataset.PublishOptions{Key: key, Croissant: &dataset.Croissant{License: "MIT", Creator: "a"}}
	again := func(answer error) {
		t.Helper()
		plan = dataset.Plan{}
		o.Confirm = func(p dataset.Plan) error { plan = p; return answer }
		if _, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o); !errors.Is(err, answer) {
			t.Fatalf("the error is %v, want %v", err, answer)
		}
	}
	before := len(l.versions(t, "data", ""))
	again(no)
	if len(l.versions(t, "data", "")) != before || !plan.Published || len(plan.Adds) != 2 {
		t.Errorf("written without an answer: %+v", plan)
	}
	again(nil)
	plan = dataset.Plan{}
	o.Confirm = func(p dataset.Plan) error { plan = p; return no }
	if _, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o); err != nil || plan.Published {
		t.Errorf("asked for nothing: %+v", plan)
	}
	// Nothing of what is there is lengthened: a shorter lock stops the run.
	setRetention(t, l.atRest(".datalock/set/manifest.sigstore.json"), "COMPLIANCE", soon)
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), o)
	if err == nil || !strings.Contains(err.Error(), "ends-early") || plan.Published {
		t.Errorf("a signature with a shorter lock: %v, %+v", err, plan)
	}
}

// TestDaysCountFromNow: what an earlier run uploaded long ago gets the days that are asked
// for too.
func TestDaysCountFromNow(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := l.interrupted(t, "s3://data/set")
	past := time.Now().AddDate(0, 0, -20)
	for key := range l.versions(t, "data", "set/") {
		must(t, os.Chtimes(l.atRest(key), past, past))
	}
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{Days: 15})
	must(t, err)
	for key, until := range l.endsUnder(t, "set") {
		if left := time.Until(until); left < 15*24*time.Hour-2*time.Hour {
			t.Errorf("%s is locked for %s", key, left)
		}
	}
}
