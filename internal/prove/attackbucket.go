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

// suspendVersioning tries to suspend versioning, and turns it back on.
func suspendVersioning(ctx context.Context, a *attempt) error {
	return a.change(ctx, "PutBucketVersioning Suspended", func(ctx context.Context, c *s3.Client) error {
		return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusSuspended)
	}, a.versioningSetting(), func(ctx context.Context, request Request) error {
		a.mustRefuse()
		now, answer, err := a.versioningNow(to(ctx, ToCheck))
		switch {
		case unreachable(err) != nil:
			return err
		case err != nil:
			a.got.unasked = "can't tell whether versioning is on: GetBucketVersioning returned " + answer.Answer()
		case now != types.BucketVersioningStatusEnabled:
			a.got.setting = "versioning is suspended"
		}
		if !request.accepted() {
			return nil
		}
		// A bucket that reports Enabled can still be suspended, so overwrite the
		// object and check the old version.
		return overwritePut(ctx, a)
	})
}

// versioningSetting is versioning, which is on.
func (a *attempt) versioningSetting() setting {
	return setting{
		name: "versioning",
		put: func(ctx context.Context, c *s3.Client) error {
			return setVersioning(ctx, c, a.bucket, types.BucketVersioningStatusEnabled)
		},
		differs: func(ctx context.Context) (string, error) {
			now, answer, err := a.versioningNow(ctx)
			if unreachable(err) == nil && now != types.BucketVersioningStatusEnabled {
				return fmt.Sprintf("it was Enabled, and now reads as %q (%s)", now, answer.Answer()), nil
			}
			return "", unreachable(err)
		},
	}
}

// versioningNow returns the state of versioning.
func (a *attempt) versioningNow(ctx context.Context) (now types.BucketVersioningStatus, request Request, err error) {
	request, err = call(ctx, "GetBucketVersioning", func(ctx context.Context) error {
		out, err := a.by[Owner].GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &a.bucket})
		if err == nil {
			now = out.Status
		}
		return err
	})
	return now, request, err
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
	return a.changeLifecycle(ctx, func(ctx context.Context, request Request) error {
		if !request.accepted() {
			return nil
		}
		return sleep(ctx, time.Second)
	})
}

// changeLifecycle replaces the lifecycle rules, calls then, and puts the rules
// back.
func (a *attempt) changeLifecycle(ctx context.Context, then func(context.Context, Request) error) error {
	was, err := a.lifecycleNow(to(ctx, ToPrepare))
	if err != nil {
		return err
	}
	const operation = "PutBucketLifecycleConfiguration, expiring everything"
	return a.change(ctx, operation, func(ctx context.Context, c *s3.Client) error {
		return setLifecycle(ctx, c, a.bucket, []types.LifecycleRule{expiry()})
	}, a.lifecycleSetting(was), then)
}

// lifecycleSetting is the bucket's lifecycle rules. S3 may return them in another
// form, so they are as before if the trial's rule is gone.
func (a *attempt) lifecycleSetting(was []types.LifecycleRule) setting {
	return setting{
		name: "the lifecycle rules",
		put: func(ctx context.Context, c *s3.Client) error {
			if len(was) > 0 {
				return setLifecycle(ctx, c, a.bucket, was)
			}
			_, err := c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &a.bucket})
			return err
		},
		differs: func(ctx context.Context) (string, error) {
			now, err := a.lifecycleNow(ctx)
			switch {
			case unreachable(err) != nil:
				return "", err
			case err != nil:
				return err.Error(), nil
			case hasExpiry(now):
				return "they still have the rule " + expiryID, nil
			case len(now) != len(was):
				return fmt.Sprintf("there were %d, and now there are %d", len(was), len(now)), nil
			}
			return "", nil
		},
	}
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
		if _, err := a.eachWay(true, func(bypass bool) (bool, error) {
			operation := bypassing("DeleteObject of every version", bypass)
			return a.try(ctx, operation, func(ctx context.Context, c *s3.Client) error {
				_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
					Bucket: &a.bucket, Key: &v.key, VersionId: &v.id, BypassGovernanceRetention: a.flag(bypass),
				})
				return err
			})
		}); err != nil {
			return err
		}
	}
	return deleteBucket(ctx, a)
}
