package prove

import (
	"testing"

	"datalock/settings"
)

// TestAWSURL: the host of S3 depends on the partition.
func TestAWSURL(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "https://s3.eu-central-1.amazonaws.com", "cn-north-1": "https://s3.cn-north-1.amazonaws.com.cn",
		"us-gov-west-1": "https://s3.us-gov-west-1.amazonaws.com", "us-east-1": "https://s3.us-east-1.amazonaws.com",
	} {
		if got, err := awsURL(t.Context(), region); err != nil || got != want || !settings.OnAWS(got) {
			t.Errorf("%s: %s, %v; want %s", region, got, err, want)
		}
	}
}

// TestIsPrincipal: the ARN of a session leaves out the path of its role.
func TestIsPrincipal(t *testing.T) {
	const deployer = "arn:aws:iam::012345678901:role/deployer"
	const session = "arn:aws:sts::012345678901:assumed-role/deployer/me"
	for _, c := range []struct {
		pattern, identity string
		want              bool
	}{
		{deployer, session, true},
		{"arn:aws:iam::012345678901:role/teams/ml/deployer", session, true},
		{"arn:aws:iam::*:role/deploy*", session, true},
		{"arn:aws:iam::999999999999:role/deployer", session, false},
		{"arn:aws:iam::012345678901:role/other", session, false},
		{"arn:aws:iam::012345678901:user/deployer", session, false},
		{"arn:aws:iam::012345678901:user/me", "arn:aws:iam::012345678901:user/me", true},
	} {
		if got := isPrincipal(c.pattern, c.identity); got != c.want {
			t.Errorf("%s, %s: %t", c.pattern, c.identity, got)
		}
	}
}
