package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestAuditVerb audits a bucket of a stack, and one that it doesn't know.
func TestAuditVerb(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	hand := testbucket.Hand{Client: clientOf(server)}
	hand.Deploy(t, "endpoint-plain", "ai-dataset", "ai-dataset-1")
	abort := testbucket.Enabled("abort-incomplete-multipart-uploads", "")
	abort.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)}
	if err := hand.Lifecycle(t, "ai-dataset-1", abort); err != nil {
		t.Fatal(err)
	}
	file := func(bucket, more string) string {
		return fmt.Sprintf(`{"context": {"datalock": {"region": "us-east-1", "endpoint": %q, "allowPlainHTTP": true,
			"buckets": {"ai-dataset": {%s}}%s}}}`, server.Endpoint, bucket, more)
	}
	named := file(`"name": "ai-dataset-1"`, "")
	run := func(code int, cdktf string, args ...string) *process {
		t.Helper()
		p := s3ToolIn(t, cdktf, server, server.Endpoint, append([]string{"audit"}, args...)...)
		if got := p.run(t); got != code {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, p.out.String(), p.err.String())
		}
		return p
	}
	says := func(text string, want ...string) {
		t.Helper()
		for _, one := range want {
			if !strings.Contains(text, one) {
				t.Errorf("it says\n%s\nwithout %q", text, one)
			}
		}
	}
	says(run(exitOK, named).out.String(), "s3://ai-dataset-1: no findings, compared with the settings of stack ai-dataset",
		"ok              bucket policy", "not-applicable  account's public access block")
	run(exitOK, file("", ""), "ai-dataset", "--bucket", "ai-dataset-1")
	says(run(exitOK, "{}", "--bucket", "ai-dataset-1", "--configuration").out.String(),
		"compared with Datalock's defaults")
	says(run(exitFailed, file("", "")).err.String(),
		"pass the name that terraform output -raw bucket_name prints in --bucket")

	says(run(exitFound, file(`"name": "ai-dataset-1", "evidence": {}`, "")).out.String(),
		"s3://ai-dataset-1: no findings, compared with the settings of stack ai-dataset\n",
		"s3://ai-dataset-1-evidence: 1 finding, compared with the settings of stack ai-dataset for its evidence bucket",
		"bucket-gone aws_s3_bucket.evidence_bucket")

	auditVersions(t, hand, "ai-dataset-1")
	p := run(exitFound, named, "--warn-days", "120", "--report", "report")
	says(p.out.String(), "ends-soon s3://ai-dataset-1: 2 versions whose retention ends within 120 days",
		"locks that end, by day",
		"########################################  2 versions")
	if html, err := os.ReadFile(filepath.Join(p.dir, "report", "report.html")); err != nil ||
		!strings.Contains(string(html), "<svg") {
		t.Errorf("the report has no drawing: %v", err)
	}
	run(exitOK, named, "--warn-days", "30")
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	soon := func(until string) string {
		return file(`"name": "ai-dataset-1"`, fmt.Sprintf(`, "exceptions": [
			{"rule": "ends-soon", "address": "s3://ai-dataset-1", "reason": "being replaced", "until": %q},
			{"rule": "hidden", "address": "s3://ai-dataset-1", "reason": "r", "until": "2099-01-01"}]`, until))
	}
	says(run(exitOK, soon(day(0)), "--warn-days", "120").out.String(), "s3://ai-dataset-1: no findings",
		"excepted: ends-soon s3://ai-dataset-1: 2 versions whose retention ends within 120 days (being replaced)",
		"note: the exception of s3://ai-dataset-1 from hidden was not needed; remove it")
	says(run(exitFound, soon(day(-1)), "--warn-days", "120", "--format", "markdown").out.String(), "1 finding in 1 bucket",
		"from ends-soon expired on "+day(-1)+"; remove it")
	excepted := file(`"name": "ai-dataset-1"`, fmt.Sprintf(`, "exceptions": [{"rule": "ownership",
		"address": "aws_s3_bucket_ownership_controls.ownership", "reason": "moving", "until": %q}]`, day(3)))
	if err := hand.Own(t, "ai-dataset-1", types.ObjectOwnershipObjectWriter); err != nil {
		t.Fatal(err)
	}
	says(run(exitOK, excepted).out.String(), "excepted: ownership")
	auditFormatsOf(t, run, named)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"nothing"}, `nothing`},
		{[]string{"--format", "xml"}, "must be one of text, json, sarif, markdown"},
		{[]string{"--warn-days", "-1"}, "must be 0 or more"},
		{[]string{"--rate", "-1"}, "must be 0 or more"},
		{[]string{"--configuration", "--inventory", "s3://x/y/"}, "reads no versions"},
		{[]string{"a", "b", "--bucket", "c"}, "pass one STACK with it"},
		{[]string{"--verified", "nowhere.json"}, "--verified: open nowhere.json"},
		{[]string{"--verified", "cdktf.json"}, "it isn't a statement"},
	} {
		says(run(exitFailed, named, c.args...).err.String(), c.want)
	}
	says(run(exitFound, file(`"retention": {"days": 0}`, "")).err.String(), "buckets.ai-dataset.retention.days")
	p = s3ToolIn(t, named, server, server.Endpoint, "audit")
	stranger := server.Users["stranger"]
	p.Env = append(p.Env, "AWS_ACCESS_KEY_ID="+stranger.AccessKey, "AWS_SECRET_ACCESS_KEY="+stranger.SecretKey)
	if got := p.run(t); got != exitFailed || !strings.Contains(p.out.String(), "s3:GetBucketPolicy is denied") ||
		!strings.Contains(p.err.String(), "not a pass") {
		t.Errorf("without rights: exit %d: %s%s", got, p.out.String(), p.err.String())
	}
}

// auditVersions writes two versions, locked for 90 days.
func auditVersions(t *testing.T, hand testbucket.Hand, bucket string) {
	t.Helper()
	for _, key := range []string{"a", "b"} {
		if _, err := hand.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String(key), Body: strings.NewReader(key),
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// auditFormatsOf reads each format; the ownership is weakened.
func auditFormatsOf(t *testing.T, run func(int, string, ...string) *process, named string) {
	t.Helper()
	var r audit.Report
	if err := json.Unmarshal([]byte(run(exitFound, named, "--json").out.String()),
		&r); err != nil || len(r.Buckets) != 1 ||
		len(r.Buckets[0].Findings) != 1 || r.Buckets[0].Findings[0].Rule != "ownership" ||
		r.Buckets[0].Versions.Versions != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	var sarif struct {
		Runs []struct {
			Results []struct{ RuleID string }
			Tool    struct {
				Driver struct{ Rules []struct{ ID string } }
			}
		}
	}
	text := run(exitFound, named, "--format", "sarif").out.String()
	if err := json.Unmarshal([]byte(text),
		&sarif); err != nil || len(sarif.Runs) != 1 || len(sarif.Runs[0].Results) != 1 ||
		sarif.Runs[0].Results[0].RuleID != "ownership" || len(sarif.Runs[0].Tool.Driver.Rules) < 30 {
		t.Errorf("%v: %s", err, text)
	}
	markdown := run(exitFound, named, "--format", "markdown").out.String()
	if !strings.Contains(markdown, "**1 finding in 1 bucket.**") ||
		!strings.Contains(markdown, `| ownership | aws\_s3\_bucket\_ownership\_controls.ownership |`) {
		t.Errorf("got %s", markdown)
	}
}
