package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/audit"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// unknownWithout are the parts that aren't known without a permission.
var unknownWithout = map[string][]string{
	"s3:GetBucketObjectLockConfiguration": {"Object Lock", "default retention"},
	"s3:GetBucketVersioning":              {"versioning"},
	"s3:GetBucketPublicAccessBlock":       {"public access block"},
	"s3:GetBucketOwnershipControls":       {"object ownership"},
	"s3:GetEncryptionConfiguration":       {"default encryption", "KMS key", "KMS key's rotation", "KMS key's policy"},
	"s3:GetBucketPolicy":                  {"bucket policy"},
	"s3:GetLifecycleConfiguration":        {"lifecycle"},
	"s3:GetReplicationConfiguration":      {"replication"},
	"s3:GetBucketLogging":                 {"server access logging"},
	"s3:GetInventoryConfiguration":        {"inventory configurations"},
	"s3:GetBucketNotification":            {"event notifications"},
	"s3:ListBucketVersions":               {"datasets", "versions"},
	"s3:GetObjectVersion":                 {"datasets", "locks of versions"},
	"s3:GetObjectRetention":               {"locks of versions"},
	"s3:GetObjectLegalHold":               {"legal holds"},
	"s3:ListBucket":                       {"region"},
}

// testRights takes each permission away: the parts that need it are unknown,
// nothing is found, and the audit does not pass.
func testRights(t *testing.T, l testServer) {
	const bucket = "rights"
	l.hand.Deploy(t, "default", "ai-dataset", bucket)
	l.publish(t, bucket, "set")
	c := audit.Config{
		S3: l.as("admin", l.Endpoint), Bucket: bucket, Stack: "ai-dataset",
		Wanted: declared(t, "default", "ai-dataset", bucket),
	}
	if b := l.audited(t, c); b.Status() != audit.OK || len(b.Datasets) != 1 {
		t.Fatalf("with every permission: %+v", b)
	}
	whole := policyOf(t, l, bucket)
	for action, want := range unknownWithout {
		deny := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Taken","Effect":"Deny","Principal":{"AWS":%q},`+
			`"Action":%q,"Resource":["arn:aws:s3:::%s","arn:aws:s3:::%s/*"]},`, l.Users["admin"].ARN, action, bucket, bucket)
		if strings.Contains(action, "Object") && action != "s3:GetBucketObjectLockConfiguration" {
			deny = strings.Replace(deny, `"arn:aws:s3:::rights",`, "", 1)
		} else {
			deny = strings.Replace(deny, `,"arn:aws:s3:::rights/*"`, "", 1)
		}
		if err := l.hand.Policy(t, bucket,
			strings.Replace(whole, `{"Version":"2012-10-17","Statement":[`, deny, 1)); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		b := l.audited(t, c)
		var got []string
		for _, p := range b.Unknown() {
			got = append(got, p.Name)
			if !strings.Contains(p.Reason, action+" is denied") && !strings.Contains(p.Reason, "the manifest couldn't be read") {
				t.Errorf("without %s: %s is unknown because %s", action, p.Name, p.Reason)
			}
		}
		if !slices.Equal(got, want) || len(b.Findings) > 0 || b.Status() != audit.Unknown {
			t.Errorf("without %s: unknown %v, found %+v", action, got, b.Findings)
		}
	}
}

// publish publishes a dataset of a few files.
func (l testServer) publish(t *testing.T, bucket, prefix string) dataset.Published {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := dataset.Publish(t.Context(), l.root, dir, dataset.Location{
		Bucket: bucket,
		Prefix: prefix,
	}, dataset.PublishOptions{Jobs: 4})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testDatasets shows what is known of each dataset.
func testDatasets(t *testing.T, l testServer) {
	ctx := t.Context()
	const bucket = "datasets"
	l.hand.Deploy(t, "default", "ai-dataset", bucket)
	l.publish(t, bucket, "plain")
	l.publish(t, bucket, "renewed")
	renewed := dataset.Location{Bucket: bucket, Prefix: "renewed"}
	if _, err := dataset.Renew(ctx, l.root, renewed, dataset.RenewOptions{Days: 400, Jobs: 4}); err != nil {
		t.Fatal(err)
	}
	v, err := dataset.Verify(ctx, l.root, renewed, dataset.VerifyOptions{Read: true, Jobs: 4})
	if err != nil {
		t.Fatal(err)
	}
	statement, err := v.Statement()
	if err != nil {
		t.Fatal(err)
	}
	verified, err := audit.ReadVerified(statement, nil)
	if err != nil {
		t.Fatal(err)
	}
	older := verified
	older.At = older.At.AddDate(0, -1, 0)
	if _, err := l.hand.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(".datalock/broken/manifest.json"), Body: strings.NewReader("{"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	}); err != nil {
		t.Fatal(err)
	}
	b := l.audited(t, audit.Config{
		Bucket: bucket, Stack: "ai-dataset", Wanted: declared(t, "default", "ai-dataset", bucket),
		Verified: []audit.Verified{older, verified, older},
	})
	says := map[string]string{}
	for _, d := range b.Datasets {
		says[strings.TrimPrefix(d.Location, "s3://datasets/")] = d.Says()
	}
	for name, want := range map[string][]string{
		"plain": {"2 files", "locked until at least", "no verification given"},
		"renewed": {
			"according to the record of a renewal locked until at least",
			"verified on " + verified.At.Format("2006-01-02") + " (read) according to a statement whose signature wasn't checked",
		},
		"broken": {"read the manifest"},
	} {
		for _, text := range want {
			if !strings.Contains(says[name], text) {
				t.Errorf("%s: %q, without %q", name, says[name], text)
			}
		}
	}
	if p := part(t, b, "datasets"); p.Status != audit.Unknown ||
		!strings.Contains(p.Reason, "1 dataset couldn't be read") {
		t.Errorf("%+v", p)
	}
	verified.SignatureChecked = true
	if signed := (audit.Dataset{Verified: &verified}).Says(); !strings.HasSuffix(signed, " (read)") {
		t.Errorf("of a checked signature it says %q", signed)
	}
	another := strings.Replace(string(statement), dataset.StatementType, "https://in-toto.io/attestation/test-result/v0.1", 1)
	for _, wrong := range []string{another, "", "{}", `{"predicateType":"x","subject":[{"digest":{"sha256":"a"}}]}`} {
		if _, err := audit.ReadVerified([]byte(wrong), nil); err == nil {
			t.Errorf("%q is taken for a verification", wrong)
		}
	}
}
