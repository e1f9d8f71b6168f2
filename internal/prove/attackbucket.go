package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"datalock/settings"

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

// lockConfiguration asks for a lock configuration that S3 refuses, and tries to
// delete the old version.
func lockConfiguration(operation string, want types.ObjectLockConfiguration) attack {
	return func(ctx context.Context, a *attempt) error {
		took, was, err := a.replaceLock(ctx, operation, want)
		if err != nil {
			return err
		}
		a.mustRefuse()
		now, _, err := a.readLock(to(ctx, ToCheck))
		if unreachable(err) != nil {
			return err
		}
		if a.locked && (now == nil || now.ObjectLockEnabled != types.ObjectLockEnabledEnabled) {
			a.got.setting = "Object Lock is off"
		}
		return a.deleteAndRestoreLock(ctx, took, was)
	}
}

// defaultRule asks for another default retention, which S3 lets the owner of
// the bucket change, tries to delete the old version, and puts it back.
func defaultRule(operation string, want types.ObjectLockConfiguration, becomes string) attack {
	return func(ctx context.Context, a *attempt) error {
		took, was, err := a.replaceLock(ctx, operation, want)
		if err != nil {
			return err
		}
		if err := a.deleteAndRestoreLock(ctx, took, was); err != nil || !a.locked {
			return err
		}
		a.got.changed = "the default retention could not be changed by these credentials"
		if took {
			a.got.changed = "the default retention of new versions " + becomes + ", which S3 lets the owner do; it was restored"
		}
		return nil
	}
}

// replaceLock returns what the configuration was.
func (a *attempt) replaceLock(ctx context.Context, operation string, want types.ObjectLockConfiguration) (bool, *types.ObjectLockConfiguration, error) {
	if !a.locked {
		// There is nothing to weaken; S3 would switch the lock on.
		return false, nil, nil
	}
	was, _, err := a.readLock(ctx)
	if unreachable(err) != nil {
		return false, nil, err
	}
	if was == nil {
		return false, nil, notHere("the bucket has no Object Lock configuration that can be read and put back")
	}
	took, err := a.tryLock(ctx, operation, &want)
	return took, was, err
}

// deleteAndRestoreLock deletes the victim. In GOVERNANCE mode a bypass may;
// what is on trial here is the lock configuration.
func (a *attempt) deleteAndRestoreLock(ctx context.Context, took bool, was *types.ObjectLockConfiguration) error {
	if _, err := a.tryDelete(ctx, a.expected.Mode == settings.Compliance); err != nil || !took {
		return err
	}
	return a.restore(ctx, "PutObjectLockConfiguration as before", func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, was)
	})
}

func (a *attempt) tryLock(ctx context.Context, name string, want *types.ObjectLockConfiguration) (bool, error) {
	return a.try(ctx, name, func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, want)
	})
}

func setLock(ctx context.Context, c *s3.Client, bucket string, want *types.ObjectLockConfiguration) error {
	_, err := c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: &bucket, ObjectLockConfiguration: want,
	})
	return err
}

// readLock returns the bucket's lock configuration, nil where the answer holds
// none.
func (b *testBucket) readLock(ctx context.Context) (found *types.ObjectLockConfiguration, request Request, err error) {
	request, err = call(ctx, "GetObjectLockConfiguration", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.bucket})
		if err == nil {
			found = out.ObjectLockConfiguration
		}
		return err
	})
	// Some servers answer with an empty rule where there is none, and take
	// none back.
	if found != nil && found.Rule != nil && (found.Rule.DefaultRetention == nil || found.Rule.DefaultRetention.Mode == "") {
		found.Rule = nil
	}
	return found, request, err
}

// weakRule is a default rule of one day that can be bypassed.
func weakRule() types.ObjectLockConfiguration {
	return types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1),
		}},
	}
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

func (a *attempt) restoreLifecycle(ctx context.Context, was []types.LifecycleRule) error {
	return a.restore(ctx, "lifecycle as before", func(ctx context.Context, c *s3.Client) error {
		if len(was) > 0 {
			return setLifecycle(ctx, c, a.bucket, was)
		}
		_, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &a.bucket})
		return err
	})
}

func expiry() types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String("datalock-trial"), Status: types.ExpirationStatusEnabled,
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
