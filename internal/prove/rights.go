package prove

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A RightsError lists the actions that the owner's credentials lack. Without
// them a trial could not be judged, or would pass for want of a right.
type RightsError struct {
	// Missing are IAM actions with what was answered, in the order asked.
	Missing []string
}

// Error names them all.
func (e *RightsError) Error() string {
	return "the credentials may not do what the trials need; nothing was written. Allow:\n  " + strings.Join(e.Missing, "\n  ")
}

// A right is an IAM action and a request that needs it and writes nothing: the
// key that it names has no object.
type right struct {
	action string
	ask    func(context.Context, *s3.Client) error
}

// askForRights asks for each action that the trials need, as the owner, before
// anything is locked. Actions that the bucket's own policy denies are left out.
func (b *testBucket) askForRights(ctx context.Context, scratch bool) error {
	key := b.prefix + "rights/absent"
	rights := append(b.rightsToRead(key), b.rightsToAttack(key)...)
	if scratch && (!b.guards.Declares(SealConfiguration) || b.exempt[Owner]) {
		rights = append(rights, b.rightsToChange(ctx)...)
	}
	var missing []string
	for _, r := range rights {
		request, err := call(ctx, r.action, func(ctx context.Context) error { return r.ask(ctx, b.by[Owner]) })
		if gone := unreachable(err); gone != nil {
			return gone
		}
		if request.Status == http.StatusForbidden || request.Status == http.StatusUnauthorized || request.Code == "AccessDenied" {
			missing = append(missing, fmt.Sprintf("%s (answered %s)", r.action, request.Answer()))
		}
	}
	if len(missing) > 0 {
		return &RightsError{missing}
	}
	return nil
}

// noVersion is a version id that S3 knows, of which the absent key has none.
var noVersion = aws.String("null")

func (b *testBucket) rightsToRead(key string) []right {
	return []right{
		{"s3:ListBucketVersions", func(ctx context.Context, c *s3.Client) error {
			_, err := c.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &b.bucket, Prefix: &key})
			return err
		}},
		{"s3:GetObject", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: &key})
			return err
		}},
		{"s3:GetObjectVersion", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: &key, VersionId: noVersion})
			return err
		}},
		{"s3:GetObjectRetention", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: &b.bucket, Key: &key})
			return err
		}},
		{"s3:GetObjectLegalHold", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{Bucket: &b.bucket, Key: &key})
			return err
		}},
	}
}

// rightsToAttack are those whose absence would stop an attack in the lock's
// place. An upload with a wrong checksum is refused when the right is there.
func (b *testBucket) rightsToAttack(key string) []right {
	mode, until := b.expected.Mode, b.expected.Until(b.clock.now()).Add(time.Hour).Truncate(time.Second)
	if mode == "" {
		mode, until = settings.Compliance, b.clock.now().Add(25*time.Hour).Truncate(time.Second)
	}
	return []right{
		{"s3:PutObject", func(ctx context.Context, c *s3.Client) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{
				Bucket: &b.bucket, Key: &key, Body: bytes.NewReader([]byte("x")), IfNoneMatch: unlessThere(),
				ContentMD5: aws.String("AAAAAAAAAAAAAAAAAAAAAA=="),
			})
			return err
		}},
		{"s3:PutObjectRetention", func(ctx context.Context, c *s3.Client) error {
			_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
				Bucket: &b.bucket, Key: &key, Retention: retention(types.ObjectLockRetentionMode(mode), until),
			})
			return err
		}},
		{"s3:PutObjectLegalHold", func(ctx context.Context, c *s3.Client) error {
			_, err := c.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
				Bucket: &b.bucket, Key: &key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn},
			})
			return err
		}},
		// Either way of asking needs the same right: a server that refuses one
		// of them only is one to be put on trial.
		{"s3:DeleteObjectVersion", func(ctx context.Context, c *s3.Client) error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key, VersionId: noVersion})
			if err == nil {
				return nil
			}
			return batch(ctx, c, &s3.DeleteObjectsInput{Bucket: &b.bucket, Delete: &types.Delete{
				Objects: []types.ObjectIdentifier{{Key: &key, VersionId: noVersion}},
			}})
		}},
	}
}

// rightsToChange are asked for by putting what is there already.
func (b *testBucket) rightsToChange(ctx context.Context) []right {
	rights := []right{
		{"s3:GetBucketVersioning", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.bucket})
			return err
		}},
		{"s3:GetLifecycleConfiguration", func(ctx context.Context, c *s3.Client) error {
			_, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.bucket})
			return err
		}},
	}
	if now, _, err := b.readLock(ctx); err == nil && now != nil && now.Rule != nil {
		rights = append(rights, right{"s3:PutBucketObjectLockConfiguration", func(ctx context.Context, c *s3.Client) error {
			return setLock(ctx, c, b.bucket, now)
		}}, right{"s3:PutBucketVersioning", func(ctx context.Context, c *s3.Client) error {
			return setVersioning(ctx, c, b.bucket, types.BucketVersioningStatusEnabled)
		}})
	}
	return rights
}
