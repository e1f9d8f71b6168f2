package adopt_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"datalock/internal/adopt"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gotest.tools/v3/golden"
)

// policyOf is a policy with two statements of the owner.
const policyOf = `{"Version":"2012-10-17","Id":"readers","Statement":[` +
	`{"Sid":"AllowReaders","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:role/reader"},` +
	`"Action":["s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::BUCKET","arn:aws:s3:::BUCKET/*"]},` +
	`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:root"},"Action":"s3:GetBucketLocation","Resource":"arn:aws:s3:::BUCKET"}]}`

// states are buckets as they are found; what the reports say of them is in
// testdata.
var states = map[string]func(testServer, *testing.T, string){
	"never-versioned": func(l testServer, t *testing.T, bucket string) {
		l.put(t, bucket, "one")
		l.put(t, bucket, "two")
	},
	"suspended": func(l testServer, t *testing.T, bucket string) {
		l.version(t, bucket, types.BucketVersioningStatusEnabled)
		l.put(t, bucket, "one")
		l.put(t, bucket, "one")
		_, err := l.root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("one")})
		l.version(t, bucket, types.BucketVersioningStatusSuspended)
		l.put(t, bucket, "null")
		_, tagged := l.root.PutBucketTagging(t.Context(), &s3.PutBucketTaggingInput{Bucket: &bucket, Tagging: &types.Tagging{
			TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("ml")}},
		}})
		_, shared := l.root.PutBucketCors(t.Context(),
			&s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &types.CORSConfiguration{
				CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}},
			}})
		ok(t, err, tagged, shared)
	},
	"governance": func(l testServer, t *testing.T, bucket string) {
		expire := testbucket.Enabled("expire-raw", "raw/")
		expire.Expiration = &types.LifecycleExpiration{Days: aws.Int32(30)}
		expire.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{
			NoncurrentDays:          aws.Int32(7),
			NewerNoncurrentVersions: aws.Int32(3),
		}
		l.version(t, bucket, types.BucketVersioningStatusEnabled)
		l.put(t, bucket, "unlocked")
		ok(t, l.hand.Retain(t, bucket, types.ObjectLockRetentionModeGovernance, 10))
		l.put(t, bucket, "locked")
		l.put(t, bucket, "held", held)
		ok(t, l.hand.Lifecycle(t, bucket, expire), l.hand.Policy(t, bucket, strings.ReplaceAll(policyOf, "BUCKET", bucket)),
			l.hand.Replicate(t, bucket, "arn:aws:iam::012345678901:role/copy", "arn:aws:s3:::acme-copy"),
			l.hand.Log(t, bucket, &types.LoggingEnabled{
				TargetBucket: aws.String("never-versioned"),
				TargetPrefix: aws.String("logs/"),
			}),
			l.hand.Notify(t, bucket, &types.NotificationConfiguration{
				EventBridgeConfiguration: &types.EventBridgeConfiguration{},
			}),
			l.hand.Block(t, bucket, true, false, true, false))
	},
	"compliance": func(l testServer, t *testing.T, bucket string) {
		l.version(t, bucket, types.BucketVersioningStatusEnabled)
		ok(t, l.hand.Retain(t, bucket, types.ObjectLockRetentionModeCompliance, 365),
			l.hand.Encrypt(t, bucket, types.ServerSideEncryptionAwsKms,
				strings.Replace(testbucket.KeyARN, "eu-central-1", l.Region, 1)),
			l.hand.Own(t, bucket, types.ObjectOwnershipBucketOwnerEnforced), l.hand.Block(t, bucket, true, true, true, true))
		l.put(t, bucket, "locked")
	},
	// Without a default retention a version can have a hold and no mode.
	"no-default": func(l testServer, t *testing.T, bucket string) {
		l.version(t, bucket, types.BucketVersioningStatusEnabled)
		ok(t, l.hand.Retain(t, bucket, "", 0))
		l.put(t, bucket, "unlocked")
		l.put(t, bucket, "held", held)
		l.put(t, bucket, "held-too", held)
		end := time.Now().Add(2 * time.Second)
		l.put(t, bucket, "ended", func(in *s3.PutObjectInput) {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeGovernance, &end
		})
		for time.Now().Before(end.Add(time.Second)) { // S3's clock has seconds
			time.Sleep(100 * time.Millisecond)
		}
	},
}

// TestStates reads buckets and compares what is said of them, and what would be
// written, with testdata.
func TestStates(t *testing.T) {
	l := newTestServer(t)
	l.create(t, "never-versioned")
	for name, prepare := range states {
		if name != "never-versioned" {
			l.create(t, name)
		}
		prepare(l, t, name)
		is := l.read(t, name)
		m, err := adopt.NewMember(is, l.file(), "")
		ok(t, err)
		var text bytes.Buffer
		r := adopt.Report{Stack: "data", Bucket: is, Lists: adopt.Compare(is, nil, wanted(t, l.file(), m), nil)}
		ok(t, r.WriteText(&text))
		member, err := json.MarshalIndent(m, "", "  ")
		ok(t, err)
		golden.Assert(t, text.String()+string(member)+"\n", name+".txt")
	}
}

// TestOwn holds that a bucket that Datalock deployed needs nothing, and that none
// of its statements is taken for the owner's.
func TestOwn(t *testing.T) {
	l := newTestServer(t)
	l.hand.Deploy(t, "default", "ai-dataset", "own")
	ok(t, l.hand.Lifecycle(t, "own", func() types.LifecycleRule {
		abort := testbucket.Enabled("abort-incomplete-multipart-uploads", "")
		abort.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)}
		return abort
	}()))
	is := l.read(t, "own")
	m, err := adopt.NewMember(is, l.file(), "")
	ok(t, err)
	lists := adopt.Compare(is, nil, wanted(t, l.file(), m), nil)
	if len(lists.Add)+len(lists.Change) > 0 || len(m.PolicyStatements) > 0 || len(m.Adopt) != 7 {
		t.Errorf("add %+v, change %+v, member %+v", lists.Add, lists.Change, m)
	}
}
