package iampolicy_test

import (
	"slices"
	"strings"
	"testing"

	"datalock/internal/check/iampolicy"
)

const (
	account = "012345678901"
	other   = "210987654321"
)

func unlessARN(operator, arn string) string {
	return to(all, `"`+operator+`":{"aws:PrincipalArn":"`+arn+`"}`)
}

// TestDeniedInAccount has policies of a resource whose account and Region are
// known, and whether everybody is denied reading, and where neither is known.
func TestDeniedInAccount(t *testing.T) {
	for _, c := range []struct {
		name, statements string
		known, unknown   bool
	}{
		{"all but the account", to(all, `"StringNotEquals":{"aws:PrincipalAccount":"`+account+`"}`), false, false},
		{"the account", to(all, `"StringEquals":{"aws:PrincipalAccount":"`+account+`"}`), true, false},
		{"the account in an ARN", to(all, `"ArnEquals":{"aws:PrincipalAccount":"`+account+`"}`), false, false},
		{"all accounts", to(all, `"StringLike":{"aws:PrincipalAccount":"*"}`), true, true},
		{"all but all accounts", to(all, `"StringNotLike":{"aws:PrincipalAccount":"*"}`), false, false},
		{"all but another account", to(all, `"StringNotEquals":{"aws:PrincipalAccount":"`+other+`"}`), false, false},
		{"both accounts", to(all, `"StringEquals":{"aws:PrincipalAccount":["`+account+`","`+other+`"]}`), true, false},
		{"resources of the account", to(all, `"StringEquals":{"aws:ResourceAccount":"`+account+`"}`), true, false},
		{"resources of another account", to(all, `"StringNotEquals":{"s3:ResourceAccount":"`+account+`"}`), false, false},
		{"the Region", to(all, `"StringEquals":{"aws:RequestedRegion":"us-east-1"}`), true, false},
		{"another Region", to(all, `"StringEquals":{"aws:RequestedRegion":"us-west-2"}`), false, false},
		{"roles and users", to(all, `"StringEquals":{"aws:PrincipalType":["AssumedRole","User"]}`), true, true},
		{"users", to(all, `"StringEquals":{"aws:PrincipalType":"User"}`), false, false},
		{"roles", to(all, `"StringEquals":{"aws:PrincipalType":"AssumedRole"}`), false, false},
		{"roles by name", to(all, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}`), false, false},
		{
			"roles by name, and users",
			to(all, `"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/*","arn:aws:iam::*:user/*"]}`),
			true,
			true,
		},
		{"all but federated users", to(all, `"StringNotEquals":{"aws:PrincipalType":"FederatedUser"}`), false, false},
		{"every type", to(all, `"StringEquals":{"aws:PrincipalType":["AssumedRole","User","FederatedUser"]}`), true, true},
		{"all but one federated user", unlessARN("ArnNotEquals", "arn:aws:sts::"+account+":federated-user/x"), false, false},
		{
			"all but a federated user, by type",
			to(all, `"StringNotEquals":{"aws:PrincipalType":"FederatedUser"},"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:sts::`+
				account+`:federated-user/x"}`),
			false,
			false,
		},
		{"all but a group", unlessARN("ArnNotEquals", "arn:aws:iam::"+account+":group/x"), true, true},
		{"all but a user", unlessARN("ArnNotEquals", "arn:aws:iam::"+account+":user/x"), false, false},
		{"all but those of a pattern of everything", unlessARN("StringNotLike", "*"), false, false},
		{"all but those of a pattern of roots", unlessARN("StringNotLike", "*:root"), true, true},
		{"all but those of a pattern of the end", unlessARN("StringNotLike", "*:role/a"), false, false},
		{"all but those of a pattern of the name", unlessARN("StringNotLike", "*admin"), false, false},
		{"all but those of a pattern of the account", unlessARN("StringNotLike", "*:"+account+":role/a"), false, false},
		{"all but those of a pattern of the service", unlessARN("StringNotLike", "*:iam::"+account+":role/a"), false, false},
		{"all but those of a pattern of kinds", unlessARN("StringNotLike", "arn:aws:iam::"+account+":*/a"), false, false},
		{"all but those of a pattern of a partition", unlessARN("StringNotLike", "arn:aws:*"), false, false},
		{"all but users of a pattern", unlessARN("StringNotLike", "arn:aws:iam::"+account+":u*/a"), false, false},
		{
			"all but those of a pattern of another partition",
			unlessARN("ArnNotLike", "arn:aws-cn:iam::"+other+":*"),
			false,
			false,
		},
		{
			"all but those of a pattern of any partition",
			unlessARN("ArnNotLike", "arn:*:iam::"+account+":role/a"),
			false,
			false,
		},
		{
			"all but those of a pattern of characters",
			unlessARN("StringNotLike", "arn:aws:iam::"+account+":role/a?"),
			false,
			false,
		},
		{"services' own requests", to(all, `"StringEquals":{"aws:SourceAccount":"`+account+`"}`), false, false},
		{"all but services' own requests", to(all, `"StringNotEquals":{"aws:SourceAccount":"`+account+`"}`), true, true},
		{"all but services' own requests, by an ARN", to(all, `"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::x"}`), true, true},
		{
			"all but services' own requests, by organization",
			to(all, `"StringNotEquals":{"aws:SourceOrgID":"o-1"}`),
			true,
			true,
		},
		{"all but a service", to(all, `"StringNotEquals":{"aws:PrincipalServiceName":"x"}`), true, true},
		{
			"all but some services",
			to(all, `"ForAllValues:StringNotEquals":{"aws:PrincipalServiceNamesList":["x"]}`),
			true,
			true,
		},
		{"some services", to(all, `"ForAllValues:StringEquals":{"aws:PrincipalServiceNamesList":["x"]}`), true, true},
		{
			"any service but some",
			to(all, `"ForAnyValue:StringNotEquals":{"aws:PrincipalServiceNamesList":["x"]}`),
			false,
			false,
		},
		{"a source, if there is one", to(all, `"StringEqualsIfExists":{"aws:SourceAccount":"x"}`), true, true},
		{"without a source", to(all, `"Null":{"aws:SourceArn":"true"}`), true, true},
		{"with a source", to(all, `"Null":{"aws:SourceArn":"false"}`), false, false},
		{"without an endpoint", to(all, `"Null":{"aws:SourceVpce":"true"}`), false, false},
		{"from a day on", to(all, `"DateGreaterThanEquals":{"aws:CurrentTime":"2030-01-01"}`), true, true},
		{"from a minute on", to(all, `"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}`), true, true},
		{"until a day", to(all, `"DateLessThan":{"aws:CurrentTime":"2030-01-01"}`), false, false},
		{"from no day on", to(all, `"DateGreaterThan":{"aws:CurrentTime":"soon"}`), false, false},
		{"all but the user id of a variable", to(all, `"StringNotLike":{"aws:userid":"${aws:userid}"}`), false, false},
		{
			"all but the account of a variable",
			to(all, `"StringNotEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}`),
			false,
			false,
		},
		{"the account's own root and all of it", to(`"Principal":{"AWS":"`+account+`"}`, ""), true, true},
		{"another account", to(`"Principal":{"AWS":"`+other+`"}`, ""), false, true},
		{"through a service", to(all, `"Bool":{"aws:ViaAWSService":"true"}`), false, false},
		{"by people in capitals", to(all, `"Bool":{"aws:PrincipalIsAWSService":"False"}`), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy(t, c.statements)
			for owner, want := range map[string]bool{account: c.known, "": c.unknown} {
				region := ""
				if owner != "" {
					region = "us-east-1"
				}
				denied := !slices.ContainsFunc(d.Principals(owner), func(principal string) bool {
					return d.Denies(iampolicy.Request{
						Action:    "s3:GetObject",
						Resource:  "arn:aws:s3:::b/*",
						Principal: principal,
						Account:   owner,
						Region:    region,
					}) == nil
				})
				if denied != want {
					t.Errorf("account %q: denied to everybody: %v, want %v; principals %v", owner, denied, want, d.Principals(owner))
				}
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	allow := func(principal string) string {
		return strings.Replace(to(principal, ""), "Deny", "Allow", 1)
	}
	for _, c := range []struct {
		name, statements string
		allowed          int // how many Allowed returns
		role             bool
	}{
		{"nobody", to(all, ""), 0, false},
		{"everybody", allow(all), 2, true},
		{"the account", allow(`"Principal":{"AWS":"` + account + `"}`), 2, true},
		{"the account's root", allow(`"Principal":{"AWS":"` + rootARN + `"}`), 2, true},
		{"a role", allow(`"Principal":{"AWS":"` + roleARN + `"}`), 1, true},
		{"its session", allow(`"Principal":{"AWS":"` + session + `"}`), 1, true},
		{"a service", allow(`"Principal":{"Service":"s3.amazonaws.com"}`), 0, false},
		{"all but a role", allow(`"NotPrincipal":{"AWS":"` + roleARN + `"}`), 3, false},
		{"another account", allow(`"Principal":{"AWS":"` + other + `"}`), 2, false},
		{"another action", strings.Replace(allow(all), "s3:Get*", "s3:Put*", 1), 0, false},
		{
			"a role twice",
			allow(`"Principal":{"AWS":"`+roleARN+`"}`) + "," +
				strings.Replace(allow(`"Principal":{"AWS":"`+roleARN+`"}`), `"R"`, `"S"`, 1),
			1,
			true,
		},
		{
			"a role, everybody, and the role again",
			allow(`"Principal":{"AWS":"`+roleARN+`"}`) + "," + strings.Replace(allow(all), `"R"`, `"S"`, 1) + "," +
				strings.Replace(allow(`"Principal":{"AWS":"`+roleARN+`"}`), `"R"`, `"T"`, 1),
			3,
			true,
		},
	} {
		d := policy(t, c.statements)
		if got := d.Allowed("s3:GETOBJECT", account); len(got) != c.allowed {
			t.Errorf("%s: allowed %v, want %d", c.name, got, c.allowed)
		}
		if got := d.Allows("s3:GetObject", roleARN); got != c.role {
			t.Errorf("%s: allows the role: %v, want %v", c.name, got, c.role)
		}
	}
}

func TestAccountOf(t *testing.T) {
	for arn, want := range map[string]string{
		roleARN:                          account,
		session:                          account,
		"arn:aws:s3:::b":                 "",
		"":                               "",
		"x:aws:iam::012345678901:role/a": "",
		"arn:aws:iam::1":                 "",
	} {
		if got := iampolicy.AccountOf(arn); got != want {
			t.Errorf("%q: got %q, want %q", arn, got, want)
		}
	}
}
