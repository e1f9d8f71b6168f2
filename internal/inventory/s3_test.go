package inventory_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"datalock/internal/inventory"
	"datalock/internal/s3get"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

// TestS3 reads the newest complete report from a server whose connections break, or
// that stops sending. It isn't parallel: it shortens how long all downloads wait.
func TestS3(t *testing.T) {
	server := s3test.Start(t)
	proxy := s3proxy.Start(t, server.Endpoint)
	client := s3.New(s3.Options{
		BaseEndpoint: &proxy.URL, Region: server.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("reports")}); err != nil {
		t.Fatal(err)
	}
	const above = "s3://reports/daily/acme-data/all/"
	_, err := inventory.Latest(t.Context(), client, above)
	if err == nil || !strings.Contains(err.Error(), "there is no report") {
		t.Errorf("without a report: %v", err)
	}
	const rows = 20_000
	var text strings.Builder
	for n := range rows {
		text.WriteString(line(fmt.Sprintf("%x", n*n), fmt.Sprint(n), "true", "false", "", "", ""))
	}
	l := report(t, text.String())
	for _, older := range []string{"2026-11-24T01-00Z/", "2026-11-25T01-00Z/"} {
		l[strings.Replace(folder, "2026-11-26T01-00Z/", older, 1)+"manifest.json"] = []byte("{}")
		l[strings.Replace(folder, "2026-11-26T01-00Z/", older, 1)+"manifest.checksum"] = []byte(sum([]byte("{}")))
	}
	// S3 has begun to write the next one.
	l[strings.Replace(folder, "11-26", "11-27", 1)+"manifest.json"] = []byte("{}")
	for key, body := range l {
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("reports"), Key: &key, Body: bytes.NewReader(body),
		}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := inventory.Latest(t.Context(), client, strings.TrimSuffix(above, "/"))
	if err != nil || found != location {
		t.Fatalf("the newest is %q, %v", found, err)
	}
	if same, err := inventory.Latest(t.Context(), client, location); err != nil || same != location {
		t.Errorf("a manifest is %q, %v", same, err)
	}
	proxy.BreakOff(30_000)
	readAll(t, client, rows)
	before := s3get.Stall
	t.Cleanup(func() { s3get.Stall = before })
	s3get.Stall = 500 * time.Millisecond
	held := proxy.HoldBack(30_000)
	readAll(t, client, rows)
	if len(held()) != 1 {
		t.Errorf("held back were %v", held())
	}
}

// readAll reads the report, with so many rows.
func readAll(t *testing.T, client *s3.Client, rows int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	i, err := inventory.Open(ctx, inventory.FromS3(client), location)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range i.Rows(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Key != fmt.Sprintf("%x", n*n) {
			t.Fatalf("row %d is %q", n, row.Key)
		}
		n++
	}
	if n != rows || i.Files[0].Size < 60_000 {
		t.Errorf("%d rows from %d bytes", n, i.Files[0].Size)
	}
}
