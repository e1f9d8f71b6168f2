package prove

import (
	"context"
	"fmt"
	"net/http"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lockConfiguration sends a lock configuration that S3 refuses, then tries to
// delete the old version.
func lockConfiguration(operation string, want types.ObjectLockConfiguration) attack {
	return func(ctx context.Context, a *attempt) error {
		if err := a.unlessGuarded(SealConfiguration, "it blocks changes of the lock configuration"); err != nil {
			return err
		}
		return a.changeLock(ctx, operation, want, func(ctx context.Context, request Request, _ *lockRules) error {
			a.mustRefuse()
			if !request.accepted() && !request.saysInvalid() {
				a.got.unasked = operation + " returned " + request.Answer() + ", which isn't how S3 refuses it"
			}
			now, answer, err := a.readLock(to(ctx, ToCheck))
			switch {
			case unreachable(err) != nil:
				return err
			case err != nil && answer.Code != noLockCode:
				a.got.unasked = "can't tell whether Object Lock is on: " + answer.Operation + " returned " + answer.Answer()
			case now == nil || now.ObjectLockEnabled != types.ObjectLockEnabledEnabled:
				a.got.setting = "Object Lock is off"
			}
			return a.deleteUnderRule(ctx)
		})
	}
}

// noLockCode is S3's error code for a bucket without Object Lock.
const noLockCode = "ObjectLockConfigurationNotFoundError"

// saysInvalid reports whether the server refused the request itself, not its
// sender.
func (r Request) saysInvalid() bool {
	return r.Code != "" && (r.Status == http.StatusBadRequest || r.Status == http.StatusConflict)
}

// defaultRule changes the default retention, which S3 lets the owner do, tries
// to delete the old version, and puts the retention back.
func defaultRule(operation string, want types.ObjectLockConfiguration, becomes string) attack {
	return func(ctx context.Context, a *attempt) error {
		if err := a.unlessGuarded(SealConfiguration, "it blocks changes of the default retention"); err != nil {
			return err
		}
		if err := a.changeLock(ctx, operation, want,
			func(ctx context.Context, request Request, was *lockRules) error {
				if !request.accepted() {
					// In a control, the version stays: the attack failed there too.
					a.got.unasked = "the default retention could not be changed: " +
						operation + " returned " + request.Answer()
					return nil
				}
				now, answer, err := a.readLock(to(ctx, ToCheck))
				if unreachable(err) != nil {
					return err
				}
				a.got.changed = a.sayChanged(now, was, answer, becomes)
				return a.deleteUnderRule(ctx)
			}); err != nil {
			return err
		}
		if a.got.changed != "" {
			a.got.changed += "; it reads as before again"
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

// lockRules is a bucket's lock configuration.
type lockRules = types.ObjectLockConfiguration

// changeLock replaces the lock configuration, calls then with the answer and the
// previous one, and puts that back.
func (a *attempt) changeLock(
	ctx context.Context, operation string, want types.ObjectLockConfiguration,
	then func(context.Context, Request, *lockRules) error,
) error {
	was, answer, err := a.readLock(to(ctx, ToPrepare))
	switch {
	case unreachable(err) != nil:
		return err
	case was == nil && !answer.saysThereIsNone() && !answer.accepted():
		return fmt.Errorf("%w: GetObjectLockConfiguration returned %s", errRefused, answer.Answer())
	case was == nil:
		return notHere("the bucket has no Object Lock configuration that can be read and put back")
	}
	return a.change(ctx, operation, func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, &want)
	}, a.lockSetting(was), func(ctx context.Context, request Request) error { return then(ctx, request, was) })
}

// lockSetting is the bucket's lock configuration.
func (a *attempt) lockSetting(was *types.ObjectLockConfiguration) setting {
	return setting{
		name: "the lock configuration",
		put:  func(ctx context.Context, c *s3.Client) error { return setLock(ctx, c, a.bucket, was) },
		differs: func(ctx context.Context) (string, error) {
			now, answer, err := a.readLock(ctx)
			if unreachable(err) == nil && ruleText(now) != ruleText(was) {
				return fmt.Sprintf("the default retention was %s, and now reads as %s (%s)",
					ruleText(was), ruleText(now), answer.Answer()), nil
			}
			return "", unreachable(err)
		},
	}
}

// deleteUnderRule tries to delete the victim while the bucket's lock configuration
// is changed. In GOVERNANCE mode it deletes without the bypass, because the bypass
// may delete the version and this trial is about the configuration.
func (a *attempt) deleteUnderRule(ctx context.Context) error {
	_, err := a.tryDelete(ctx, a.expected.Mode == settings.Compliance)
	return err
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
