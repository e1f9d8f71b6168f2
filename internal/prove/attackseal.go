package prove

import (
	"context"
	"fmt"

	"datalock/internal/policy"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sealLock tries to weaken the default retention, which only guardians may do.
func sealLock(ctx context.Context, a *attempt) error {
	const operation = "PutObjectLockConfiguration, GOVERNANCE for a day"
	weak := weakRule()
	return a.changeLock(ctx, operation, weak, func(ctx context.Context, request Request, _ *lockRules) error {
		a.mustRefuse()
		if request.refused() {
			return nil
		}
		now, _, err := a.readLock(to(ctx, ToCheck))
		if unreachable(err) != nil {
			return err
		}
		if ruleText(now) == ruleText(&weak) {
			a.got.setting = "the default retention became GOVERNANCE for a day; it was restored"
		}
		return nil
	})
}

// sealLifecycle tries to replace the lifecycle rules, which only guardians may
// do.
func sealLifecycle(ctx context.Context, a *attempt) error {
	return a.changeLifecycle(ctx, func(ctx context.Context, request Request) error {
		a.mustRefuse()
		if request.refused() {
			return nil
		}
		now, err := a.lifecycleNow(to(ctx, ToCheck))
		if unreachable(err) != nil {
			return err
		}
		if err == nil && hasExpiry(now) {
			a.got.setting = "the lifecycle rules were replaced; they were restored"
		}
		return nil
	})
}

// sealPolicyName is the trial that can't be run as the account root.
const sealPolicyName = "seal-policy"

// sealPolicy tries to remove the bucket policy, which only guardians may do,
// and restores it.
func sealPolicy(ctx context.Context, a *attempt) error {
	was, err := a.policyToRestore(to(ctx, ToPrepare))
	if err != nil {
		return err
	}
	if was == "" {
		was = fmt.Sprintf(harmlessPolicy, a.bucket)
		if err := a.prepare(ctx, "PutBucketPolicy", func(ctx context.Context, c *s3.Client) error {
			return setPolicy(ctx, c, a.bucket, was)
		}); err != nil {
			return err
		}
	}
	return a.change(ctx, "DeleteBucketPolicy", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &a.bucket})
		return err
	}, a.policySetting(was), func(ctx context.Context, request Request) error {
		a.mustRefuse()
		if request.refused() {
			return nil
		}
		now, _, err := a.readPolicy(to(ctx, ToCheck))
		if unreachable(err) != nil {
			return err
		}
		if now == "" {
			a.got.setting = "the bucket policy was removed; it was restored"
		}
		return nil
	})
}

// policySetting is the bucket policy, "" if there was none.
func (a *attempt) policySetting(was string) setting {
	return setting{
		name: "the bucket policy",
		put: func(ctx context.Context, c *s3.Client) error {
			if was != "" {
				return setPolicy(ctx, c, a.bucket, was)
			}
			_, err := c.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &a.bucket})
			return err
		},
		differs: func(ctx context.Context) (string, error) {
			now, err := a.policyToRestore(ctx)
			switch {
			case unreachable(err) != nil:
				return "", err
			case err != nil:
				return err.Error(), nil
			case !samePolicy(now, was):
				return "it differs from that before", nil
			}
			return "", nil
		},
	}
}

// samePolicy reports whether two policies have the same text, or the same
// statements in another form.
func samePolicy(one, other string) bool {
	if one == other {
		return true
	}
	a, failed := policy.Read(one)
	b, err := policy.Read(other)
	return failed == nil && err == nil && a.String() == b.String()
}

// harmlessPolicy is a policy for a control bucket, there to be removed.
const harmlessPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"Harmless","Effect":"Deny","Principal":"*",` +
	`"Action":"s3:PutBucketWebsite","Resource":"arn:aws:s3:::%s"}]}`

func setPolicy(ctx context.Context, c *s3.Client, bucket, text string) error {
	_, err := c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &text})
	return err
}

func (b *testBucket) readPolicy(ctx context.Context) (text string, request Request, err error) {
	request, err = call(ctx, "GetBucketPolicy", func(ctx context.Context) error {
		out, err := b.by[Owner].GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.bucket})
		if err == nil && out.Policy != nil {
			text = *out.Policy
		}
		return err
	})
	return text, request, err
}
