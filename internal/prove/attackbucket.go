package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// suspendVersioning tries to, and puts it back if it worked.
func suspendVersioning(ctx context.Context, a *attempt) error {
	suspend := func(ctx context.Context, c *s3.Client) error {
		return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusSuspended)
	}
	took, err := a.tryRefused(ctx, "PutBucketVersioning Suspended", suspend)
	if err != nil {
		return err
	}
	var now types.BucketVersioningStatus
	request, err := call(to(ctx, ToCheck), "GetBucketVersioning", func(ctx context.Context) error {
		out, err := a.by[Owner].GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &a.bucket})
		if err == nil {
			now = out.Status
		}
		return err
	})
	switch {
	case unreachable(err) != nil:
		return err
	case err != nil:
		a.got.unasked = "whether versioning is on can't be told: GetBucketVersioning was answered " + request.Answer()
	case now != types.BucketVersioningStatusEnabled:
		a.got.setting = "versioning is suspended"
	}
	if !took {
		return nil
	}
	// A bucket that says Enabled may be suspended all the same: what counts is
	// the old version.
	if err := overwritePut(ctx, a); err != nil {
		return err
	}
	return a.restore(ctx, "PutBucketVersioning Enabled", func(ctx context.Context, c *s3.Client) error {
		return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusEnabled)
	})
}

func setVersioning(ctx context.Context, c *s3.Client, bucket string, status types.BucketVersioningStatus) error {
	_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	return err
}

// expire adds a lifecycle rule that expires everything as soon as S3 can, looks
// again a moment later, and puts the rules back.
func expire(ctx context.Context, a *attempt) error {
	was, took, err := a.replaceLifecycle(ctx)
	if err != nil || !took {
		return err
	}
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	return a.restoreLifecycle(ctx, was)
}

// replaceLifecycle returns what the rules were.
func (a *attempt) replaceLifecycle(ctx context.Context) ([]types.LifecycleRule, bool, error) {
	was, err := a.lifecycleNow(ctx)
	if err != nil {
		return nil, false, err
	}
	took, err := a.try(ctx, "PutBucketLifecycleConfiguration, expiring everything", func(ctx context.Context, c *s3.Client) error {
		return setLifecycle(ctx, c, a.bucket, []types.LifecycleRule{expiry()})
	})
	return was, took, err
}

// restoreLifecycle puts the rules back and reads them.
func (a *attempt) restoreLifecycle(ctx context.Context, was []types.LifecycleRule) error {
	if err := a.restore(ctx, "lifecycle as before", func(ctx context.Context, c *s3.Client) error {
		if len(was) > 0 {
			return setLifecycle(ctx, c, a.bucket, was)
		}
		_, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &a.bucket})
		return err
	}); err != nil {
		return err
	}
	now, err := a.lifecycleNow(to(ctx, ToCheck))
	switch {
	case unreachable(err) != nil:
		return err
	case err != nil || hasExpiry(now):
		return fmt.Errorf("%w: the lifecycle rules still have the rule %s, or can't be read", errNotRestored, expiryID)
	}
	return nil
}

const expiryID = "datalock-trial"

// hasExpiry reports whether the rules have the trials' own.
func hasExpiry(rules []types.LifecycleRule) bool {
	return slices.ContainsFunc(rules, func(r types.LifecycleRule) bool { return aws.ToString(r.ID) == expiryID })
}

func expiry() types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String(expiryID), Status: types.ExpirationStatusEnabled,
		Filter:                      &types.LifecycleRuleFilter{Prefix: aws.String("")},
		Expiration:                  &types.LifecycleExpiration{Days: aws.Int32(1)},
		NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)},
	}
}

func setLifecycle(ctx context.Context, c *s3.Client, bucket string, rules []types.LifecycleRule) error {
	_, err := c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
	})
	return err
}

// lifecycleNow returns the rules. What can't be read could not be put back, and
// then nothing is changed.
func (a *attempt) lifecycleNow(ctx context.Context) ([]types.LifecycleRule, error) {
	var rules []types.LifecycleRule
	request, err := call(ctx, "GetBucketLifecycleConfiguration", func(ctx context.Context) error {
		out, err := a.by[Owner].GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &a.bucket})
		if err == nil {
			rules = out.Rules
		}
		return err
	})
	if err == nil || request.Status == http.StatusNotFound {
		return rules, nil
	}
	if gone := unreachable(err); gone != nil {
		return nil, gone
	}
	return nil, fmt.Errorf("%w: GetBucketLifecycleConfiguration was answered %s", errRefused, request.Answer())
}

// deleteBucket deletes the bucket as it is.
func deleteBucket(ctx context.Context, a *attempt) error {
	_, err := a.tryRefused(ctx, "DeleteBucket", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &a.bucket})
		return err
	})
	return err
}

// emptyAndDelete deletes every version and delete marker that the run wrote,
// and then the bucket.
func emptyAndDelete(ctx context.Context, a *attempt) error {
	versions, markers, err := a.list(to(ctx, ToPrepare), a.prefix)
	if refused := (*listError)(nil); errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err != nil {
		return err
	}
	remove := func(v version, try func(context.Context, string, func(context.Context, *s3.Client) error) (bool, error)) error {
		_, err := try(ctx, "DeleteObject of every version, bypassing governance", func(ctx context.Context, c *s3.Client) error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
				Bucket: &a.bucket, Key: &v.key, VersionId: &v.id, BypassGovernanceRetention: a.flag(true),
			})
			return err
		})
		return err
	}
	for _, v := range versions {
		if err := remove(v, a.try); err != nil {
			return err
		}
	}
	for _, m := range markers {
		if err := remove(m, a.try); err != nil {
			return err
		}
	}
	return deleteBucket(ctx, a)
}
