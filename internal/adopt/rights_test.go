package adopt_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// unknownWithout are the parts that aren't known without an action.
var unknownWithout = map[string]string{
	"s3:ListBucket":                       "bucket",
	"s3:GetBucketVersioning":              "versioning",
	"s3:GetBucketObjectLockConfiguration": "Object Lock",
	"s3:GetBucketPublicAccessBlock":       "public access block",
	"s3:GetBucketOwnershipControls":       "object ownership",
	"s3:GetEncryptionConfiguration":       "default encryption",
	"s3:GetLifecycleConfiguration":        "lifecycle",
	"s3:GetBucketPolicy":                  "bucket policy",
	"s3:GetBucketTagging":                 "tags",
	"s3:GetBucketAcl":                     "access control list",
	"s3:GetReplicationConfiguration":      "replication",
	"s3:GetBucketLogging":                 "server access logging",
	"s3:GetInventoryConfiguration":        "inventory configurations",
	"s3:GetBucketNotification":            "event notifications",
	"s3:GetBucketCORS":                    "CORS",
	"s3:GetBucketWebsite":                 "website",
	"s3:GetAccelerateConfiguration":       "transfer acceleration",
	"s3:GetBucketRequestPayment":          "request payment",
	"s3:ListBucketVersions":               "versions",
	"s3:GetObjectVersion":                 "versions",
	"s3:GetObjectRetention":               "versions",
	"s3:GetObjectLegalHold":               "versions",
}

// TestRights takes each action away: the part that needs it is unknown, with the
// action, is in none of the lists, and no other part is unknown.
func TestRights(t *testing.T) {
	l := newTestServer(t)
	const bucket = "rights"
	l.create(t, bucket)
	l.version(t, bucket, types.BucketVersioningStatusEnabled)
	l.put(t, bucket, "unlocked")
	ok(t, l.hand.Retain(t, bucket, types.ObjectLockRetentionModeGovernance, 10))
	l.put(t, bucket, "locked")
	for action, part := range unknownWithout {
		resource := "arn:aws:s3:::" + bucket
		if strings.Contains(action, "Object") && action != "s3:GetBucketObjectLockConfiguration" {
			resource += "/*"
		}
		ok(t, l.hand.Policy(t, bucket,
			fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":%q},`+
				`"Action":%q,"Resource":%q}]}`, l.Users["admin"].ARN, action, resource)))
		is, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: l.as("admin"), Bucket: bucket, Jobs: 4})
		ok(t, err)
		if len(unknown) != 1 || unknown[0].Part != part || !strings.Contains(unknown[0].Reason, action+" is denied") {
			t.Errorf("without %s: %+v", action, unknown)
		}
		file := l.file()
		m, err := adopt.NewMember(is, file, "")
		ok(t, err)
		lists := adopt.Compare(is, unknown, wanted(t, file, m), nil)
		for _, items := range [][]adopt.Item{lists.Add, lists.Change, lists.Leave} {
			for _, item := range items {
				if item.Part == part || part == "Object Lock" && item.Part == "default retention" {
					t.Errorf("without %s: %+v", action, item)
				}
			}
		}
	}
}

// TestNoBucket names a bucket that isn't there.
func TestNoBucket(t *testing.T) {
	l := newTestServer(t)
	_, _, err := adopt.Read(t.Context(), adopt.Config{S3: l.root, Bucket: "nowhere"})
	if !errors.Is(err, adopt.ErrNoBucket) {
		t.Errorf("%v", err)
	}
}

// TestSkip looks at no versions.
func TestSkip(t *testing.T) {
	l := newTestServer(t)
	l.create(t, "skipped")
	is, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: l.root, Bucket: "skipped", SkipVersions: true})
	if err != nil || len(unknown) > 0 || is.Versions != nil {
		t.Errorf("%+v, %v, %v", is.Versions, unknown, err)
	}
	var text strings.Builder
	ok(t, adopt.Report{Bucket: is}.WriteText(&text))
	if !strings.Contains(text.String(), "versions without a lock: unknown, because they weren't looked at") {
		t.Error(text.String())
	}
}

// TestLacking reads a bucket on a server that lacks what a stack leaves alone,
// and on one that lacks the guards.
func TestLacking(t *testing.T) {
	l := newTestServer(t)
	l.create(t, "lacking")
	proxy := s3proxy.Start(t, l.PlainEndpoint)
	client := s3.New(l.root.Options(), func(o *s3.Options) { o.BaseEndpoint = &proxy.URL })
	for query, part := range map[string]string{
		"accelerate": "", "acl": "", "cors": "", "inventory": "", "logging": "", "notification": "", "replication": "",
		"requestPayment": "", "tagging": "", "website": "", "publicAccessBlock": "public access block",
		"policy": "bucket policy",
	} {
		proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
			if r.URL.Query().Has(query) {
				return s3proxy.Fault{Status: http.StatusNotImplemented, Code: "NotImplemented"}
			}
			return s3proxy.Fault{}
		})
		_, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: client, Bucket: "lacking"})
		ok(t, err)
		if part == "" && len(unknown) > 0 || part != "" && (len(unknown) != 1 || unknown[0].Part != part) {
			t.Errorf("without %s: %+v", query, unknown)
		}
	}
}

// TestRegion finds a bucket in another Region than the client's, by the Region
// that S3 names. The local server has only one.
func TestRegion(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		switch {
		case strings.Contains(r.URL.Path, "lost"): // the answer names no other Region
			w.Header().Set("X-Amz-Bucket-Region", "us-east-1")
			w.WriteHeader(http.StatusMovedPermanently)
		case strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/"):
		case strings.Contains(r.URL.Path, "newer"):
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusMovedPermanently)
		}
	}))
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	for _, bucket := range []string{"found", "newer"} {
		is, _, err := adopt.Read(t.Context(), adopt.Config{S3: client, Bucket: bucket, SkipVersions: true})
		if err != nil || is.Region != "eu-central-1" {
			t.Errorf("%s: %s, %v", bucket, is.Region, err)
		}
	}
	if _, _, err := adopt.Read(t.Context(), adopt.Config{
		S3:     client,
		Bucket: "lost",
	}); err == nil || !strings.Contains(err.Error(), "--region") {
		t.Errorf("%v", err)
	}
}
