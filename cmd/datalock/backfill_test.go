package main

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// anInventory puts an inventory of rows into the evidence bucket, as S3 does.
func anInventory(t *testing.T, client *s3.Client, schema string, rows ...string) {
	t.Helper()
	put := func(key string, text []byte) {
		t.Helper()
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("evidence"), Key: aws.String("inventory/" + key), Body: bytes.NewReader(text),
		}); err != nil {
			t.Fatal(err)
		}
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(strings.Join(rows, "\n") + "\n"))
	_ = w.Close()
	put("data/1.csv.gz", zipped.Bytes())
	manifest, err := json.Marshal(map[string]any{
		"sourceBucket": "acme-old", "destinationBucket": "arn:aws:s3:::evidence", "version": "2016-11-30",
		"creationTimestamp": "1795654800000", "fileFormat": "CSV", "fileSchema": schema,
		"files": []any{map[string]any{
			"key": "inventory/data/1.csv.gz", "size": zipped.Len(), "MD5checksum": fmt.Sprintf("%x", md5.Sum(zipped.Bytes())),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	put("2026-11-26T01-00Z/manifest.json", manifest)
	put("2026-11-26T01-00Z/manifest.checksum", fmt.Appendf(nil, "%x\n", md5.Sum(manifest)))
}

// TestBackfillVerb locks what was written before the lock: from a listing, and
// from an inventory by a job.
func TestBackfillVerb(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	client := clientOf(server)
	aBucket(t, server, "evidence", false)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String("acme-old"), ObjectLockEnabledForBucket: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, key := range []string{"raw/a b+ü.bin", "raw/hidden", "list/1", "list/2"} {
		out, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("acme-old"), Key: &key, Body: strings.NewReader(key),
		})
		if err != nil {
			t.Fatal(err)
		}
		versions[key] = *out.VersionId
	}
	run := func(code int, args ...string) *process {
		t.Helper()
		p := s3Tool(t, server, server.Endpoint, append([]string{"backfill"}, args...)...)
		if got := p.run(t); got != code {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, p.out.String(), p.err.String())
		}
		p.empty(t)
		return p
	}
	says := func(p *process, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(p.err.String(), text) {
				t.Errorf("it says\n%s\nwithout %q", p.err.String(), text)
			}
		}
	}
	list := []string{"s3://acme-old/list/", "--days"}
	says(run(exitFailed, "s3://acme-old/list/"), "backfill: pass either --until DATE or --days N")
	says(run(exitFailed, append(list, "5")...), "pass --yes to continue")
	says(run(exitFailed, append(list, "5", "--mode", "COMPLIANCE", "--yes")...),
		"if the bucket policy allows it; then pass --confirm acme-old too")
	says(run(exitFailed, append(list, "5", "--mode", "COMPLIANCE", "--yes", "--confirm", "acme-other")...),
		"the bucket is acme-old")
	says(run(exitFailed, append(list, "5", "--mode", "WORM", "--plan")...),
		`mode "WORM": must be GOVERNANCE or COMPLIANCE`)
	says(run(exitOK, append(list, "5", "--plan")...), "locks 2 versions without a lock",
		"until then, only principals with s3:BypassGovernanceRetention")
	says(run(exitOK, append(list, "1", "--mode", "COMPLIANCE", "--yes")...), "nobody can delete them",
		"2 versions locked in COMPLIANCE mode")
	says(run(exitOK, append(list, "1", "--yes")...), "no version without a lock was found; 2 are locked")

	const schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ObjectLockRetainUntilDate, ObjectLockMode"
	row := func(key, version, latest, marker string) string {
		return fmt.Sprintf(`"acme-old","%s","%s","%s","%s","9","",""`, url.QueryEscape(key), version, latest, marker)
	}
	anInventory(t, client, schema,
		row("raw/a b+ü.bin", versions["raw/a b+ü.bin"], "true", "false"),
		row("raw/hidden", versions["raw/hidden"], "false", "false"),
		row("raw/hidden", "marker", "true", "true"))
	from := []string{"s3://acme-old/raw/", "--days", "400", "--mode", "COMPLIANCE", "--confirm", "acme-old", "--yes",
		"--inventory", "s3://evidence/inventory", "--json"}
	p := run(exitOK, append(from, "--batch", "--wait", "--evidence-bucket", "evidence",
		"--batch-role", "arn:aws:iam::000000000000:role/batch")...)
	says(p, "from the inventory of 2026-11-26T", "under a newer version or a delete marker: 1",
		"delete markers, which can't be locked: 1", "S3 counted 2 versions",
		"2 versions locked in COMPLIANCE mode until")
	var done dataset.Backfilled
	if err := json.Unmarshal([]byte(p.out.String()), &done); err != nil || done.Set != 2 || len(done.Jobs) != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	anInventory(t, client, strings.Replace(schema, ", ObjectLockMode", ", ETag", 1),
		row("raw/hidden", "v", "true", "false"))
	says(run(exitFailed, from...), "it lacks [ObjectLockMode], so it doesn't show active locks")
}
