package prove

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// judgeGuards looks again at the trials of guards that failed: does the server
// enforce a policy that has nothing but that guard?
func (r *runner) judgeGuards(ctx context.Context, results []*Result) error {
	l := r.controls[WithoutPolicy]
	// AWS enforces every policy that it takes, but a new one only after a
	// while: there nothing is excused.
	if l == nil || r.config.Endpoint.URL == "" {
		return nil
	}
	for _, result := range results {
		if result == nil || result.Status != Failed {
			continue
		}
		t, _ := r.adapt(result.Trial)
		policy := canaryPolicy(t, l.bucket, r.config)
		if t.Guard == "" || policy == "" {
			continue
		}
		enforced, err := r.enforces(ctx, l, t, policy)
		if err != nil {
			return err
		}
		if !enforced {
			result.Reason = "this server doesn't enforce such a policy: " + result.Reason
			result.Status = NotEnforced
		}
	}
	return nil
}

// enforces puts a policy onto a control bucket and attacks it. It reports false
// only where the server took the policy and let the attack through: whatever
// else goes wrong excuses nothing.
func (r *runner) enforces(ctx context.Context, l *lab, t Trial, policy string) (bool, error) {
	_, err := call(ctx, "PutBucketPolicy", func(ctx context.Context) error {
		return setPolicy(ctx, l.by[Owner], l.bucket, policy)
	})
	if err != nil {
		return true, unreachable(err)
	}
	a := &attempt{lab: l, trial: t}
	a.prefixed("canary-")
	held, _, err := a.run(ctx)
	if errors.Is(err, errRefused) || errors.Is(err, errNotHere) {
		held, err = true, nil
	}
	if err != nil {
		return false, err
	}
	_, err = call(ctx, "DeleteBucketPolicy", func(ctx context.Context) error {
		_, err := l.by[Owner].DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &l.bucket})
		return err
	})
	return held, unreachable(err)
}

// prefixed moves the attempt's keys away from those of an earlier one.
func (a *attempt) prefixed(with string) {
	moved := *a.lab
	moved.prefix += with
	a.lab = &moved
}

// canaryPolicy returns the smallest policy with the guard that a trial
// attacks, or "" where none is tried: where data was lost, no server's habit
// excuses it, and the policy's own removal must stay possible.
func canaryPolicy(t Trial, bucket string, c Config) string {
	var (
		actions   = []string{"s3:PutObject"}
		condition map[string]map[string]string
	)
	compare := func(operator, key, value string) { condition = map[string]map[string]string{operator: {key: value}} }
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
	case SealConfiguration:
		actions = []string{"s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration"}
		if t.Name == "seal-policy" {
			return ""
		}
	default:
		return ""
	}
	statement := map[string]any{
		"Sid": "Canary", "Effect": "Deny", "Principal": "*", "Action": actions,
		"Resource": "arn:aws:s3:::" + bucket + "/*",
	}
	if condition != nil {
		statement["Condition"] = condition
	}
	if t.Guard == SealConfiguration {
		statement["Resource"] = "arn:aws:s3:::" + bucket
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	if err != nil {
		return ""
	}
	return string(text)
}
