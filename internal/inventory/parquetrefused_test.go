package inventory_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"datalock/internal/inventory"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

func TestParquetRefused(t *testing.T) {
	good := parquetOf(t, []prow{locked("a", "1"), locked("b", "2")})
	of := func(change func(*prow)) testBucket {
		rows := []prow{locked("a", "1"), locked("b", "2")}
		change(&rows[1])
		return parquetReport(t, parquetSchema, parquetOf(t, rows))
	}
	schema := func(old, renewed string) testBucket {
		changed := strings.Replace(parquetSchema, old, renewed, 1)
		if changed == parquetSchema {
			t.Fatalf("%q isn't in the schema", old)
		}
		return parquetReport(t, changed, good)
	}
	replaced := func(file []byte) testBucket {
		l := parquetReport(t, parquetSchema, good)
		l[parquetFile] = file
		return l
	}
	headed := func(change func(*format.PageHeader)) testBucket {
		return parquetReport(t, parquetSchema, withHeader(t, good, change))
	}
	footer := func(length uint32) []byte {
		return binary.LittleEndian.AppendUint32(bytes.Clone(good[:len(good)-8]), length)
	}
	damaged, err := os.ReadFile("testdata/damaged.parquet") // by TestParquetDamaged, run for longer
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[20] ^= 1
	for name, c := range map[string]struct {
		testBucket testBucket
		want       string
	}{
		"no column":            {schema("optional binary object_lock_mode (STRING);", "optional binary mode;"), ""},
		"not a message":        {schema("message", "struct"), "that of Parquet is message s3.inventory"},
		"not a column":         {schema("optional int64 size", "int64 size"), "isn't a column"},
		"a repeated column":    {schema("optional int64 size", "repeated int64 size"), "isn't a column"},
		"no key in the schema": {schema("required binary key (STRING);", ""), "lacks [Key]"},
		"a column twice":       {schema("optional int64 size;", "optional int64 size; optional int64 size;"), `"Size" twice`},
		"a column the file has not": {
			parquetReport(t, parquetSchema, parquetOf(t, []struct {
				Bucket string `parquet:"bucket"`
				Key    string `parquet:"key"`
			}{{"acme-data", "a"}})), "column version_id: the manifest has it, and the file doesn't",
		},
		"a column of another type": {
			parquetReport(t, "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional "+
				"int64 size; }",
				parquetOf(t, []struct {
					Bucket string `parquet:"bucket"`
					Key    string `parquet:"key"`
					Size   string `parquet:"size"`
				}{{"acme-data", "a", "12"}})), "column size: its type is STRING, not INT64",
		},
		"a repeated column in the file": {
			parquetReport(t, "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); }",
				parquetOf(t, []struct {
					Bucket string   `parquet:"bucket"`
					Key    []string `parquet:"key"`
				}{{"acme-data", []string{"a", "b"}}})), "column key: it has several values in a row",
		},
		"microseconds": {
			parquetReport(t, "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); "+
				"optional int64 object_lock_retain_until_date (TIMESTAMP_MICROS); }", parquetOf(t, []struct {
				Bucket string `parquet:"bucket"`
				Key    string `parquet:"key"`
				Until  int64  `parquet:"object_lock_retain_until_date,timestamp(microsecond)"`
			}{{"acme-data", "a", 1803419369123000}})), "not a time in milliseconds",
		},
		"a number as a time": {
			parquetReport(t, "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); "+
				"optional int64 object_lock_retain_until_date; }", parquetOf(t, []struct {
				Bucket string `parquet:"bucket"`
				Key    string `parquet:"key"`
				Until  int64  `parquet:"object_lock_retain_until_date"`
			}{{"acme-data", "a", 1803419369123}})), "not a time in milliseconds",
		},
		"no file":      {parquetReport(t, parquetSchema, good).without(parquetFile), "NoSuchKey"},
		"file cut off": {replaced(good[:len(good)-40]), "and the manifest says"},
		"file changed": {replaced(flipped), "and the manifest says"},
		"file longer": {
			replaced(append(bytes.Clone(good), good...)),
			fmt.Sprintf("it has %d bytes", len(good)+1),
		},
		"an empty file": {parquetReport(t, parquetSchema, nil), "it isn't Parquet: it has 0 bytes"},
		"CSV": {
			parquetReport(t, parquetSchema,
				report(t, line("a", "v", "true", "false", "", "", ""))["daily/acme-data/all/data/0.csv.gz"]),
			"it isn't Parquet: it begins with",
		},
		"nothing but ends": {
			parquetReport(t, parquetSchema, []byte("PAR1PAR1PAR1")),
			"its index has 827474256 of its 12 bytes",
		},
		"a large index": {
			parquetReport(t, parquetSchema, append(footer(1<<31), "PAR1"...)),
			"its index has 2147483648",
		},
		"a large page": {
			headed(func(h *format.PageHeader) { h.UncompressedPageSize = 64<<20 + 1 }),
			"page 1: it says that it has 38 bytes, 67108865 uncompressed, and 2 values",
		},
		"a page of many values": {
			headed(func(h *format.PageHeader) { h.DataPageHeaderV2.V.NumValues = 1<<24 + 1 }),
			"and 16777217 values",
		},
		"a short index": {
			parquetReport(t, parquetSchema, append(footer(20), "PAR1"...)),
			"missing required field",
		},
		"other bucket": {
			of(func(r *prow) { r.Bucket = "acme-other" }),
			`row 2: it is of bucket "acme-other"`,
		},
		"no key":                 {of(func(r *prow) { r.Key = "" }), "row 2: there is no key"},
		"a key that isn't UTF-8": {of(func(r *prow) { r.Key = "a\xff" }), `row 2: the key "a\xff" isn't UTF-8`},
		"bad mode": {
			of(func(r *prow) { r.Mode = new("X") }),
			`row 2: column object_lock_mode: the mode "X" is unknown`,
		},
		"bad hold": {
			of(func(r *prow) { r.Hold = new("Maybe") }),
			`the legal hold "Maybe" is unknown`,
		},
		"bad size": {of(func(r *prow) { r.Size = new(int64(-1)) }), "row 2: the size is -1"},
		"bad time": {
			of(func(r *prow) { r.Until = new(int64(1 << 60)) }),
			"column object_lock_retain_until_date: the time is 1152921504606846976 milliseconds",
		},
		"a file that the library panics on": {
			parquetReport(t, parquetSchema, damaged),
			"parquet: it is damaged: runtime error",
		},
		"a second file": {parquetReport(t, parquetSchema, good, good[:30]), "data/1.parquet: it isn't Parquet"},
	} {
		rows, err := read(t, c.testBucket)
		if c.want == "" { // it is read, without the column
			if err != nil || len(rows) != 2 || rows[0].Mode != "" {
				t.Errorf("%s: got %+v, %v", name, rows, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// withHeader changes the header of the last column's first page.
func withHeader(t *testing.T, file []byte, change func(*format.PageHeader)) []byte {
	t.Helper()
	index, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	columns := index.Metadata().RowGroups[0].Columns
	at := columns[len(columns)-1].MetaData.DataPageOffset
	h, protocol := new(format.PageHeader), new(thrift.CompactProtocol)
	if err := thrift.NewDecoder(protocol.NewReader(bytes.NewReader(file[at:]))).Decode(h); err != nil {
		t.Fatal(err)
	}
	old, err := thrift.Marshal(protocol, h)
	if err != nil || !bytes.HasPrefix(file[at:], old) {
		t.Fatalf("the header %+v isn't there: %v", h, err)
	}
	change(h)
	changed, err := thrift.Marshal(protocol, h)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(file[:at], changed, file[at+int64(len(old)):])
}

func (l testBucket) without(key string) testBucket {
	delete(l, key)
	return l
}

// TestParquetDamaged reads files that were damaged before their MD5 was taken,
// as somebody could who writes into the bucket of the reports. Some are read,
// as what they say isn't wrong; none ends the program, takes all memory, or
// yields a row that S3 can't have written.
func TestParquetDamaged(t *testing.T) {
	var rows []prow
	for n := range 300 {
		rows = append(rows, locked(fmt.Sprintf("train/%d", n*n), fmt.Sprint(n)))
		if n%3 == 0 {
			rows[n].Mode, rows[n].Until, rows[n].Checksum = nil, nil, nil
		}
	}
	sound := [][]byte{
		parquetOf(t, rows), parquetOf(t, rows, parquet.DataPageVersion(1), parquet.MaxRowsPerRowGroup(100)),
		parquetOf(t, rows, parquet.Compression(&parquet.Zstd)), parquetOf(t, rows, parquet.Compression(&parquet.Gzip)),
	}
	allocated := func() uint64 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.TotalAlloc
	}
	random := rand.New(rand.NewPCG(18, 2))
	refused, most := 0, uint64(0)
	for n := range 1500 {
		file := bytes.Clone(sound[n%len(sound)])
		// The index is at the end, and has most of what can be wrong.
		from := 0
		if n%2 == 0 {
			from = len(file) - 8 - int(binary.LittleEndian.Uint32(file[len(file)-8:]))
		}
		for range 1 + random.IntN(4) {
			file[from+random.IntN(len(file)-from)] = byte(random.Uint32())
		}
		if n%10 == 0 {
			file = append(file[:random.IntN(len(file))], file[len(file)-1-random.IntN(len(file)-1):]...)
		}
		l := parquetReport(t, parquetSchema, file)
		i, err := inventory.Open(t.Context(), l.get, location)
		if err != nil {
			t.Fatal(err)
		}
		before := allocated()
		for row, err := range i.Rows(t.Context()) {
			switch {
			case err != nil && !strings.Contains(err.Error(), parquetFile):
				t.Errorf("%d: the error doesn't name the file: %v", n, err)
			case err != nil:
				refused++
			case row.Bucket != "acme-data" || row.Key == "":
				t.Errorf("%d: got %+v", n, row)
			}
		}
		most = max(most, allocated()-before)
	}
	t.Logf("%d of 1500 were refused; %d MiB were allocated for one at most", refused, most>>20)
	if refused < 750 {
		t.Error("few were damaged")
	}
	if most > 32<<20 {
		t.Error("too much was allocated")
	}
}
