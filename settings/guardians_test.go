package settings_test

import (
	"testing"

	"datalock/settings"
)

func TestGuardians(t *testing.T) {
	one := `"arn:aws:iam::012345678901:role/deployer"`
	refused := func(arn, why string) string { return `buckets.b.guardians[0] = "` + arn + `": ` + why }
	shape := "must be the ARN of an IAM role; "
	check(t, inAccount, []guarded{
		{"one", `{"guardians": [` + one + `]}`, ""},
		{
			"one with a path",
			`{"guardians": ["arn:aws:iam::012345678901:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"]}`,
			"",
		},
		{"none", `{"guardians": []}`, ""},
		{"a string", `{"guardians": ` + one + `}`,
			`buckets.b.guardians = ` + one + `: must be a list, but is a string; write ["…", "…"]`},
		{"numbers", `{"guardians": [1]}`,
			`buckets.b.guardians[0] = 1: must be a string, but is a number; put it in quotes`},
		{"a session", `{"guardians": ["arn:aws:sts::012345678901:assumed-role/deployer/me"]}`,
			refused("arn:aws:sts::012345678901:assumed-role/deployer/me",
				shape+`use the role of the session, such as "arn:aws:iam::012345678901:role/deployer", with its path if it has `+
					`one`)},
		{"the root", `{"guardians": ["arn:aws:iam::012345678901:root"]}`,
			refused("arn:aws:iam::012345678901:root", shape+"remove it: the account root can always change the bucket policy")},
		{"a user", `{"guardians": ["arn:aws:iam::012345678901:user/me"]}`,
			refused("arn:aws:iam::012345678901:user/me", shape+`use an ARN such as "arn:aws:iam::012345678901:role/deployer"`)},
		{"a pattern", `{"guardians": ["arn:aws:iam::012345678901:role/*"]}`,
			refused("arn:aws:iam::012345678901:role/*",
				shape+"name each role in full: a pattern would also match roles that are created later")},
		{"everybody", `{"guardians": ["*"]}`,
			refused("*", shape+"name each role in full: a pattern would also match roles that are created later")},
		{"an empty name", `{"guardians": ["arn:aws:iam::012345678901:role/"]}`,
			refused("arn:aws:iam::012345678901:role/", shape+`use an ARN such as "arn:aws:iam::012345678901:role/deployer"`)},
		{"a name that Terraform would expand", `{"guardians": ["arn:aws:iam::012345678901:role/${x}"]}`,
			refused("arn:aws:iam::012345678901:role/${x}",
				shape+`use an ARN such as "arn:aws:iam::012345678901:role/deployer"`)},
		{"another account", `{"guardians": ["arn:aws:iam::999999999999:role/deployer"]}`,
			refused("arn:aws:iam::999999999999:role/deployer",
				"is in account 999999999999, but the bucket is in 012345678901, and S3 accepts a bucket policy only from the "+
					"bucket's account; use a role of the bucket's account")},
		{"another partition", `{"guardians": ["arn:aws-cn:iam::012345678901:role/deployer"]}`,
			refused("arn:aws-cn:iam::012345678901:role/deployer",
				"is in partition aws-cn, but Region us-east-1 is in aws; use a role of the bucket's account")},
		{"a service-linked role", `{"guardians": ["arn:aws:iam::012345678901:role/aws-service-role/x.amazonaws.com/ForX"]}`,
			refused("arn:aws:iam::012345678901:role/aws-service-role/x.amazonaws.com/ForX",
				"is a service-linked role, which only an AWS service can assume; use a role that people or Terraform can assume")},
		{"one of many", `{"guardians": [` + one + `, "arn:aws:iam::999999999999:role/deployer", ` + one + `]}`,
			`buckets.b.guardians[1] = "arn:aws:iam::999999999999:role/deployer": is in account 999999999999, but the bucket ` +
				`is in 012345678901, and S3 accepts a bucket policy only from the bucket's account; use a role of the bucket's ` +
				`account` + "\n" +
				`buckets.b.guardians[2] = ` + one + `: duplicate role, because IAM ignores case in role names; remove one`},
	})
	check(t, inChina, []guarded{
		{"of the partition", `{"guardians": ["arn:aws-cn:iam::012345678901:role/deployer"]}`, ""},
	})
	check(t, anywhere, []guarded{
		{"without an account", `{"guardians": [` + one + `]}`,
			"account: required with buckets.b.guardians: roles of another account could never change the bucket; set the ID " +
				"of the account that you deploy to"},
	})
	check(t, atServer, []guarded{
		{"at a server", `{"guardians": [` + one + `]}`, ""},
		{"of two accounts at a server", `{"guardians": [` + one + `, "arn:aws:iam::999999999999:role/deployer"]}`,
			`buckets.b.guardians[1] = "arn:aws:iam::999999999999:role/deployer": is in account 999999999999, but the bucket ` +
				`is in 012345678901, and S3 accepts a bucket policy only from the bucket's account; use a role of the bucket's ` +
				`account`},
	})
}

// TestOwnerAtAServer: an S3-compatible server has no AWS account, so the
// guardians' account is used, and the construct accepts the bucket.
func TestOwnerAtAServer(t *testing.T) {
	s, err := settings.Decode([]byte(atServer + `{"guardians": ["arn:aws:iam::012345678901:role/deployer"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	b := s.BucketOf("b")
	if b.Account != "012345678901" {
		t.Errorf("the bucket's account is %q, want the guardians'", b.Account)
	}
	if err := b.Validate("b").Err(); err != nil {
		t.Errorf("the construct refuses the bucket: %v", err)
	}
}
