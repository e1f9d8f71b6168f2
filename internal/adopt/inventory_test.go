package adopt_test

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
	"time"

	"datalock/internal/adopt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestInventory counts the versions of an S3 Inventory report, and sends no HEAD.
func TestInventory(t *testing.T) {
	l := newTestServer(t)
	l.create(t, "listed")
	l.create(t, "reports")
	put := func(key string, text []byte) {
		_, err := l.root.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("reports"),
			Key:    &key,
			Body:   bytes.NewReader(text),
		})
		ok(t, err)
	}
	var rows bytes.Buffer
	zipped := gzip.NewWriter(&rows)
	until := time.Now().AddDate(0, 0, 9).UTC().Format("2006-01-02T15:04:05.000Z")
	fmt.Fprintf(zipped, "listed,one,v1,true,false,5,%s,GOVERNANCE,OFF\nlisted,two,v2,false,false,7,,,\nlisted,two,v3,true,true,,,,\n", until)
	ok(t, zipped.Close())
	put("listed/all/data/1.csv.gz", rows.Bytes())
	manifest := func(fields string) string {
		text := fmt.Appendf(nil, `{"sourceBucket":"listed","version":"2016-11-30","creationTimestamp":"%d","fileFormat":"CSV","fileSchema":%q,`+
			`"files":[{"key":"listed/all/data/1.csv.gz","size":%d,"MD5checksum":"%x"}]}`,
			time.Now().UnixMilli(), fields, rows.Len(), md5.Sum(rows.Bytes()))
		key := "listed/all/" + strings.ReplaceAll(fields, ", ", "-") + "/manifest"
		put(key+".json", text)
		put(key+".checksum", fmt.Appendf(nil, "%x", md5.Sum(text)))
		return "s3://reports/" + key + ".json"
	}
	read := func(inventory string) (adopt.Existing, []adopt.Unknown) {
		is, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: l.root, Bucket: "listed", Inventory: inventory})
		ok(t, err)
		return is, unknown
	}
	const locks = "Size, ObjectLockRetainUntilDate, ObjectLockMode, ObjectLockLegalHoldStatus"
	whole := manifest("Bucket, Key, VersionId, IsLatest, IsDeleteMarker, " + locks)
	is, unknown := read(whole)
	want := adopt.Versions{Source: whole, Versions: 2, Bytes: 12, DeleteMarkers: 1, Governance: 1, Unlocked: 1}
	if len(unknown) > 0 || is.Versions == nil || *is.Versions != want {
		t.Errorf("%+v, unknown %v", is.Versions, unknown)
	}
	for inventory, says := range map[string]string{
		manifest("Bucket, Key, X, Y, Z, " + locks):                         "lists only the newest versions",
		manifest("Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"): "lacks",
		"s3://reports/nothing/":                                            "no report",
	} {
		is, unknown := read(inventory)
		if len(unknown) != 1 || unknown[0].Part != "versions" || !strings.Contains(unknown[0].Reason, says) ||
			is.Versions != nil {
			t.Errorf("%s: %+v, unknown %v", inventory, is.Versions, unknown)
		}
	}
}
