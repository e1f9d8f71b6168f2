package prove

import (
	"context"
	"fmt"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lockConfiguration sends a lock configuration that S3 refuses, then tries to
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

// defaultRule changes the default retention, which S3 lets the owner do, tries
// to delete the old version, and puts the retention back.
func defaultRule(operation string, want types.ObjectLockConfiguration, becomes string) attack {
	return func(ctx context.Context, a *attempt) error {
		took, was, err := a.replaceLock(ctx, operation, want)
		if err != nil {
			return err
		}
		if a.locked && took {
			now, request, err := a.readLock(to(ctx, ToCheck))
			if unreachable(err) != nil {
				return err
			}
			a.got.changed = a.sayChanged(now, was, request, becomes)
		}
		if err := a.deleteAndRestoreLock(ctx, took, was); err != nil || !a.locked {
			return err
		}
		if took {
			a.got.changed += "; it reads as before again"
		} else {
			a.got.changed = "the default retention could not be changed by these credentials"
		}
		return nil
	}
}

// sayChanged describes the default retention after the server confirmed a
// change.
func (a *attempt) sayChanged(now, was *types.ObjectLockConfiguration, request Request, becomes string) string {
	switch {
	case now == nil:
		return "the server confirmed a new default retention, which can't be read: " + request.Answer()
	case ruleText(now) == ruleText(was):
		return "the server confirmed a new default retention but did not change it"
	}
	return "the default retention of new versions " + becomes + ", which S3 lets the owner do"
}

// ruleText returns a configuration's rule as text, for comparison.
func ruleText(c *types.ObjectLockConfiguration) string {
	if c == nil || c.Rule == nil || c.Rule.DefaultRetention == nil {
		return "none"
	}
	r := c.Rule.DefaultRetention
	return fmt.Sprintf("%s for %d days, %d years", r.Mode, aws.ToInt32(r.Days), aws.ToInt32(r.Years))
}

// replaceLock replaces the lock configuration and returns the previous one.
func (a *attempt) replaceLock(
	ctx context.Context, operation string, want types.ObjectLockConfiguration,
) (bool, *types.ObjectLockConfiguration, error) {
	if !a.locked {
		// There is nothing to weaken: S3 would turn the lock on.
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

// deleteAndRestoreLock tries to delete the victim and restores the lock
// configuration. In GOVERNANCE mode it deletes without the bypass, because the
// bypass may delete the version and this trial is about the configuration.
func (a *attempt) deleteAndRestoreLock(ctx context.Context, took bool, was *types.ObjectLockConfiguration) error {
	if _, err := a.tryDelete(ctx, a.expected.Mode == settings.Compliance); err != nil || !took {
		return err
	}
	return a.restoreLock(ctx, was)
}

// restoreLock puts the configuration back and verifies it.
func (a *attempt) restoreLock(ctx context.Context, was *types.ObjectLockConfiguration) error {
	if err := a.restore(ctx, "PutObjectLockConfiguration as before", func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, was)
	}); err != nil {
		return err
	}
	now, request, err := a.readLock(to(ctx, ToCheck))
	switch {
	case unreachable(err) != nil:
		return err
	case ruleText(now) != ruleText(was):
		return fmt.Errorf("%w: the default retention was %s, and now reads as %s (%s)",
			errNotRestored, ruleText(was), ruleText(now), request.Answer())
	}
	return nil
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

// readLock returns the bucket's lock configuration, or nil if the answer has
// none.
func (b *testBucket) readLock(ctx context.Context) (found *types.ObjectLockConfiguration, request Request, err error) {
	request, err = call(ctx, "GetObjectLockConfiguration", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.bucket})
		if err == nil {
			found = out.ObjectLockConfiguration
		}
		return err
	})
	// Some servers return an empty rule if there is none, but reject one in a
	// request.
	if found != nil && found.Rule != nil &&
		(found.Rule.DefaultRetention == nil || found.Rule.DefaultRetention.Mode == "") {
		found.Rule = nil
	}
	return found, request, err
}

// weakRule is a default rule of one day that the governance bypass can
// override.
func weakRule() types.ObjectLockConfiguration {
	return types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1),
		}},
	}
}
