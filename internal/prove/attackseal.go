package prove

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// sealLock tries to weaken the default retention, which only guardians may do.
func sealLock(ctx context.Context, a *attempt) error {
	was, _, err := a.readLock(ctx)
	if unreachable(err) != nil {
		return err
	}
	weak := weakRule()
	took, err := a.tryLock(ctx, "PutObjectLockConfiguration, GOVERNANCE for a day", &weak)
	a.mustRefuse()
	if err != nil || !took {
		return err
	}
	now, _, err := a.readLock(to(ctx, ToCheck))
	if unreachable(err) != nil {
		return err
	}
	if now != nil && now.Rule != nil && now.Rule.DefaultRetention.Mode == types.ObjectLockRetentionModeGovernance {
		a.got.setting = "the default retention became GOVERNANCE for a day; it was restored"
	}
	if was == nil {
		was = &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	}
	return a.restoreLock(ctx, was)
}

// sealLifecycle tries to replace the lifecycle rules, which only guardians may
// do.
func sealLifecycle(ctx context.Context, a *attempt) error {
	was, took, err := a.replaceLifecycle(ctx)
	if err != nil || !took {
		return err
	}
	a.mustRefuse()
	if now, err := a.lifecycleNow(to(ctx, ToCheck)); err == nil && hasExpiry(now) {
		a.got.setting = "the lifecycle rules were replaced; they were restored"
	} else if unreachable(err) != nil {
		return err
	}
	return a.restoreLifecycle(ctx, was)
}

// sealPolicyName is the trial that can't be run as the account root.
const sealPolicyName = "seal-policy"

// sealPolicy tries to remove the bucket policy, which only guardians may do,
// and restores it.
func sealPolicy(ctx context.Context, a *attempt) error {
	policy := a.policyNow(ctx)
	if policy == "" {
		policy = fmt.Sprintf(harmlessPolicy, a.bucket)
		if err := a.prepare(ctx, "PutBucketPolicy", func(ctx context.Context, c *s3.Client) error {
			return setPolicy(ctx, c, a.bucket, policy)
		}); err != nil {
			return err
		}
	}
	took, err := a.tryRefused(ctx, "DeleteBucketPolicy", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &a.bucket})
		return err
	})
	if err != nil || !took {
		return err
	}
	if a.policyNow(ctx) == "" {
		a.got.setting = "the bucket policy was removed; it was restored"
	}
	if err := a.restore(ctx, "PutBucketPolicy as before", func(ctx context.Context, c *s3.Client) error {
		return setPolicy(ctx, c, a.bucket, policy)
	}); err != nil {
		return err
	}
	if a.policyNow(to(ctx, ToCheck)) == "" {
		return fmt.Errorf("%w: the bucket now has no policy, or it can't be read", errNotRestored)
	}
	return nil
}

// harmlessPolicy is a policy for a control bucket, there to be removed.
const harmlessPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"Harmless","Effect":"Deny","Principal":"*",` +
	`"Action":"s3:PutBucketWebsite","Resource":"arn:aws:s3:::%s"}]}`

func setPolicy(ctx context.Context, c *s3.Client, bucket, policy string) error {
	_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	return err
}

// policyNow returns the bucket's policy, or "" if it has none or it can't be
// read.
func (b *testBucket) policyNow(ctx context.Context) string {
	policy, _, _ := b.readPolicy(ctx)
	return policy
}

func (b *testBucket) readPolicy(ctx context.Context) (policy string, request Request, err error) {
	request, err = call(ctx, "GetBucketPolicy", func(ctx context.Context) error {
		out, err := b.by[Owner].GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.bucket})
		if err == nil && out.Policy != nil {
			policy = *out.Policy
		}
		return err
	})
	return policy, request, err
}
