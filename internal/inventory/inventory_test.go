package inventory_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"datalock/internal/inventory"
)

// schema is that of a report with every optional field that is read, and some
// that aren't, as S3 writes it.
const schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, " +
	"IsMultipartUploaded, ReplicationStatus, EncryptionStatus, ObjectLockRetainUntilDate, ObjectLockMode, " +
	"ObjectLockLegalHoldStatus, BucketKeyStatus, ChecksumAlgorithm"

// A testBucket is a bucket with a report, in memory.
type testBucket map[string][]byte

const folder = "daily/acme-data/all/2026-11-26T01-00Z/"

const location = "s3://reports/" + folder + "manifest.json"

func (l testBucket) get(_ context.Context, bucket, key string) (io.ReadCloser, error) {
	text, ok := l[key]
	if bucket != "reports" || !ok {
		return nil, fmt.Errorf("s3://%s/%s: NoSuchKey", bucket, key)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// report writes a report with the text of each file.
func report(t testing.TB, texts ...string) testBucket {
	t.Helper()
	l := testBucket{}
	var files []inventory.File
	for i, text := range texts {
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("daily/acme-data/all/data/%d.csv.gz", i)
		l[key] = zipped.Bytes()
		files = append(files, inventory.File{Key: key, Size: int64(zipped.Len()), MD5: sum(zipped.Bytes())})
	}
	l.manifest(t, map[string]any{
		"sourceBucket": "acme-data", "destinationBucket": "arn:aws:s3:::reports", "version": "2016-11-30",
		"creationTimestamp": "1795654800000", "fileFormat": "CSV", "fileSchema": schema, "files": files,
	})
	return l
}

// manifest writes the manifest and its checksum.
func (l testBucket) manifest(t testing.TB, m map[string]any) {
	t.Helper()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	l[folder+"manifest.json"], l[folder+"manifest.checksum"] = text, []byte(sum(text)+"\n")
}

func sum(text []byte) string { return fmt.Sprintf("%x", md5.Sum(text)) }

// line is a row as S3 writes it: each field in quotes, the key URL-encoded.
func line(key, version, latest, marker, mode, until, hold string) string {
	fields := []string{
		"acme-data", key, version, latest, marker, "12", "2026-11-25T08:30:00.000Z", "e7",
		"STANDARD", "false", "", "SSE-S3", until, mode, hold, "DISABLED", "SHA256",
	}
	return `"` + strings.Join(fields, `","`) + `"` + "\n"
}

func read(t testing.TB, l testBucket) (rows []inventory.Row, err error) {
	t.Helper()
	i, err := inventory.Open(t.Context(), l.get, location)
	if err != nil {
		return nil, err
	}
	for row, err := range i.Rows(t.Context()) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func TestRow(t *testing.T) {
	i, err := inventory.Open(t.Context(), report(t).get, location)
	if err != nil {
		t.Fatal(err)
	}
	taken := time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)
	if i.Source != "acme-data" || !i.Taken.Equal(taken) || !i.AllVersions() ||
		len(i.Lacks(inventory.Mode, "Nothing")) != 1 {
		t.Errorf("got %+v", i)
	}
	rows, err := read(t, report(t,
		line("a%2Fb", "v1", "true", "false", "COMPLIANCE", "2027-02-23T21:49:29.123Z", "On"),
		line("a/b", "", "false", "true", "", "", ""),
	))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	want := inventory.Row{
		Bucket: "acme-data", Key: "a/b", VersionID: "v1", Latest: true, Size: 12,
		LastModified: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC), ETag: "e7", StorageClass: "STANDARD",
		Encryption: "SSE-S3", Mode: "COMPLIANCE",
		RetainUntil: time.Date(2027, 2, 23, 21, 49, 29, 123e6, time.UTC), LegalHold: true, Checksum: "SHA256",
	}
	if rows[0] != want {
		t.Errorf("got  %+v\nwant %+v", rows[0], want)
	}
	if v := rows[1]; v.VersionID != "null" || v.Latest || !v.DeleteMarker || v.Mode != "" || !v.RetainUntil.IsZero() {
		t.Errorf("a delete marker without a version id is %+v", v)
	}
}

// hostileKeys have everything that CSV and URLs treat specially.
var hostileKeys = []string{
	"plain", "with space", "a+b", "a%2Fb", "100%", `quote"quote`, `""`, "comma,comma", "line\nline", "cr\r\nlf",
	"tab\t", "naïve/日本/🗝", "é", "=1+1", "\\", "#?&=;", "'", "\u2028", "\x7f", "../up", " lead", "trail ",
	strings.Repeat("ü", 512),
}

func TestHostileKeys(t *testing.T) {
	keys := hostileKeys
	var encoded, raw strings.Builder
	for _, key := range keys {
		encoded.WriteString(line(url.QueryEscape(key), "v", "true", "false", "", "", ""))
		// A writer that only quotes what CSV needs, and encodes only the rest.
		raw.WriteString(line(strings.NewReplacer("%", "%25", "+", "%2B", `"`, `""`, "\r", "%0D").Replace(key),
			"v", "true", "false", "", "", ""))
	}
	for name, text := range map[string]string{"encoded": encoded.String(), "raw": raw.String()} {
		rows, err := read(t, report(t, text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row.Key)
		}
		if !reflect.DeepEqual(got, keys) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestRefused(t *testing.T) {
	good := line("a", "v", "true", "false", "COMPLIANCE", "2027-02-23T00:00:00.000Z", "Off")
	change := func(change func(m map[string]any)) testBucket {
		l := report(t, good)
		var m map[string]any
		if err := json.Unmarshal(l[folder+"manifest.json"], &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		l.manifest(t, m)
		return l
	}
	set := func(key string, value any) testBucket { return change(func(m map[string]any) { m[key] = value }) }
	without := func(key string) testBucket {
		l := report(t, good)
		delete(l, key)
		return l
	}
	file := "daily/acme-data/all/data/0.csv.gz"
	cut := report(t, good)
	cut[file] = cut[file][:len(cut[file])-4]
	changed := report(t, good)
	changed[file] = report(t, strings.Replace(good, "COMPLIANCE", "GOVERNANCE", 1))[file]
	longer := report(t, good)
	longer[file] = append(bytes.Clone(longer[file]), longer[file]...)
	tampered := report(t, good)
	tampered[folder+"manifest.json"] = append(tampered[folder+"manifest.json"], ' ')
	for name, c := range map[string]struct {
		testBucket testBucket
		want       string
	}{
		"no manifest":        {without(folder + "manifest.json"), "NoSuchKey"},
		"not yet complete":   {without(folder + "manifest.checksum"), "which S3 writes last"},
		"manifest changed":   {tampered, "manifest.checksum says"},
		"not a manifest":     {set("sourceBucket", ""), "isn't the manifest of an inventory"},
		"ORC":                {set("fileFormat", "ORC"), "configure an inventory in CSV or Parquet"},
		"Parquet in CSV":     {set("fileFormat", "Parquet"), "that of Parquet is message s3.inventory"},
		"other version":      {set("version", "2030-01-01"), "this reads 2016-11-30"},
		"no time":            {set("creationTimestamp", "today"), "not milliseconds"},
		"no key in schema":   {set("fileSchema", "Bucket, VersionId"), "lacks [Key]"},
		"a column twice":     {set("fileSchema", schema+", Key"), `"Key" twice`},
		"a file without MD5": {set("files", []inventory.File{{Key: file}}), "with the MD5"},
		"fewer columns":      {set("fileSchema", "Bucket, Key"), "wrong number of fields"},
		"no file":            {without(file), "NoSuchKey"},
		"file cut off":       {cut, "unexpected EOF"},
		"file changed":       {changed, "the manifest says"},
		"file doubled":       {longer, "the manifest says"},
		"not gzip":           {set("files", []inventory.File{{Key: folder + "manifest.json", MD5: sum(nil)}}), "gzip"},
		"other bucket":       {report(t, strings.Replace(good, "acme-data", "acme-other", 1)), `of bucket "acme-other"`},
		"a key not in UTF-8": {report(t, strings.Replace(good, `"a"`, `"a%FF"`, 1)), "isn't UTF-8"},
		"a negative size":    {report(t, strings.Replace(good, `"12"`, `"-12"`, 1)), "the size is -12"},
		"bad key": {
			report(t, good+strings.Replace(good, `"a"`, `"a%zz"`, 1)),
			"line 2: column 2: invalid URL escape",
		},
		"no key":      {report(t, strings.Replace(good, `"a"`, `""`, 1)), "there is no key"},
		"bad boolean": {report(t, strings.Replace(good, "true", "yes", 1)), "neither true nor false"},
		"bad mode":    {report(t, strings.Replace(good, "COMPLIANCE", "X", 1)), `the mode "X" is unknown`},
		"bad hold":    {report(t, strings.Replace(good, `"Off"`, `"Maybe"`, 1)), `the legal hold "Maybe" is unknown`},
		"bad size":    {report(t, strings.Replace(good, `"12"`, `"1.5"`, 1)), "column 6"},
		"bad time":    {report(t, strings.Replace(good, "2027-02-23T", "23.2.2027 ", 1)), "the time"},
		"a long row":  {report(t, good+strings.Repeat("a", 2<<20)), "a row has more than 1048576 bytes"},
		"a row of many lines": {
			report(t, good+`"`+strings.Repeat("a\n", 1<<20)),
			"a row has more than 1048576 bytes",
		},
		"bad CSV": {report(t, good+`"acme-data","unended`), "line"},
	} {
		if _, err := read(t, c.testBucket); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for _, wrong := range []string{
		"reports/x/manifest.json", "s3://reports", "s3:///manifest.json", "s3://reports/x.json",
	} {
		_, err := inventory.Open(t.Context(), report(t).get, wrong)
		if err == nil || !strings.Contains(err.Error(), "name its manifest") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
}

// TestStops ends early, and after the context.
func TestStops(t *testing.T) {
	l := report(t, strings.Repeat(line("a", "v", "true", "false", "", "", ""), 3))
	ctx, cancel := context.WithCancelCause(t.Context())
	i, err := inventory.Open(ctx, l.get, location)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for range i.Rows(ctx) {
		rows++
		break
	}
	stopped := errors.New("stopped")
	cancel(stopped)
	for _, err = range i.Rows(ctx) {
		rows++
	}
	if rows != 5 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d rows, then %v", rows, err)
	}
}

// TestMillion reads a million rows, whose memory doesn't grow with them, and logs
// the time.
func TestMillion(t *testing.T) {
	const files, each = 10, 100_000
	var text strings.Builder
	for n := range each {
		text.WriteString(line(fmt.Sprintf("train/%08d%%20part.parquet", n), fmt.Sprintf("version%025d", n),
			"true", "false", "COMPLIANCE", "2027-02-23T21:49:29.000Z", "Off"))
	}
	l := report(t, text.String())
	var m map[string]any
	if err := json.Unmarshal(l[folder+"manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	one, _ := m["files"].([]any)
	for range files - 1 {
		m["files"] = append(m["files"].([]any), one[0])
	}
	l.manifest(t, m)
	i, err := inventory.Open(t.Context(), l.get, location)
	if err != nil {
		t.Fatal(err)
	}
	text.Reset()
	heap := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	rows, before, most := 0, heap(), uint64(0)
	began := time.Now()
	for row, err := range i.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if rows++; rows%250_000 == 0 {
			most = max(most, heap())
		}
		if row.Mode == "" {
			t.Fatal("a row has no mode")
		}
	}
	took := time.Since(began)
	t.Logf("%d rows in %.1f s, %.0f a second; heap %d KiB before, %d KiB at most",
		rows, took.Seconds(), float64(rows)/took.Seconds(), before>>10, most>>10)
	if rows != files*each || most > before+4<<20 {
		t.Error("too few or too large")
	}
}
