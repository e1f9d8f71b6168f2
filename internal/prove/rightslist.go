package prove

import (
	"bytes"
	"context"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// noVersion is a version id that is valid in S3 but that the absent key doesn't
// have.
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

// rightsToAttack are the permissions whose absence would stop an attack before
// it reaches the lock. With the permission, the upload fails because of its
// wrong checksum.
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
		// Both requests need the same permission. If the server refuses only
		// one of them, the trials show it.
		{"s3:DeleteObjectVersion", func(ctx context.Context, c *s3.Client) error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key, VersionId: noVersion})
			if err == nil {
				return nil
			}
			return batch(ctx, c, &s3.DeleteObjectsInput{Bucket: &b.bucket, Delete: &types.Delete{
				Objects: []types.ObjectIdentifier{{Key: &key, VersionId: noVersion}},
			}})
		}},
		{"s3:AbortMultipartUpload", func(ctx context.Context, c *s3.Client) error {
			_, err := c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
				Bucket: &b.bucket, Key: &key, UploadId: aws.String("none"),
			})
			return err
		}},
	}
}

// rightToBypass is checked with the header that needs it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
func (b *testBucket) rightToBypass(key string) right {
	return right{"s3:BypassGovernanceRetention", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &b.bucket, Key: &key, VersionId: noVersion, BypassGovernanceRetention: aws.Bool(true),
		})
		if err == nil {
			return nil
		}
		return batch(ctx, c, &s3.DeleteObjectsInput{
			Bucket: &b.bucket, BypassGovernanceRetention: aws.Bool(true),
			Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &key, VersionId: noVersion}}},
		})
	}}
}

// rightToHide creates a delete marker and removes it. If the removal fails, the
// marker is removed at the end of the run.
func (b *testBucket) rightToHide(key string) right {
	return right{"s3:DeleteObject", func(ctx context.Context, c *s3.Client) error {
		out, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key})
		if err != nil || aws.ToString(out.VersionId) == "" {
			return err
		}
		_, _ = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key, VersionId: out.VersionId})
		return nil
	}}
}

// rightsToChange are checked by putting the current configuration again.
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
