package prove

import (
	"context"
	"errors"
	"fmt"

	"datalock/internal/policy"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// judgeGuards looks again at the trials of guards that were breached: does the
// server enforce a policy that has nothing but that guard, for this principal?
func (r *runner) judgeGuards(ctx context.Context, results []*Result) error {
	b := r.controls[WithoutPolicy]
	// AWS enforces every policy that it takes, but a new one only after a
	// while: there nothing is excused.
	if b == nil || r.config.Endpoint.URL == "" {
		return nil
	}
	for _, result := range results {
		if result == nil || result.Status != Breached {
			continue
		}
		t, _, _ := r.adapt(result.Trial)
		policy := canaryPolicy(t, b.bucket, r.config)
		if t.Guard == "" || policy == "" {
			continue
		}
		enforced, err := r.enforces(ctx, b, t, policy)
		if err != nil {
			return err
		}
		if !enforced {
			result.Status = Inconclusive
			result.Reason = fmt.Sprintf("the attack succeeded (%s), but a policy with the guard %s alone did not stop the %s on this server "+
				"either: the server doesn't enforce it, or not for these credentials", result.Reason, t.Guard, result.As)
		}
	}
	return nil
}

// enforces puts a policy onto a control bucket and attacks it. It reports false
// only if the server took the policy and let the attack through: whatever else
// goes wrong excuses nothing.
func (r *runner) enforces(ctx context.Context, b *testBucket, t Trial, policy string) (bool, error) {
	_, err := call(ctx, "PutBucketPolicy", func(ctx context.Context) error {
		return setPolicy(ctx, b.by[Owner], b.bucket, policy)
	})
	if err != nil {
		return true, unreachable(err)
	}
	a := &attempt{testBucket: b, trial: t}
	a.prefixed("canary-")
	f, err := a.run(ctx)
	if errors.Is(err, errRefused) || errors.Is(err, errNotHere) {
		f, err = finding{}, nil
	}
	if err != nil {
		return false, err
	}
	return f.status != Breached, b.dropPolicy(ctx)
}

// dropPolicy removes the policy from a control bucket. One that denies its own
// removal is replaced first.
func (b *testBucket) dropPolicy(ctx context.Context) error {
	if _, err := call(ctx, "PutBucketPolicy", func(ctx context.Context) error {
		return setPolicy(ctx, b.by[Owner], b.bucket, fmt.Sprintf(harmlessPolicy, b.bucket))
	}); err != nil {
		return unreachable(err)
	}
	_, err := call(ctx, "DeleteBucketPolicy", func(ctx context.Context) error {
		_, err := b.by[Owner].DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &b.bucket})
		return err
	})
	return unreachable(err)
}

// prefixed moves the attempt's keys away from those of an earlier one.
func (a *attempt) prefixed(with string) {
	moved := *a.testBucket
	moved.prefix += with
	a.testBucket = &moved
}

// canaryPolicy returns the smallest policy with the guard that a trial
// attacks, or "" if none is tried: if data was lost, no server's habit excuses
// it.
func canaryPolicy(t Trial, bucket string, c Config) string {
	var (
		actions   = []string{"s3:PutObject"}
		condition policy.Conditions
	)
	compare := func(operator, key, value string) { condition = policy.Conditions{operator: {key: {value}}} }
	switch t.Guard {
	case NoDeleteMarkers:
		actions = []string{"s3:DeleteObject"}
	case NoWeakerMode:
		compare("StringEquals", "s3:object-lock-mode", "GOVERNANCE")
	case RetentionFloor:
		compare("NumericLessThan", "s3:object-lock-remaining-retention-days", fmt.Sprint(c.Expected.TotalDays()))
	case RetentionCeiling:
		actions = append(actions, "s3:PutObjectRetention")
		compare("NumericGreaterThan", "s3:object-lock-remaining-retention-days", fmt.Sprint(c.Guards.CeilingDays))
	case WriteOnce:
		compare("Null", "s3:if-none-match", "true")
	case SameEncryption:
		compare("Null", keyAlgorithm, "false")
	case NoUnnamedKey:
		compare("StringEquals", keyAlgorithm, "aws:kms")
	case SealHolds:
		actions = []string{"s3:PutObjectLegalHold"}
		compare("StringEquals", "s3:object-lock-legal-hold", "OFF")
	case SealConfiguration:
		actions = []string{"s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration", "s3:DeleteBucketPolicy"}
	default:
		return ""
	}
	resource := "arn:aws:s3:::" + bucket + "/*"
	if t.Guard == SealConfiguration {
		resource = "arn:aws:s3:::" + bucket
	}
	return policy.Document{Version: policy.Version, Statement: policy.Statements{{
		Sid: "Canary", Effect: "Deny", Principal: policy.Principals{policy.Everybody},
		Action: actions, Resource: policy.Values{resource}, Condition: condition,
	}}}.String()
}
