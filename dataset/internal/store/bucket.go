package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"datalock/internal/policy"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
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
	// PolicyRead says that the bucket policy could be read, or that there is
	// none.
	PolicyRead bool
	// Skew is how far S3's clock is ahead of this machine's.
	Skew time.Duration
	// AWS says that this is Amazon S3, not an S3-compatible server.
	AWS bool
}

// Limits are the minimum and maximum days that may remain when a request
// arrives, 0 if the bucket policy has no such limit or can't be read.
type Limits struct{ Floor, Ceiling int }

// Settings reads the settings. It retries only a few times, so that a wrong
// endpoint is reported soon.
func (s Store) Settings(ctx context.Context) (Settings, error) {
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
		document := aws.ToString(answer.Policy)
		b.Upload, b.PolicyRead = limits(document, "s3:PutObject")
		b.Renewal, _ = limits(document, "s3:PutObjectRetention")
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
	b.Mode, b.Days, b.Years = string(d.Mode), int(aws.ToInt32(d.Days)), int(aws.ToInt32(d.Years))
}

// limits reads a bucket policy's limits on
// s3:object-lock-remaining-retention-days for an action.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
func limits(text, action string) (l Limits, read bool) {
	document, err := policy.Read(text)
	if err != nil {
		return Limits{}, false
	}
	for _, s := range document.Statement {
		if s.Effect != "Deny" ||
			!slices.ContainsFunc(
				s.Action,
				func(a string) bool { return strings.EqualFold(a, action) || a == "s3:*" || a == "*" },
			) {
			continue
		}
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if !strings.EqualFold(key, "s3:object-lock-remaining-retention-days") || len(values) != 1 {
					continue
				}
				days, err := strconv.Atoi(values[0])
				if err != nil {
					continue
				}
				switch operator {
				case "NumericLessThan":
					l.Floor = max(l.Floor, days)
				case "NumericLessThanEquals":
					l.Floor = max(l.Floor, days+1)
				case "NumericGreaterThan":
					l.Ceiling = lower(l.Ceiling, days)
				case "NumericGreaterThanEquals":
					l.Ceiling = lower(l.Ceiling, days-1)
				}
			}
		}
	}
	return l, true
}

func lower(a, b int) int {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// Clock returns how far S3's clock is ahead of this machine's. It fails if the
// bucket can't be reached.
func (s Store) Clock(ctx context.Context) (time.Duration, error) {
	out, err := s.Client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.Bucket}, s.options(0, firstAttempts))
	if err != nil && !Denied(err) {
		return 0, fmt.Errorf("read bucket %s: %w", s.Bucket, err)
	}
	if out == nil {
		return 0, nil
	}
	sent, _ := awsmiddleware.GetServerTime(out.ResultMetadata)
	came, ok := awsmiddleware.GetResponseAt(out.ResultMetadata)
	if !ok || sent.IsZero() {
		return 0, nil
	}
	return sent.Sub(came), nil
}
