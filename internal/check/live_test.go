package check_test

import (
	"slices"
	"testing"

	"datalock/internal/check"
	"datalock/internal/check/iampolicy"
)

func TestNamed(t *testing.T) {
	for _, rule := range check.Rules() {
		if got := check.Named(rule.Name); got.Name != rule.Name {
			t.Errorf("Named(%q) is %q", rule.Name, got.Name)
		}
	}
}

// TestLiveLockouts: the lockouts of a deployed bucket and its key are found as
// in a plan.
func TestLiveLockouts(t *testing.T) {
	const bucket, account = "arn:aws:s3:::acme-training-data", "012345678901"
	document := func(statement string) iampolicy.Document {
		policy, err := iampolicy.Parse(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		return policy
	}
	ofBucket := func(statement string) []string {
		return check.BucketLockedOut(document(statement), bucket, account, "us-east-1")
	}
	ofKey := func(statement string) []string { return check.KeyLockedOut(document(statement), account) }
	for _, c := range []struct {
		name      string
		lockedOut []string
		want      bool
	}{
		{"bucket, everybody", ofBucket(deny(`"s3:*"`, everything, "")), true},
		{"bucket, all but a role", ofBucket(deny(`"s3:*"`, everything, unless("ArnNotEquals", guardianARN))), false},
		{"bucket, plain HTTP", ofBucket(deny(`"s3:*"`, everything, `"Bool":{"aws:SecureTransport":"false"}`)), false},
		{"bucket, another Region", ofBucket(deny(`"s3:*"`, everything,
			`"StringNotEquals":{"aws:RequestedRegion":"us-west-2"}`)), true},
		{"key, everybody", ofKey(deny(`"kms:*"`, `"Resource":"*"`, "")), true},
		{
			"key, a role alone",
			ofKey(`{"Effect":"Allow","Principal":{"AWS":"` + guardianARN + `"},"Action":"kms:*","Resource":"*"}`),
			false,
		},
	} {
		if got := len(c.lockedOut) > 0; got != c.want {
			t.Errorf("%s: locked out of %q", c.name, c.lockedOut)
		}
	}
}

func TestWeaker(t *testing.T) {
	byStrength := []string{"", "AES256", "aws:kms", "aws:kms:dsse"}
	for i, algorithm := range byStrength {
		for j, than := range byStrength {
			if want := i == 0 || i < j; check.Weaker(algorithm, than) != want {
				t.Errorf("Weaker(%q, %q) is %v", algorithm, than, !want)
			}
		}
	}
}

func TestExpiresSooner(t *testing.T) {
	lifecycle := func(id string, days float64) map[string]any {
		return map[string]any{"rule": []any{map[string]any{
			"id": id, "status": "Enabled", "filter": []any{map[string]any{"prefix": ""}},
			"noncurrent_version_expiration": []any{map[string]any{"noncurrent_days": days}},
		}}}
	}
	if got := check.ExpiresSooner(lifecycle("a", 90), lifecycle("b", 30)); !slices.Equal(got, []string{"b"}) {
		t.Errorf("30 days instead of 90: %q", got)
	}
	if got := check.ExpiresSooner(lifecycle("a", 30), lifecycle("b", 90)); len(got) > 0 {
		t.Errorf("90 days instead of 30: %q", got)
	}
}
