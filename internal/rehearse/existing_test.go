package rehearse

import (
	"slices"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestInterruptedAdoption holds that a bucket that an interrupted rehearsal has begun
// is created again, whatever was the last step, and that one that is complete isn't.
func TestInterruptedAdoption(t *testing.T) {
	server := s3test.Start(t)
	at := &site{dir: t.TempDir(), endpoint: server.Endpoint, server: server.Server}
	is := adopt.Existing{
		Bucket: "begun", Versioning: types.BucketVersioningStatusEnabled, Tags: map[string]string{"a": "b"},
		ObjectLock: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{
				DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1)},
			},
		},
	}
	broken := is
	// The last step fails.
	broken.Policy = []byte(`{"Version":"2012-10-17","Statement":[]}`)
	_, err := makeExisting(t.Context(), at, broken, false)
	if err == nil || !strings.Contains(err.Error(), "bucket policy") {
		t.Fatalf("a policy that can't be stored: %v", err)
	}
	for _, want := range []bool{false, true} {
		there, err := makeExisting(t.Context(), at, is, false)
		if err != nil || there != want {
			t.Fatalf("it was there: %v, %v; want %v", there, err, want)
		}
		list, err := at.ownerClient().ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &is.Bucket})
		if err != nil || len(list.Versions) != 2 {
			t.Errorf("it has %+v, %v", list, err)
		}
	}
}

// TestNotImported holds that what the rehearsal's bucket is made without is created
// instead of imported, and named.
func TestNotImported(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name, b.AccessLogs, b.Evidence = "acme-data", true, &settings.Evidence{}
	b.Adopt = []string{"aws_s3_bucket_versioning", "aws_s3_bucket_logging", "aws_s3_bucket_notification"}
	s := settings.Settings{Region: "us-east-1", Buckets: map[string]settings.Bucket{"data": b}}
	declared, changes := Declare(s, "data", "https://127.0.0.1:1", Situation{Existing: true})
	if got := declared.Buckets["data"].Adopt; !slices.Equal(got, []string{"aws_s3_bucket_versioning"}) {
		t.Errorf("imported: %v", got)
	}
	if !slices.ContainsFunc(changes, func(c string) bool {
		return strings.HasSuffix(c, "made without them: aws_s3_bucket_logging, aws_s3_bucket_notification")
	}) {
		t.Errorf("changes: %q", changes)
	}
	if len(s.Buckets["data"].Adopt) != 3 {
		t.Error("the settings were changed")
	}
}
