package audit_test

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/parquet-go/parquet-go"
)

// inventoryFields are the columns of the test's reports.
var inventoryFields = []string{
	"Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "ObjectLockRetainUntilDate", "ObjectLockMode",
	"ObjectLockLegalHoldStatus", "ChecksumAlgorithm",
}

// rowsOf are the rows of a report that S3 would make of a bucket.
func (l testServer) rowsOf(t *testing.T, bucket string) [][]string {
	t.Helper()
	page, err := l.hand.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil || aws.ToBool(page.IsTruncated) {
		t.Fatal(err)
	}
	var rows [][]string
	for _, v := range page.Versions {
		head, err := l.hand.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: v.Key, VersionId: v.VersionId})
		if err != nil {
			t.Fatal(err)
		}
		until := ""
		if head.ObjectLockRetainUntilDate != nil {
			until = head.ObjectLockRetainUntilDate.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		rows = append(rows, []string{
			bucket, url.QueryEscape(*v.Key), *v.VersionId, fmt.Sprint(*v.IsLatest), "false", fmt.Sprint(*v.Size), until,
			string(head.ObjectLockMode), string(head.ObjectLockLegalHoldStatus), fmt.Sprint(v.ChecksumAlgorithm[0]),
		})
	}
	for _, m := range page.DeleteMarkers {
		rows = append(rows, []string{
			bucket, url.QueryEscape(*m.Key), *m.VersionId, fmt.Sprint(*m.IsLatest), "true", "", "", "", "",
			"",
		})
	}
	return rows
}

// report writes a report into a new bucket, and returns its folder.
func (l testServer) report(t *testing.T, source, name string, rows [][]string, fields []string) string {
	t.Helper()
	var file bytes.Buffer
	zipped := gzip.NewWriter(&file)
	w := csv.NewWriter(zipped)
	for _, row := range rows {
		if err := w.Write(row[:len(fields)]); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return l.upload(t, source, name, "CSV", strings.Join(fields, ", "), file.Bytes())
}

// An inventoryRow is a row of a report in Parquet.
type inventoryRow struct {
	Bucket   string  `parquet:"bucket"`
	Key      string  `parquet:"key"`
	Version  string  `parquet:"version_id"`
	Latest   bool    `parquet:"is_latest"`
	Marker   bool    `parquet:"is_delete_marker"`
	Size     *int64  `parquet:"size,optional"`
	Until    *int64  `parquet:"object_lock_retain_until_date,optional,timestamp(millisecond)"`
	Mode     *string `parquet:"object_lock_mode,optional"`
	Hold     *string `parquet:"object_lock_legal_hold_status,optional"`
	Checksum *string `parquet:"checksum_algorithm,optional"`
}

// parquetReport writes the same rows as report, in Parquet.
func (l testServer) parquetReport(t *testing.T, source, name string, rows [][]string) string {
	t.Helper()
	var all []inventoryRow
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	for _, r := range rows {
		key, err := url.QueryUnescape(r[1])
		if err != nil {
			t.Fatal(err)
		}
		row := inventoryRow{
			Bucket: r[0], Key: key, Version: r[2], Latest: r[3] == "true", Marker: r[4] == "true",
			Mode: optional(r[7]), Hold: optional(r[8]), Checksum: optional(r[9]),
		}
		if size, err := strconv.ParseInt(r[5], 10, 64); err == nil {
			row.Size = &size
		}
		if until, err := time.Parse(time.RFC3339, r[6]); err == nil {
			row.Until = aws.Int64(until.UnixMilli())
		}
		all = append(all, row)
	}
	var file bytes.Buffer
	if err := parquet.Write(&file, all); err != nil {
		t.Fatal(err)
	}
	return l.upload(t, source, name, "Parquet", "message s3.inventory { required binary bucket (UTF8); "+
		"required binary key (UTF8); optional binary version_id (UTF8); optional boolean is_latest; "+
		"optional boolean is_delete_marker; optional int64 size; "+
		"optional int64 object_lock_retain_until_date (TIMESTAMP_MILLIS); optional binary object_lock_mode (UTF8); "+
		"optional binary object_lock_legal_hold_status (UTF8); optional binary checksum_algorithm (UTF8); }", file.Bytes())
}

// upload writes a report with one file.
func (l testServer) upload(t *testing.T, source, name, format, schema string, file []byte) string {
	t.Helper()
	folder := source + "/" + name + "/"
	c := types.InventoryConfiguration{
		Id: &name, IsEnabled: aws.Bool(true), IncludedObjectVersions: types.InventoryIncludedObjectVersionsAll,
		Schedule: &types.InventorySchedule{Frequency: types.InventoryFrequencyDaily},
		Destination: &types.InventoryDestination{S3BucketDestination: &types.InventoryS3BucketDestination{
			Bucket: aws.String("arn:aws:s3:::reports"), Format: types.InventoryFormatCsv,
		}},
	}
	if name == "filtered" {
		c.Filter = &types.InventoryFilter{Prefix: aws.String("a/")}
	}
	if name != "unconfigured" && source == "versions" {
		if err := l.hand.Inventory(t, source, &c); err != nil {
			t.Fatal(err)
		}
	}
	data := folder + "data/1"
	manifest, err := json.Marshal(map[string]any{
		"sourceBucket": source, "version": "2016-11-30", "creationTimestamp": fmt.Sprint(l.taken(name).UnixMilli()),
		"fileFormat": format, "fileSchema": schema,
		"files": []any{map[string]any{"key": data, "size": len(file), "MD5checksum": fmt.Sprintf("%x", md5.Sum(file))}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const today = "2026-11-26T01-00Z/"
	for key, text := range map[string][]byte{
		data: file, folder + today + "manifest.json": manifest,
		folder + today + "manifest.checksum": fmt.Appendf(nil, "%x", md5.Sum(manifest)),
	} {
		if _, err := l.root.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("reports"), Key: &key, Body: bytes.NewReader(text),
		}); err != nil {
			t.Fatal(err)
		}
	}
	return "s3://reports/" + folder
}

// testInventory finds in a report what it finds in the bucket.
func testInventory(t *testing.T, l testServer) {
	const bucket = "versions"
	l.versionsOf(t, bucket)
	if _, err := l.root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("reports")}); err != nil {
		t.Fatal(err)
	}
	rows := l.rowsOf(t, bucket)
	c := audit.Config{Bucket: bucket, Wanted: settings.DefaultBucket()}
	c.Wanted.WriteOnce = true
	var b audit.Bucket
	for _, c.Inventory = range []string{
		l.report(t, bucket, "all", rows, inventoryFields), l.parquetReport(t, bucket, "parquet", rows),
	} {
		b = l.audited(t, c)
		checkVersions(t, b)
		if v := b.Versions; !strings.HasSuffix(v.Source, "/manifest.json") || v.Taken == nil || len(b.Unknown()) > 0 {
			t.Errorf("%s: %+v, unknown %v", c.Inventory, v, b.Unknown())
		}
	}
	i := slices.IndexFunc(b.Findings, func(f audit.Finding) bool { return f.Rule == "unlocked" })
	if i < 0 || !strings.Contains(b.Findings[i].Message, "an inventory doesn't show event holds") {
		t.Errorf("what an inventory doesn't show isn't said: %+v", b.Findings)
	}
	newest := slices.Clone(inventoryFields)
	newest[2], newest[3], newest[4] = "X", "Y", "Z"
	for name, one := range map[string]struct {
		fields     []string
		source     string
		part, says string
	}{
		"newest only":      {newest, bucket, "noncurrent and hidden versions", "lists only the newest versions"},
		"without checksum": {inventoryFields[:9], bucket, "checksums", "lacks [ChecksumAlgorithm]"},
		"without holds":    {inventoryFields[:8], bucket, "versions", "lacks [ObjectLockLegalHoldStatus]"},
		"without locks":    {inventoryFields[:6], bucket, "versions", "lacks [ObjectLockMode ObjectLockRetainUntilDate"},
		"another bucket":   {inventoryFields, "rights", "versions", "is of bucket rights"},
		"filtered":         {inventoryFields, bucket, "versions", `the inventory "filtered" only lists keys below a/`},
		"unconfigured":     {inventoryFields, bucket, "versions", `the bucket has no inventory "unconfigured"`},
		"old":              {inventoryFields, bucket, "versions", "the inventory is 12 days old"},
	} {
		c.Inventory = l.report(t, one.source, strings.ReplaceAll(name, " ", "-"), rows, one.fields)
		b := l.audited(t, c)
		if p := part(t, b, one.part); p.Status != audit.Unknown || !strings.Contains(p.Reason, one.says) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	c.Inventory = "s3://reports/nothing/"
	if p := part(t, l.audited(t, c), "versions"); p.Status != audit.Unknown ||
		!strings.Contains(p.Reason, "there is no report in it") {
		t.Errorf("no report: %+v", p)
	}
	all, err := l.hand.ListBucketInventoryConfigurations(t.Context(),
		&s3.ListBucketInventoryConfigurationsInput{Bucket: aws.String(bucket)})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all.InventoryConfigurationList {
		if _, err := l.hand.DeleteBucketInventoryConfiguration(t.Context(), &s3.DeleteBucketInventoryConfigurationInput{
			Bucket: aws.String(bucket), Id: one.Id,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// taken is when a report was made: all but one are new.
func (testServer) taken(name string) time.Time {
	if name == "old" {
		return time.Now().AddDate(0, 0, -12).Add(-time.Hour)
	}
	return time.Now()
}
