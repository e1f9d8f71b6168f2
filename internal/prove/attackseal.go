package prove

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// sealLock weakens the default rule; only guardians may.
func sealLock(ctx context.Context, a *attempt) error {
	was := a.lockNow(ctx)
	weak := weakRule()
	took, err := a.tryLock(ctx, "PutObjectLockConfiguration, GOVERNANCE for a day", &weak)
	if err != nil || !took {
		return err
	}
	if now := a.lockNow(ctx); now != nil && now.Rule != nil && now.Rule.DefaultRetention.Mode == types.ObjectLockRetentionModeGovernance {
		a.got.setting = "the default retention became GOVERNANCE for a day"
	}
	if was == nil {
		was = &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	}
	return a.prepare(ctx, "PutObjectLockConfiguration as before", func(ctx context.Context, c *s3.Client) error {
		return setLock(ctx, c, a.bucket, was)
	})
}

// sealLifecycle replaces the lifecycle rules; only guardians may.
func sealLifecycle(ctx context.Context, a *attempt) error {
	was := a.lifecycleNow(ctx)
	took, err := a.try(ctx, "PutBucketLifecycleConfiguration, expiring everything", func(ctx context.Context, c *s3.Client) error {
		return setLifecycle(ctx, c, a.bucket, []types.LifecycleRule{expiry()})
	})
	if err != nil || !took {
		return err
	}
	a.got.setting = "the lifecycle rules were replaced"
	return a.restoreLifecycle(ctx, was)
}

// sealPolicy removes the bucket policy; only guardians may. It is put back.
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
	took, err := a.try(ctx, "DeleteBucketPolicy", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &a.bucket})
		return err
	})
	if err != nil || !took {
		return err
	}
	if a.policyNow(ctx) == "" {
		a.got.setting = "the bucket policy is gone"
	}
	return a.prepare(ctx, "PutBucketPolicy as before", func(ctx context.Context, c *s3.Client) error {
		return setPolicy(ctx, c, a.bucket, policy)
	})
}

// harmlessPolicy gives a control bucket a policy to lose.
const harmlessPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"Harmless","Effect":"Deny","Principal":"*","Action":"s3:PutBucketWebsite","Resource":"arn:aws:s3:::%s"}]}`

func setPolicy(ctx context.Context, c *s3.Client, bucket, policy string) error {
	_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	return err
}

// policyNow returns the bucket's policy, or "" where it has none.
func (l *lab) policyNow(ctx context.Context) string {
	policy, _, _ := l.readPolicy(ctx)
	return policy
}

func (l *lab) readPolicy(ctx context.Context) (policy string, answer Answer, err error) {
	answer, err = call(ctx, "GetBucketPolicy", func(ctx context.Context) error {
		out, err := l.by[Owner].GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &l.bucket})
		if err == nil && out.Policy != nil {
			policy = *out.Policy
		}
		return err
	})
	return policy, answer, err
}
