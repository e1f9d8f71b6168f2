package prove

import (
	"context"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// suspendVersioning tries to, and puts it back where it worked.
func suspendVersioning(ctx context.Context, a *attempt) error {
	took, err := a.try(ctx, "PutBucketVersioning Suspended", func(ctx context.Context, c *s3.Client) error {
		return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusSuspended)
	})
	if err != nil {
		return err
	}
	var now types.BucketVersioningStatus
	err = a.prepare(ctx, "GetBucketVersioning", func(ctx context.Context, c *s3.Client) error {
		out, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &a.bucket})
		if err == nil {
			now = out.Status
		}
		return err
	})
	if err == nil && now != types.BucketVersioningStatusEnabled {
		a.got.setting = "versioning is suspended"
	}
	if took {
		// A bucket that says Enabled may be suspended all the same: what
		// counts is the old version.
		if err := overwritePut(ctx, a); err != nil {
			return err
		}
		return a.prepare(ctx, "PutBucketVersioning Enabled", func(ctx context.Context, c *s3.Client) error {
			return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusEnabled)
		})
	}
	return err
}

func setVersioning(ctx context.Context, c *s3.Client, bucket string, status types.BucketVersioningStatus) error {
	_, err := c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status}})
	return err
}

// lockConfiguration asks for another lock configuration, tries to delete the
// old version, and puts the configuration back.
func lockConfiguration(name string, want types.ObjectLockConfiguration) attack {
	return func(ctx context.Context, a *attempt) error {
		if !a.locked {
			// There is nothing to weaken; S3 would switch the lock on.
			return deleteVersion(true)(ctx, a)
		}
		was := a.lockNow(ctx)
		took, err := a.tryLock(ctx, name, &want)
		if err != nil {
			return err
		}
		if now := a.lockNow(ctx); now == nil || now.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
			a.got.setting = "Object Lock is off"
		}
		// In GOVERNANCE mode a bypass may delete; what is on trial here is the
		// lock configuration.
		if _, err := a.tryDelete(ctx, a.expected.Mode == settings.Compliance); err != nil || !took || was == nil {
			return err
		}
		return a.prepare(ctx, "PutObjectLockConfiguration as before", func(ctx context.Context, c *s3.Client) error {
			return setLock(ctx, c, a.bucket, was)
		})
	}
}

func (a *attempt) tryLock(ctx context.Context, name string, want *types.ObjectLockConfiguration) (bool, error) {
	return a.try(ctx, name, func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, want)
	})
}

func setLock(ctx context.Context, c *s3.Client, bucket string, want *types.ObjectLockConfiguration) error {
	_, err := c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: want})
	return err
}

// lockNow returns the bucket's lock configuration, or nil where it has none.
func (l *lab) lockNow(ctx context.Context) *types.ObjectLockConfiguration {
	found, _, _ := l.readLock(ctx)
	return found
}

func (l *lab) readLock(ctx context.Context) (found *types.ObjectLockConfiguration, answer Answer, err error) {
	answer, err = steadily(ctx, "GetObjectLockConfiguration", func(ctx context.Context) error {
		out, err := l.by[Owner].GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &l.bucket})
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
	return found, answer, err
}

// weakRule is a default rule of one day that can be bypassed.
func weakRule() types.ObjectLockConfiguration {
	return types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1)}},
	}
}

// expire adds a lifecycle rule that expires everything as soon as S3 can, looks
// again a moment later, and puts the rules back.
func expire(ctx context.Context, a *attempt) error {
	was := a.lifecycleNow(ctx)
	took, err := a.try(ctx, "PutBucketLifecycleConfiguration, expiring everything", func(ctx context.Context, c *s3.Client) error {
		return setLifecycle(ctx, c, a.bucket, []types.LifecycleRule{expiry()})
	})
	if err != nil || !took {
		return err
	}
	if err := wait(ctx, time.Now().Add(time.Second)); err != nil {
		return err
	}
	return a.restoreLifecycle(ctx, was)
}

func (a *attempt) restoreLifecycle(ctx context.Context, was []types.LifecycleRule) error {
	return a.prepare(ctx, "lifecycle as before", func(ctx context.Context, c *s3.Client) error {
		if len(was) > 0 {
			return setLifecycle(ctx, c, a.bucket, was)
		}
		_, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &a.bucket})
		return err
	})
}

func expiry() types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String("datalock-trial"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
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

func (a *attempt) lifecycleNow(ctx context.Context) []types.LifecycleRule {
	var rules []types.LifecycleRule
	_, _ = call(ctx, "GetBucketLifecycleConfiguration", func(ctx context.Context) error {
		out, err := a.by[Owner].GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &a.bucket})
		if err == nil {
			rules = out.Rules
		}
		return err
	})
	return rules
}

// deleteBucket deletes the bucket as it is.
func deleteBucket(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "DeleteBucket", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &a.bucket})
		return err
	})
	return err
}

// emptyAndDelete deletes every version and delete marker that the run wrote,
// and then the bucket.
func emptyAndDelete(ctx context.Context, a *attempt) error {
	versions, markers, err := a.list(ctx, a.prefix)
	if err != nil {
		return err
	}
	deleted := 0
	var last Answer
	for _, v := range append(versions, markers...) {
		answer, err := call(ctx, "DeleteObject of every version, bypassing governance", func(ctx context.Context) error {
			_, err := a.by[a.who()].DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &v.key, VersionId: &v.id, BypassGovernanceRetention: a.flag(true)})
			return err
		})
		if err := unreachable(err); err != nil {
			return err
		}
		if err == nil {
			deleted++
		} else {
			last = answer
		}
	}
	if last.Request != "" {
		a.answers = append(a.answers, last)
	}
	return deleteBucket(ctx, a)
}
