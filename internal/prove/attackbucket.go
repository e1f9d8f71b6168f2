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

// suspendVersioning tries to suspend versioning, and turns it back on if that
// worked.
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
		a.got.unasked = "can't tell whether versioning is on: GetBucketVersioning returned " + request.Answer()
	case now != types.BucketVersioningStatusEnabled:
		a.got.setting = "versioning is suspended"
	}
	if !took {
		return nil
	}
	// A bucket that reports Enabled can still be suspended, so overwrite the
	// object and check the old version.
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

// replaceLifecycle replaces the lifecycle rules and returns the previous ones.
func (a *attempt) replaceLifecycle(ctx context.Context) ([]types.LifecycleRule, bool, error) {
	was, err := a.lifecycleNow(ctx)
	if err != nil {
		return nil, false, err
	}
	expireAll := func(ctx context.Context, c *s3.Client) error {
		return setLifecycle(ctx, c, a.bucket, []types.LifecycleRule{expiry()})
	}
	took, err := a.try(ctx, "PutBucketLifecycleConfiguration, expiring everything", expireAll)
	return was, took, err
}

// restoreLifecycle puts the rules back and verifies that the trial's rule is
// gone.
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

// hasExpiry reports whether the rules include the one that the trials add.
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

// lifecycleNow returns the current rules. If they can't be read, they could not
// be restored, so nothing is changed.
func (a *attempt) lifecycleNow(ctx context.Context) ([]types.LifecycleRule, error) {
	var rules []types.LifecycleRule
	request, err := call(ctx, "GetBucketLifecycleConfiguration", func(ctx context.Context) error {
		in := &s3.GetBucketLifecycleConfigurationInput{Bucket: &a.bucket}
		out, err := a.by[Owner].GetBucketLifecycleConfiguration(ctx, in)
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
	return nil, fmt.Errorf("%w: GetBucketLifecycleConfiguration returned %s", errRefused, request.Answer())
}

// deleteBucket tries to delete the bucket without emptying it.
func deleteBucket(ctx context.Context, a *attempt) error {
	_, err := a.tryRefused(ctx, "DeleteBucket", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &a.bucket})
		return err
	})
	return err
}

// emptyAndDelete tries to delete every version and delete marker that the run
// wrote, and then the bucket.
func emptyAndDelete(ctx context.Context, a *attempt) error {
	versions, markers, err := a.list(to(ctx, ToPrepare), a.prefix)
	if refused := (*listError)(nil); errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err != nil {
		return err
	}
	for _, v := range append(versions, markers...) {
		remove := func(ctx context.Context, c *s3.Client) error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
				Bucket: &a.bucket, Key: &v.key, VersionId: &v.id, BypassGovernanceRetention: a.flag(true),
			})
			return err
		}
		if _, err := a.try(ctx, "DeleteObject of every version, bypassing governance", remove); err != nil {
			return err
		}
	}
	return deleteBucket(ctx, a)
}
