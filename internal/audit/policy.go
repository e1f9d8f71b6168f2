package audit

import (
	"context"
	"fmt"

	"datalock/internal/check"
	"datalock/internal/check/iampolicy"
	"datalock/settings"
)

// policy compares the bucket policy with the declared one, statement by
// statement, and checks that it doesn't lock everybody out.
func (a *auditor) policy(ctx context.Context) {
	a.part("bucket policy", func() (string, error) {
		text, there, err := a.bucket.Policy(ctx)
		if err != nil {
			return "", err
		}
		if !there {
			a.find("guard-missing", bucketAddress, "the bucket has no policy")
			return "none", nil
		}
		is, err := iampolicy.Parse(text)
		if err != nil {
			return "", fmt.Errorf("the policy can't be judged: %w", err)
		}
		text, err = a.wanted()
		if err != nil {
			return "", err
		}
		wanted, err := iampolicy.Parse(text)
		if err != nil {
			return "", err
		}
		a.delivered(&wanted, is)
		a.compare(policyAddress, wanted, is)
		for _, message := range check.BucketLockedOut(is, bucketARN(a.Wanted, a.Bucket), a.Wanted.Account, a.b.Region) {
			a.find("locked-out", policyAddress, "%s", message)
		}
		return statements(len(is.Statements)), nil
	})
}

// compare adds a finding for each declared statement that the policy weakens.
func (a *auditor) compare(address string, wanted, is iampolicy.Document) {
	for _, loss := range iampolicy.Compare(wanted, is) {
		a.find("policy-loosened", address, "%s", a.loss(loss))
	}
}

// loss describes where a policy is looser than the declared one.
func (a *auditor) loss(l iampolicy.Loss) string {
	message := "compared with " + a.says() + ", statement " + l.Statement + " " + l.What
	if !l.Proven {
		message += "; it can't be judged that the policy guards as much"
	}
	return message
}

func statements(n int) string {
	if n == 1 {
		return "1 statement"
	}
	return fmt.Sprintf("%d statements", n)
}

func bucketARN(wanted settings.Bucket, name string) string {
	return "arn:" + wanted.Partition() + ":s3:::" + name
}
