package prove

import (
	"context"
	"errors"
	"fmt"

	"datalock/internal/policy"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// judgeGuards checks each breached trial of a guard: does the server enforce a
// policy with that guard alone against this principal?
func (r *runner) judgeGuards(ctx context.Context, results []*Result) error {
	b := r.controls[WithoutPolicy]
	// AWS enforces every policy that it accepts, though a new one may take time
	// to apply: there, a breach is never explained away.
	if b == nil || r.config.Endpoint.OnAWS() {
		return nil
	}
	for _, result := range results {
		t, policy := r.canaryOf(result)
		if policy == "" {
			continue
		}
		enforced, err := r.enforces(ctx, b, t, policy)
		if err != nil {
			return err
		}
		result.enforced = enforced
		if !enforced {
			result.Status = Inconclusive
			result.Reason = fmt.Sprintf("the attack succeeded (%s), but a policy with only the guard %s "+
				"did not stop the %s on this server either: the server doesn't enforce it, or not for these credentials",
				result.Reason, t.Guard, result.As)
		}
	}
	return nil
}

// canaryOf returns the trial of a breached result as it ran, and the policy to try
// on a control bucket, "" if there is none.
func (r *runner) canaryOf(result *Result) (Trial, string) {
	if result == nil || result.Status != Breached {
		return Trial{}, ""
	}
	t, _, _ := r.adapt(result.Trial)
	if t.Guard == "" {
		return t, ""
	}
	return t, canaryPolicy(t, r.controls[WithoutPolicy].bucket, r.config)
}

// leaveGuards makes the breaches of guards that could not be judged inconclusive,
// after a run that ended early.
func (r *runner) leaveGuards(results []*Result) {
	if r.controls[WithoutPolicy] == nil || r.config.Endpoint.OnAWS() {
		return
	}
	for _, result := range results {
		if t, policy := r.canaryOf(result); policy != "" && !result.enforced {
			result.Status = Inconclusive
			result.Reason = fmt.Sprintf("the attack succeeded (%s), but the run ended before it was known whether this "+
				"server enforces a policy with the guard %s against the %s", result.Reason, t.Guard, result.As)
		}
	}
}

// enforces puts a policy on a control bucket and attacks it. It returns false
// only if the server accepted the policy and the attack still succeeded; any
// other failure leaves the breach as it is.
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
	if errors.Is(err, errRefused) || errors.Is(err, errNotHere) || errors.Is(err, errNotRestored) {
		f, err = finding{}, nil
	}
	if err != nil {
		return false, err
	}
	return f.status != Breached, b.dropPolicy(ctx)
}

// dropPolicy removes the policy from a control bucket. It first replaces it, in
// case the policy denies its own removal.
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

// prefixed gives the attempt a key prefix that no earlier attempt used.
func (a *attempt) prefixed(with string) {
	moved := *a.testBucket
	moved.prefix += with
	a.testBucket = &moved
}

// canaryPolicy returns the smallest policy with the guard that a trial attacks,
// or "" for guards that aren't retried: losing data is a breach whatever the
// server enforces.
func canaryPolicy(t Trial, bucket string, c Config) string {
	var (
		actions   = []string{"s3:PutObject"}
		condition policy.Conditions
	)
	compare := func(operator, key, value string) { condition = policy.Conditions{operator: {key: {value}}} }
	switch t.Guard {
	case NoDeleteMarkers:
		actions = []string{"s3:DeleteObject"}
	case NoDeletion:
		actions = []string{"s3:DeleteObject", "s3:DeleteObjectVersion"}
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
