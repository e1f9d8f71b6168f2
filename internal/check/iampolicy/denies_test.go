package iampolicy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check/iampolicy"
)

// to is a Deny of reading for some principals, under a condition.
func to(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":{` + condition + `}`
	}
	return `{"Sid":"R","Effect":"Deny",` + principal + `,"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"` + condition +
		`}`
}

const (
	all      = `"Principal":"*"`
	roleARN  = "arn:aws:iam::012345678901:role/a"
	rootARN  = "arn:aws:iam::012345678901:root"
	session  = "arn:aws:sts::012345678901:assumed-role/a/s"
	insecure = `"Bool":{"aws:SecureTransport":"false"}`
)

// TestDeniedToAll has policies, and whether nobody but the root can read.
func TestDeniedToAll(t *testing.T) {
	for _, c := range []struct {
		name, statements string
		want             bool
	}{
		{"everybody", to(all, ""), true},
		{"everybody of the account by its root", to(`"Principal":{"AWS":"`+rootARN+`"}`, ""), true},
		{"everybody of the account by its number", to(`"Principal":{"AWS":"012345678901"}`, ""), true},
		{"one role", to(`"Principal":{"AWS":"`+roleARN+`"}`, ""), false},
		{"a service", to(`"Principal":{"Service":"s3.amazonaws.com"}`, ""), false},
		{"all but the root", to(`"NotPrincipal":{"AWS":"`+rootARN+`"}`, ""), true},
		{"all but a role", to(`"NotPrincipal":{"AWS":["`+roleARN+`","`+rootARN+`"]}`, ""), false},
		{"all but a session", to(`"NotPrincipal":{"AWS":["`+session+`"]}`, ""), false},
		{"nobody", to(`"NotPrincipal":"*"`, ""), false},
		{"all but a role, by condition", to(all, `"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}`), false},
		{"all but a role, in other case", to(all, `"ArnNotLike":{"AWS:principalarn":"arn:aws:iam::*:role/deploy*"}`), false},
		{"all but the root, by condition", to(all, `"ArnNotEquals":{"aws:PrincipalArn":"`+rootARN+`"}`), true},
		{
			"all but a session, which no principal's ARN is",
			to(all, `"StringNotLike":{"aws:PrincipalArn":"arn:aws:sts::012345678901:assumed-role/a/*"}`),
			true,
		},
		{"all but two roles", to(all, `"StringNotEquals":{"aws:PrincipalArn":["`+rootARN+`","`+roleARN+`"]}`), false},
		{"a role alone, by condition", to(all, `"ArnEquals":{"aws:PrincipalArn":"`+roleARN+`"}`), false},
		{"every principal with an ARN", to(all, `"Null":{"aws:PrincipalArn":"false"}`), true},
		{"all that aren't the account", to(all, `"StringNotEquals":{"aws:PrincipalType":"Account"}`), true},
		{"all but those with the account's user id", to(all, `"StringNotLike":{"aws:userId":"012345678901"}`), true},
		{
			"all but those with a role's user id",
			to(all, `"StringNotLike":{"aws:userId":["012345678901","AROAEXAMPLE:*"]}`),
			false,
		},
		{"all but an organisation", to(all, `"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`), false},
		{"all from elsewhere", to(all, `"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), false},
		{"all without TLS", to(all, insecure), false},
		{"all with TLS", to(all, `"Bool":{"aws:SecureTransport":"true"}`), false},
		{
			"all with TLS, and all without",
			to(all, insecure) + "," + strings.Replace(to(all, `"Bool":{"aws:SecureTransport":"true"}`), `"R"`, `"S"`, 1),
			true,
		},
		{"all but services", to(all, `"Bool":{"aws:PrincipalIsAWSService":"false"}`), true},
		{"all, if either holds", to(all, insecure+`,"ArnNotEquals":{"aws:PrincipalArn":"`+rootARN+`"}`), false},
		{"another prefix", strings.Replace(to(all, ""), "b/*", "b/raw/*", 1), false},
		{
			"everything but another prefix",
			strings.Replace(to(all, ""), `"Resource":"arn:aws:s3:::b/*"`, `"NotResource":"arn:aws:s3:::b/raw/*"`, 1),
			false,
		},
		{
			"everything but another bucket",
			strings.Replace(to(all, ""), `"Resource":"arn:aws:s3:::b/*"`, `"NotResource":"arn:aws:s3:::c/*"`, 1),
			true,
		},
		{"everything but writing", strings.Replace(to(all, ""), `"Action":"s3:Get*"`, `"NotAction":"s3:Put*"`, 1), true},
		{"writing", strings.Replace(to(all, ""), "s3:Get*", "s3:Put*", 1), false},
		{"an Allow", strings.Replace(to(all, ""), "Deny", "Allow", 1), false},
		{
			"all but nonsense",
			to(all, `"ArnNotEquals":{"aws:PrincipalArn":["arn:aws","x:aws:iam::012345678901:role/a"]}`),
			true,
		},
		{
			"all but the root, where there is a principal",
			to(all, `"ArnNotEqualsIfExists":{"aws:PrincipalArn":"`+rootARN+`"}`),
			true,
		},
		{
			"all but a role in other case",
			to(all, `"StringNotEqualsIgnoreCase":{"aws:PrincipalArn":"`+strings.Replace(roleARN, "role/a", "role/A", 1)+`"}`),
			false,
		},
		{"all but the root in other case", to(all, `"StringNotEqualsIgnoreCase":{"aws:PrincipalArn":"`+rootARN+`"}`), true},
		{"an operator that isn't known", to(all, `"BinaryNotEquals":{"aws:PrincipalArn":"`+rootARN+`"}`), false},
		{"those without an ARN", to(all, `"Null":{"aws:PrincipalArn":"true"}`), false},
		{"all requests that say how they come", to(all, `"Null":{"aws:SecureTransport":"false"}`), true},
		{"all that aren't users", to(all, `"StringNotEquals":{"aws:PrincipalType":"User"}`), false},
		{"the account", to(all, `"StringEquals":{"aws:PrincipalType":"Account"}`), false},
		{"services", to(all, `"Bool":{"aws:PrincipalIsAWSService":"true"}`), false},
		{"what isn't a service, in another way", to(all, `"StringEquals":{"aws:PrincipalIsAWSService":"false"}`), false},
		{"all but those with a short user id", to(all, `"StringNotLike":{"aws:userId":"0123"}`), false},
		{"all but those with another user id", to(all, `"StringNotLike":{"aws:userId":"01234567890x"}`), false},
		{"those with the account's user id", to(all, `"StringLike":{"aws:userId":"012345678901"}`), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy(t, c.statements)
			denied := true
			for _, principal := range d.Principals("") {
				by := d.Denies(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", Principal: principal})
				denied = denied && by != nil
				if by != nil && !slices.Contains(by, "R") {
					t.Errorf("denied by %v", by)
				}
			}
			if denied != c.want {
				t.Errorf("denied to everybody: %v, want %v", denied, c.want)
			}
		})
	}
}

// TestDeniesNames holds which statements are named: one that denies whatever
// the request, or one for requests with TLS and one for those without.
func TestDeniesNames(t *testing.T) {
	named := func(sid, condition string) string {
		return strings.Replace(to(all, condition), `"R"`, `"`+sid+`"`, 1)
	}
	const secure = `"Bool":{"aws:SecureTransport":"true"}`
	for _, c := range []struct{ statements, want string }{
		{named("I", insecure) + "," + named("A", ""), "A"},
		{named("A", "") + "," + named("B", ""), "A"},
		{named("S", secure) + "," + named("I", insecure) + "," + named("J", insecure), "S I"},
		{named("S", secure) + "," + named("T", secure) + "," + named("I", insecure), "S I"},
		{strings.Replace(named("", ""), `"Sid":"",`, "", 1), "number 1"},
		{named("S", secure), ""},
	} {
		d := policy(t, c.statements)
		by := d.Denies(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", Principal: iampolicy.Anybody})
		if got := strings.Join(by, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.statements, got, c.want)
		}
	}
}

// TestDeniesRole has denials of one role alone.
func TestDeniesRole(t *testing.T) {
	const withPath = "arn:aws:iam::012345678901:role/ci/a"
	for _, c := range []struct {
		name, statement, role string
		want                  bool
	}{
		{"named", to(`"Principal":{"AWS":"`+roleARN+`"}`, ""), roleARN, true},
		{
			"named with a path that a session hides",
			to(`"Principal":{"AWS":"`+withPath+`"}`, ""),
			iampolicy.RoleOf(session),
			true,
		},
		{"another one named", to(`"Principal":{"AWS":"`+withPath+`"}`, ""), "arn:aws:iam::012345678901:role/b", false},
		{"its account", to(`"Principal":{"AWS":"012345678901"}`, ""), roleARN, true},
		{"its account by number", to(`"Principal":{"AWS":"arn:aws:iam::012345678901:root"}`, ""), roleARN, true},
		{"another account by number", to(`"Principal":{"AWS":"210987654321"}`, ""), roleARN, false},
		{"another account", to(`"Principal":{"AWS":"arn:aws:iam::210987654321:root"}`, ""), roleARN, false},
		{"all but others", to(all, `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/b"}`), roleARN, true},
		{"all but it", to(all, `"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}`), roleARN, false},
		{
			"all but it, with a path that a session hides",
			to(all, `"ArnNotEquals":{"aws:PrincipalArn":"`+withPath+`"}`),
			iampolicy.RoleOf(session),
			false,
		},
		{
			"all but one of the same name in another account",
			to(all, `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::210987654321:role/ci/a"}`),
			iampolicy.RoleOf(session),
			true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy(t, c.statement)
			by := d.Denies(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", Principal: d.AsNamed(c.role)})
			if (by != nil) != c.want {
				t.Errorf("denied by %v, want %v", by, c.want)
			}
		})
	}
}

func TestRoleOf(t *testing.T) {
	for arn, want := range map[string]string{
		session: roleARN, roleARN: roleARN, "": "",
		"arn:aws:sts::012345678901:federated-user/x": "arn:aws:sts::012345678901:federated-user/x",
		"arn:aws:sts::012345678901:assumed-role/a":   roleARN,
		"arn:aws:sts::012345678901:assumed-role":     "arn:aws:sts::012345678901:assumed-role", "aws:sts": "aws:sts",
		"arn:aws-cn:sts::012345678901:assumed-role/b/s": "arn:aws-cn:iam::012345678901:role/b",
	} {
		if got := iampolicy.RoleOf(arn); got != want {
			t.Errorf("%s: got %s, want %s", arn, got, want)
		}
	}
}

func TestMost(t *testing.T) {
	const key = "s3:object-lock-remaining-retention-days"
	bound := func(operator, value, rest string) string {
		return fmt.Sprintf(`{"Sid":"M%s%s","Effect":"Deny",%s,"Action":"s3:PutObject*","Resource":"arn:aws:s3:::b/*","Condition":{%q:{%q:%s}%s}}`, operator, strings.Map(digits, value), all, operator, key, value, rest)
	}
	for _, c := range []struct {
		name, statements string
		want             float64
	}{
		{"a ceiling", bound("NumericGreaterThan", `"3650"`, ""), 3650},
		{"a ceiling that isn't allowed itself", bound("NumericGreaterThanEquals", `"3650"`, ""), 3649},
		{"the lower of two values", bound("NumericGreaterThan", `["9000","400"]`, ""), 400},
		{
			"the lower of two statements",
			bound("NumericGreaterThan", `"9000"`, "") + "," + bound("NumericGreaterThan", `"400"`, ""),
			400,
		},
		{"a floor", bound("NumericLessThan", `"89"`, ""), 36500},
		{"a ceiling for some", bound("NumericGreaterThan", `"3650"`, `,"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), 36500},
		{"a ceiling that is no number", bound("NumericGreaterThan", `"${x}"`, ""), 36500},
		{
			"a ceiling of one role",
			strings.Replace(bound("NumericGreaterThan", `"3650"`, ""), all, `"Principal":{"AWS":"`+roleARN+`"}`, 1),
			36500,
		},
		{
			"a ceiling of all but one",
			strings.Replace(bound("NumericGreaterThan", `"3650"`, ""), all, `"NotPrincipal":{"AWS":"`+roleARN+`"}`, 1),
			36500,
		},
		{"an Allow", strings.Replace(bound("NumericGreaterThan", `"3650"`, ""), "Deny", "Allow", 1), 36500},
		{"another key", strings.Replace(bound("NumericGreaterThan", `"3650"`, ""), key, "s3:max-keys", 1), 36500},
		{
			"another action",
			strings.Replace(bound("NumericGreaterThan", `"3650"`, ""), "s3:PutObject*", "s3:PutObjectAcl", 1),
			36500,
		},
	} {
		if got := policy(t, c.statements).Most("s3:PutObject", "arn:aws:s3:::b/*", key, 36500); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func digits(r rune) rune {
	if '0' <= r && r <= '9' {
		return r
	}
	return -1
}
