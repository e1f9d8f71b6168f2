package bucket

import (
	"testing"

	"datalock/internal/policy"
)

// TestSurely has statements that deny a request of another role of the account
// for sure, or not for sure.
func TestSurely(t *testing.T) {
	const bucketARN, otherRole = "arn:aws:s3:::acme-data", "arn:aws:iam::012345678901:role/reader"
	everybody := policy.Principals{policy.Everybody}
	deny := func(change func(*policy.Statement)) policy.Statement {
		s := policy.Statement{
			Effect: "Deny", Principal: everybody, Action: policy.Values{"s3:*"}, Resource: policy.Values{bucketARN, bucketARN + "/*"},
		}
		change(&s)
		return s
	}
	for _, c := range []struct {
		name, resource string
		change         func(*policy.Statement)
		want           bool
	}{
		{"everything", bucketARN, func(*policy.Statement) {}, true},
		{"an Allow", bucketARN, func(s *policy.Statement) { s.Effect = "Allow" }, false},
		{"every key but some, of the bucket", bucketARN, func(s *policy.Statement) {
			s.Resource, s.NotResource = nil, policy.Values{bucketARN + "/public/*"}
		}, true},
		{"every key but some, of any key", bucketARN + "/" + anyKey, func(s *policy.Statement) {
			s.Resource, s.NotResource = nil, policy.Values{bucketARN + "/public/*"}
		}, false},
		{"all but the bucket, of any key", bucketARN + "/" + anyKey, func(s *policy.Statement) {
			s.Resource, s.NotResource = nil, policy.Values{bucketARN}
		}, true},
		{"the account's ID", bucketARN, principal("AWS:012345678901"), true},
		{"the account's root", bucketARN, principal("AWS:arn:aws:iam::012345678901:root"), true},
		{"the root of a namesake", bucketARN, principal("AWS:x:iam::012345678901:root"), false},
		{"another account's root", bucketARN, principal("AWS:arn:aws:iam::999999999999:root"), false},
		{"another role", bucketARN, principal("AWS:arn:aws:iam::012345678901:role/writer"), false},
		{"the role", bucketARN, principal("AWS:" + otherRole), true},
		{"a condition that can't be compared", bucketARN, func(s *policy.Statement) {
			s.Condition = policy.Conditions{"DateLessThan": {"aws:PrincipalArn": {otherRole}}}
		}, false},
		{"a condition that is met", bucketARN, func(s *policy.Statement) {
			s.Condition = policy.Conditions{"ArnLike": {"aws:PrincipalArn": {"arn:aws:iam::*:role/*"}}}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request{
				principal: otherRole, account: "012345678901", action: "s3:GetObject", resource: c.resource,
				known: map[string]string{"aws:principalarn": otherRole},
			}
			if got := surely(deny(c.change), r); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func principal(id string) func(*policy.Statement) {
	return func(s *policy.Statement) { s.Principal = policy.Principals{id} }
}
