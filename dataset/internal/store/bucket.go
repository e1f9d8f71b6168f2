package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"datalock/internal/policy"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Settings are the settings of a bucket that a publisher needs.
type Settings struct {
	// Locked and Versioned say that Object Lock and versioning are on.
	Locked, Versioned bool
	// Mode, Days and Years are the default retention; Mode is empty if there
	// is none.
	Mode        string
	Days, Years int
	// Upload are the bucket policy's limits for uploads, Renewal its limits for
	// a new retention of a version.
	Upload, Renewal Limits
	// DeniedModes are the modes of a new retention that the bucket policy surely
	// denies.
	DeniedModes []string
	// Unjudged are the statements of the bucket policy that limit the retention
	// for some keys or principals, or under further conditions.
	Unjudged []string
	// PolicyRead says that the bucket policy could be read, or that there is
	// none.
	PolicyRead bool
	// Skew is how far S3's clock is ahead of this machine's.
	Skew time.Duration
	// AWS says that this is Amazon S3, not an S3-compatible server.
	AWS bool
}

// Settings reads the settings, for the keys below a prefix. It retries only a few times, so that a wrong
// endpoint is reported soon.
func (s Store) Settings(ctx context.Context, prefix string) (Settings, error) {
	var b Settings
	few := s.options(0, firstAttempts)
	versioning, err := s.Client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.Bucket}, few)
	if err != nil {
		return b, fmt.Errorf("read the versioning of bucket %s: %w", s.Bucket, err)
	}
	b.Versioned = versioning.Status == types.BucketVersioningStatusEnabled
	if sent, ok := awsmiddleware.GetServerTime(versioning.ResultMetadata); ok {
		if came, ok := awsmiddleware.GetResponseAt(versioning.ResultMetadata); ok {
			b.Skew = sent.Sub(came)
		}
	}
	if raw, ok := awsmiddleware.GetRawResponse(versioning.ResultMetadata).(*smithyhttp.Response); ok {
		b.AWS = raw.Header.Get("Server") == "AmazonS3"
	}
	lock, err := s.Client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &s.Bucket}, few)
	switch {
	case IsCode(err, "ObjectLockConfigurationNotFoundError"):
	case err != nil:
		return b, fmt.Errorf("read the Object Lock configuration of bucket %s: %w", s.Bucket, err)
	default:
		b.readLock(lock.ObjectLockConfiguration)
	}
	answer, err := s.Client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &s.Bucket}, few)
	switch {
	case err == nil:
		b.readPolicy(aws.ToString(answer.Policy), s.Bucket, prefix)
	case IsCode(err, "NoSuchBucketPolicy"):
		b.PolicyRead = true
	case !Denied(err) && !Answered(err):
		return b, fmt.Errorf("read the policy of bucket %s: %w", s.Bucket, err)
	}
	return b, nil
}

func (b *Settings) readLock(c *types.ObjectLockConfiguration) {
	if c == nil {
		return
	}
	b.Locked = c.ObjectLockEnabled == types.ObjectLockEnabledEnabled
	if c.Rule == nil || c.Rule.DefaultRetention == nil {
		return
	}
	d := c.Rule.DefaultRetention
	if d.Days == nil && d.Years == nil {
		return // a default event hold only
	}
	b.Mode, b.Days, b.Years = string(d.Mode), int(aws.ToInt32(d.Days)), int(aws.ToInt32(d.Years))
}

// readPolicy reads the limits of a bucket policy for the data and the manifest of
// a dataset.
func (b *Settings) readPolicy(text, bucket, prefix string) {
	document, err := policy.Read(text)
	if err != nil {
		return
	}
	b.PolicyRead = true
	var maybe []string
	b.Upload, b.Unjudged = limits(document, "s3:PutObject", bucket, prefix)
	b.Renewal, maybe = limits(document, "s3:PutObjectRetention", bucket, prefix)
	b.DeniedModes = deniedModes(document, "s3:PutObjectRetention", bucket, prefix)
	for _, sid := range maybe {
		if !slices.Contains(b.Unjudged, sid) {
			b.Unjudged = append(b.Unjudged, sid)
		}
	}
}

// Clock returns how far S3's clock is ahead of this machine's, also by an answer that
// denies access: S3 gives one if this machine's clock is wrong, or without
// s3:ListBucket. It fails if the bucket can't be reached, or the answer has no time.
func (s Store) Clock(ctx context.Context) (time.Duration, error) {
	out, err := s.Client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.Bucket}, s.options(0, firstAttempts))
	came := time.Now()
	var sent time.Time
	var answer *smithyhttp.ResponseError
	switch {
	case err == nil:
		sent, _ = awsmiddleware.GetServerTime(out.ResultMetadata)
	case Denied(err) && errors.As(err, &answer):
		sent, _ = smithyhttp.ParseTime(answer.Response.Header.Get("Date"))
	case NotFound(err): // the answer to a HEAD has no code
		return 0, &smithy.GenericAPIError{Code: "NoSuchBucket", Message: "there is no bucket " + s.Bucket}
	default:
		return 0, fmt.Errorf("read bucket %s: %w", s.Bucket, s.said(ctx, err))
	}
	if sent.IsZero() {
		return 0, fmt.Errorf("read bucket %s: the answer has no Date, so S3's time isn't known", s.Bucket)
	}
	return sent.Sub(came), nil
}
