package manifest_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"datalock/dataset/manifest"

	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

func entry(name string) manifest.Entry {
	sum := sha256.Sum256([]byte(name))
	return manifest.Entry{
		Name:   name,
		URI:    manifest.URI("acme", "sets/1/"+name, "v-1+/="),
		Digest: manifest.Digest{SHA256: fmt.Sprintf("%x", sum)},
		Annotations: manifest.Annotations{
			Size:        7,
			Mode:        "COMPLIANCE",
			RetainUntil: time.Date(2027, 2, 23, 0, 0, 0, 0, time.UTC),
			S3:          manifest.SinglePut(sum),
		},
	}
}

// TestEntryIsAResourceDescriptor reads entries as in-toto's own types do.
func TestEntryIsAResourceDescriptor(t *testing.T) {
	for _, name := range []string{"train/0001.parquet", `a&b<c>"d`, "Ünï cödé+%?#.bin", "x y"} {
		line, err := entry(name).Line()
		if err != nil {
			t.Fatal(err)
		}
		var d intoto.ResourceDescriptor
		if err := protojson.Unmarshal(line, &d); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, line)
		}
		if err := d.Validate(); err != nil || d.Name != name ||
			d.Annotations.Fields["mode"].GetStringValue() != "COMPLIANCE" {
			t.Errorf("%s: %v, %v", name, err, &d)
		}
		back, err := manifest.ParseEntry(line, "acme", "sets/1")
		if err != nil || back != entry(name) || back.VersionID() != "v-1+/=" {
			t.Errorf("%s comes back as %+v, %v", name, back, err)
		}
	}
}

func TestEntryRefused(t *testing.T) {
	first, other := entry("a"), manifest.SinglePut(sha256.Sum256([]byte("b")))
	line, err := first.Line()
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	for name, text := range map[string]string{
		"another bucket":      strings.Replace(good, "s3://acme/", "s3://evil/", 1),
		"another key":         strings.Replace(good, "sets/1/a?", "sets/1/b?", 1),
		"no version":          strings.Replace(good, "?versionId=v-1%2B%2F%3D", "", 1),
		"a double key":        strings.Replace(good, `{"name":"a"`, `{"name":"b","name":"a"`, 1),
		"a short digest":      strings.Replace(good, `"sha256":"`, `"sha256":"00`, 1),
		"a name above":        strings.ReplaceAll(good, `"name":"a"`, `"name":"../a"`),
		"an absolute name":    strings.Replace(strings.Replace(good, `"name":"a"`, `"name":"/a"`, 1), "sets/1/a?", "sets/1//a?", 1),
		"no name":             strings.Replace(good, `"name":"a"`, `"name":""`, 1),
		"invalid UTF-8":       strings.Replace(good, `"name":"a"`, "\"name\":\"\xff\"", 1),
		"half of a line":      good[:len(good)/2],
		"another prefix's":    strings.ReplaceAll(good, "sets/1/", "sets/2/"),
		"a query of two keys": strings.Replace(good, "versionId=", "x=1&versionId=", 1),
		"another checksum":    strings.Replace(good, `"value":"`+first.Annotations.S3.Value, `"value":"`+other.Value, 1),
		"another digest":      strings.Replace(good, first.Digest.SHA256, strings.Repeat("0", 64), 1),
		"another algorithm":   strings.Replace(good, `"SHA256"`, `"CRC32"`, 1),
		"no type":             strings.Replace(good, `"type":"FULL_OBJECT",`, "", 1),
		"a composite without": strings.Replace(good, "FULL_OBJECT", "COMPOSITE", 1),
		"a negative size":     strings.Replace(good, `"size":7`, `"size":-7`, 1),
	} {
		if text == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if e, err := manifest.ParseEntry([]byte(text), "acme", "sets/1"); err == nil {
			t.Errorf("%s is taken: %+v", name, e)
		}
	}
}

// TestCompositeEntry: the number of parts follows from the sizes, and is 10,000 at most.
func TestCompositeEntry(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		size, partSize int64
		parts          int
		ok             bool
	}{
		{17 * mib, 8 * mib, 3, true}, {16 * mib, 8 * mib, 2, true}, {80_000 * mib, 8 * mib, 10_000, true},
		{17 * mib, 8 * mib, 2, false}, {17 * mib, 8 * mib, 4, false}, {17 * mib, 0, 3, false}, {17 * mib, -1, 3, false},
		{80_000*mib + 1, 8 * mib, 10_001, false},
	} {
		e := entry("a")
		e.Annotations.Size, e.Annotations.S3.Type, e.Annotations.S3.PartSize = c.size, manifest.Composite, c.partSize
		e.Annotations.S3.Value += fmt.Sprintf("-%d", c.parts)
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.ParseEntry(line, "acme", "sets/1"); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func statement(t *testing.T, files int) manifest.Statement {
	t.Helper()
	b := manifest.NewBuilder("acme", "sets/1")
	for i := range files {
		if err := b.Add(entry(fmt.Sprintf("%07d", i))); err != nil {
			t.Fatal(err)
		}
	}
	b.AddShard(
		manifest.Shard{
			Name:   manifest.ShardName(0),
			URI:    manifest.URI("acme", ".datalock/sets/1/entries-00000.jsonl", "s"),
			Lines:  int64(files),
			Size:   1,
			SHA256: fmt.Sprintf("%x", sha256.Sum256(nil)),
		},
	)
	s, err := b.Statement()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStatement reads the statement as in-toto's own types do, and computes its
// subject's digest as OpenSSF Model Signing does.
func TestStatement(t *testing.T) {
	s := statement(t, 3)
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var read intoto.Statement
	if err := protojson.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Error(err)
	}
	h := sha256.New()
	for _, r := range s.Predicate.Resources {
		raw := sha256.Sum256([]byte(r.Name))
		_, _ = h.Write(raw[:])
	}
	if got, want := read.Subject[0].Digest["sha256"], fmt.Sprintf(
		"%x",
		h.Sum(nil),
	); got != want ||
		read.Subject[0].Name != "1" {
		t.Errorf("the subject is %v, want %s", read.Subject[0], want)
	}
	again, err := statement(t, 3).Encode()
	if err != nil || string(again) != string(text) {
		t.Errorf("the same dataset gives other bytes: %v", err)
	}
	if _, err := manifest.Parse(text); err != nil {
		t.Error(err)
	}
	for name, wrong := range map[string]string{
		"another digest of a file": strings.Replace(string(text), s.Predicate.Resources[1].Digest, strings.Repeat("0", 64),
			1),
		"another predicate":  strings.Replace(string(text), "model_signing/signature", "else", 1),
		"another schema":     strings.Replace(string(text), `"schema":1`, `"schema":2`, 1),
		"a double key":       strings.Replace(string(text), `"schema":1`, `"schema":1,"schema":1`, 1),
		"nothing":            "",
		"a shard elsewhere":  strings.ReplaceAll(string(text), "entries-00000.jsonl", "../entries-00000.jsonl"),
		"another uri":        strings.Replace(string(text), "s3://acme/.datalock", "s3://acme/datalock", 1),
		"more lines":         strings.Replace(string(text), `"lines":3`, `"lines":4`, 1),
		"more files":         strings.Replace(string(text), `"files":3`, `"files":4`, 1),
		"a name above":       strings.Replace(string(text), `"0000000"`, `"../000000"`, 1),
		"names that descend": strings.Replace(string(text), `"0000001"`, `"0000009"`, 1),
	} {
		if _, err := manifest.Parse([]byte(wrong)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestManyFilesListShards(t *testing.T) {
	s := statement(t, manifest.MaxListed)
	if s.Predicate.Datalock.Lists != manifest.Files || len(s.Predicate.Resources) != manifest.MaxListed {
		t.Errorf("at the limit it lists %s", s.Predicate.Datalock.Lists)
	}
	s = statement(t, manifest.MaxListed+1)
	text, err := s.Encode()
	if err == nil {
		_, err = manifest.Parse(text)
	}
	if err != nil {
		t.Error(err)
	}
	s.Predicate.Resources[0].Name = "entries-00001.jsonl"
	if text, err = s.Encode(); err != nil {
		t.Fatal(err)
	}
	if _, err := manifest.Parse(text); err == nil {
		t.Error("resources that aren't the shards are taken")
	}
	s.Predicate.Resources[0].Name = "entries-00000.jsonl"
	if s.Predicate.Datalock.Lists != manifest.Shards || len(s.Predicate.Resources) != 1 ||
		s.Predicate.Resources[0].Name != "entries-00000.jsonl" {
		t.Errorf("above the limit it lists %s: %v", s.Predicate.Datalock.Lists, s.Predicate.Resources[:1])
	}
}

// TestLongNamesListShards: a list of few files may be too large as well. What an
// earlier version listed is read all the same.
func TestLongNamesListShards(t *testing.T) {
	const length = 1024
	build := func(files int) manifest.Statement {
		b := manifest.NewBuilder("acme", "sets/1")
		for i := range files {
			if err := b.Add(entry(fmt.Sprintf("%0*d", length, i))); err != nil {
				t.Fatal(err)
			}
		}
		s, err := b.Statement()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	most := manifest.MaxListedBytes / length
	if s := build(most); s.Predicate.Datalock.Lists != manifest.Files || len(s.Predicate.Resources) != most {
		t.Errorf("at the limit it lists %s", s.Predicate.Datalock.Lists)
	}
	if s := build(most + 1); s.Predicate.Datalock.Lists != manifest.Shards || len(s.Predicate.Resources) != 0 {
		t.Errorf("above the limit it lists %s", s.Predicate.Datalock.Lists)
	}
	s, digest := build(1), sha256.New()
	s.Predicate.Resources = nil
	for i := range 4 * most {
		sum := sha256.Sum256([]byte{byte(i)})
		_, _ = digest.Write(sum[:])
		s.Predicate.Resources = append(s.Predicate.Resources, manifest.Resource{
			Name: fmt.Sprintf("%0*d", length, i), Algorithm: "sha256", Digest: fmt.Sprintf("%x", sum),
		})
	}
	s.Subject[0].Digest.SHA256 = fmt.Sprintf("%x", digest.Sum(nil))
	s.Predicate.Datalock.Files = int64(4 * most)
	s.Predicate.Datalock.Shards = []manifest.Shard{{
		Name: "entries-00000.jsonl", URI: manifest.URI("acme", ".datalock/sets/1/entries-00000.jsonl", "s"),
		Lines: int64(4 * most), SHA256: fmt.Sprintf("%x", sha256.Sum256(nil)),
	}}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := manifest.Parse(text); err != nil || len(text) > manifest.MaxBytes {
		t.Errorf("%d bytes with a list of %d names: %v", len(text), len(s.Predicate.Resources), err)
	}
}

func TestBuilder(t *testing.T) {
	b := manifest.NewBuilder("acme", "sets/1")
	one, two := entry("a"), entry("b")
	two.Annotations.Mode, two.Annotations.RetainUntil = "GOVERNANCE", one.Annotations.RetainUntil.AddDate(0, 0, 1)
	if err := b.Add(one); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(two); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(one); err == nil {
		t.Error("names that descend are taken")
	}
	if got := b.Retention(); got.Mode != "GOVERNANCE" || !got.Earliest.Equal(one.Annotations.RetainUntil) ||
		!got.Latest.Equal(two.Annotations.RetainUntil) {
		t.Errorf("the retention is %+v", got)
	}
}

func TestPartSize(t *testing.T) {
	const mib = 1 << 20
	for size, want := range map[int64]int64{
		0: 0, 1: 0, 8 * mib: 0, 8*mib + 1: 8 * mib, 80_000 * mib: 8 * mib, 80_000*mib + 1: 9 * mib, 5 << 40: 525 * mib,
		manifest.MaxSize - 1: 5 << 30, manifest.MaxSize: 5 << 30,
	} {
		got := manifest.PartSizeOf(size)
		if got != want || got > 0 && (size+got-1)/got > 10_000 {
			t.Errorf("%d bytes have parts of %d, want %d", size, got, want)
		}
	}
}

// TestComposite computes a composite checksum as AWS documents it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/tutorial-s3-mpu-additional-checksums.html
func TestComposite(t *testing.T) {
	p := manifest.NewParts()
	one, two := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
	p.Add(one)
	p.Add(two)
	whole := sha256.Sum256(append(one[:], two[:]...))
	if got, want := p.Checksum(
		5,
	), manifest.SinglePut(
		whole,
	); got.Value != want.Value+"-2" || got.Type != manifest.Composite ||
		got.PartSize != 5 {
		t.Errorf("%+v, want %s-2", got, want.Value)
	}
}

// TestParseURI reads back the URI of a version, and no other text.
func TestParseURI(t *testing.T) {
	for _, key := range []string{"a", "a b/ü+%?#&.bin", "x?versionId=y"} {
		got, id, err := manifest.ParseURI(manifest.URI("data", key, "v/1+"), "data")
		if err != nil || got != key || id != "v/1+" {
			t.Errorf("%q is %q, version %q, %v", key, got, id, err)
		}
	}
	for _, text := range []string{"", "s3://data/a", "s3://other/a?versionId=1", "s3://data/a b?versionId=1", "a?versionId=1"} {
		if key, id, err := manifest.ParseURI(text, "data"); err == nil {
			t.Errorf("%q is %q, version %q", text, key, id)
		}
	}
}
