package inventory_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"datalock/internal/inventory"

	"github.com/parquet-go/parquet-go"
)

// parquetSchema is that of a report with every optional field that is read, as
// S3 writes it since 2019.
const parquetSchema = "message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  " +
	"optional binary version_id (STRING);  optional boolean is_latest;  optional boolean is_delete_marker;  " +
	"optional int64 size;  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));  optional binary e_tag " +
	"(STRING);  " +
	"optional binary storage_class (STRING);  optional boolean is_multipart_uploaded;  " +
	"optional binary encryption_status (STRING);  optional int64 object_lock_retain_until_date " +
	"(TIMESTAMP(MILLIS,true));  " +
	"optional binary object_lock_mode (STRING);  optional binary object_lock_legal_hold_status (STRING);  " +
	"optional binary checksum_algorithm (STRING);}"

// A prow is a row of such a report.
type prow struct {
	Bucket       string  `parquet:"bucket"`
	Key          string  `parquet:"key"`
	VersionID    *string `parquet:"version_id,optional"`
	Latest       *bool   `parquet:"is_latest,optional"`
	Marker       *bool   `parquet:"is_delete_marker,optional"`
	Size         *int64  `parquet:"size,optional"`
	LastModified *int64  `parquet:"last_modified_date,optional,timestamp(millisecond)"`
	ETag         *string `parquet:"e_tag,optional"`
	StorageClass *string `parquet:"storage_class,optional"`
	Multipart    *bool   `parquet:"is_multipart_uploaded,optional"`
	Encryption   *string `parquet:"encryption_status,optional"`
	Until        *int64  `parquet:"object_lock_retain_until_date,optional,timestamp(millisecond)"`
	Mode         *string `parquet:"object_lock_mode,optional"`
	Hold         *string `parquet:"object_lock_legal_hold_status,optional"`
	Checksum     *string `parquet:"checksum_algorithm,optional"`
}

// locked is a row with a lock.
func locked(key, version string) prow {
	return prow{
		Bucket: "acme-data", Key: key, VersionID: new(version), Latest: new(true), Marker: new(false),
		Size: new(int64(12)), LastModified: new(int64(1795595400000)), ETag: new("e7"), StorageClass: new("STANDARD"),
		Multipart: new(false), Encryption: new("SSE-S3"), Until: new(int64(1803419369123)), Mode: new("COMPLIANCE"),
		Hold: new("OFF"), Checksum: new("SHA256"),
	}
}

// parquetOf returns the rows as a file.
func parquetOf[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file,
		append([]parquet.WriterOption{parquet.Compression(&parquet.Snappy)}, options...)...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

const parquetFile = "daily/acme-data/all/data/0.parquet"

// parquetReport writes a report with files, the first of which is parquetFile.
func parquetReport(t testing.TB, schema string, files ...[]byte) testBucket {
	t.Helper()
	l := testBucket{}
	var named []inventory.File
	for i, file := range files {
		key := strings.Replace(parquetFile, "0", fmt.Sprint(i), 1)
		l[key] = file
		named = append(named, inventory.File{Key: key, Size: int64(len(file)), MD5: sum(file)})
	}
	l.manifest(t, map[string]any{
		"sourceBucket": "acme-data", "destinationBucket": "arn:aws:s3:::reports", "version": "2016-11-30",
		"creationTimestamp": "1795654800000", "fileFormat": "Parquet", "fileSchema": schema, "files": named,
	})
	return l
}

// TestParquetRow reads the notation of AWS's documentation too.
func TestParquetRow(t *testing.T) {
	rows := []prow{locked("a%2Fb", "v1"), {Bucket: "acme-data", Key: "a/b", Marker: new(true)}}
	rows[0].Hold = new("ON")
	documented := strings.NewReplacer("STRING", "UTF8", "TIMESTAMP(MILLIS,true)",
		"TIMESTAMP_MILLIS").Replace(parquetSchema)
	for _, schema := range []string{parquetSchema, documented} {
		l := parquetReport(t, schema, parquetOf(t, rows))
		i, err := inventory.Open(t.Context(), l.get, location)
		if err != nil {
			t.Fatal(err)
		}
		if !i.AllVersions() || len(i.Lacks(inventory.Mode, inventory.Checksum, "is_multipart_uploaded", "Nothing")) != 1 {
			t.Errorf("got %+v", i)
		}
		got, err := read(t, l)
		if err != nil || len(got) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
		want := inventory.Row{
			Bucket: "acme-data", Key: "a%2Fb", VersionID: "v1", Latest: true, Size: 12,
			LastModified: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC), ETag: "e7", StorageClass: "STANDARD",
			Encryption: "SSE-S3", Mode: "COMPLIANCE",
			RetainUntil: time.Date(2027, 2, 23, 21, 49, 29, 123e6, time.UTC), LegalHold: true, Checksum: "SHA256",
		}
		if got[0] != want {
			t.Errorf("got  %+v\nwant %+v", got[0], want)
		}
		want = inventory.Row{Bucket: "acme-data", Key: "a/b", VersionID: "null", DeleteMarker: true}
		if got[1] != want {
			t.Errorf("a delete marker without a version id is %+v", got[1])
		}
	}
}

// TestParquetHostileKeys reads keys as they are: Parquet doesn't encode them.
func TestParquetHostileKeys(t *testing.T) {
	var rows []prow
	for _, key := range hostileKeys {
		rows = append(rows, locked(key, "v"))
	}
	// Groups of rows and pages of some rows each, and a second file.
	file := parquetOf(t, rows, parquet.MaxRowsPerRowGroup(5), parquet.PageBufferSize(64))
	got, err := read(t, parquetReport(t, parquetSchema, file, parquetOf(t, rows[:2])))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, row := range got {
		keys = append(keys, row.Key)
	}
	if want := append(append([]string{}, hostileKeys...), hostileKeys[:2]...); !reflect.DeepEqual(keys, want) {
		t.Errorf("got %q", keys)
	}
}

// TestParquetOfAnother reads a file that another implementation wrote.
func TestParquetOfAnother(t *testing.T) {
	file, err := os.ReadFile("testdata/arrow-rs.parquet")
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t, parquetReport(t, parquetSchema, file))
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	want := []inventory.Row{
		{
			Bucket: "acme-data", Key: "a b+c%20&d/日本", VersionID: "v1", Latest: true, Size: 12,
			LastModified: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC), ETag: "e7", StorageClass: "STANDARD",
			Encryption: "SSE-S3", Mode: "COMPLIANCE", RetainUntil: time.Date(2027, 2, 23, 21, 49, 29, 123e6, time.UTC),
			Checksum: "SHA256",
		},
		{
			Bucket: "acme-data", Key: "held", VersionID: "null", Latest: true, Size: 12,
			LastModified: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC), ETag: "e7", StorageClass: "STANDARD",
			Encryption: "SSE-S3", LegalHold: true,
		},
		{
			Bucket: "acme-data", Key: "hidden", VersionID: "v3", Latest: true, DeleteMarker: true,
			LastModified: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestParquetStops stops in the middle of a file and leaves no temporary file.
func TestParquetStops(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l := parquetReport(t, parquetSchema, parquetOf(t, []prow{locked("a", "1"), locked("b", "2")}))
	i, err := inventory.Open(t.Context(), l.get, location)
	if err != nil {
		t.Fatal(err)
	}
	for range i.Rows(t.Context()) {
		break
	}
	l[parquetFile] = l[parquetFile][:50]
	for _, err = range i.Rows(t.Context()) {
	}
	left, _ := os.ReadDir(os.TempDir())
	if err == nil || len(left) > 0 {
		t.Errorf("%v, and %v is left", err, left)
	}
}

// TestParquetMillion is TestMillion in Parquet, with one large file.
func TestParquetMillion(t *testing.T) {
	const all, piece = 1_000_000, 10_000
	var file bytes.Buffer
	w := parquet.NewGenericWriter[prow](&file, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(all/4))
	for at := 0; at < all; at += piece {
		rows := make([]prow, piece)
		for j := range rows {
			rows[j] = locked(fmt.Sprintf("train/%08d part.parquet", at+j), fmt.Sprintf("version%025d", at+j))
		}
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l := parquetReport(t, parquetSchema, file.Bytes())
	i, err := inventory.Open(t.Context(), l.get, location)
	if err != nil {
		t.Fatal(err)
	}
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
		if rows++; rows%250_000 == 100_000 {
			most = max(most, heap())
		}
		if row.Mode == "" {
			t.Fatal("a row has no mode")
		}
	}
	took := time.Since(began)
	t.Logf("%d rows in %.1f s, %.0f a second; heap %d KiB before, %d KiB at most",
		rows, took.Seconds(), float64(rows)/took.Seconds(), before>>10, most>>10)
	if rows != all || most > before+16<<20 {
		t.Error("too few or too large")
	}
}
