package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"datalock/settings"
)

const allowRead = `{"Sid": "AllowRead", "Effect": "Allow", "Principal": {"AWS": ` +
	`"arn:aws:iam::012345678901:role/reader"}, ` +
	`"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]}`

// TestPolicyStatements has every form that S3 accepts, and each mistake.
func TestPolicyStatements(t *testing.T) {
	const with = `{"name": "abc", "policyStatements": [`
	statement := func(change ...string) string {
		return with + strings.NewReplacer(change...).Replace(allowRead) + `]}`
	}
	const at = `buckets.b.policyStatements[0]`
	const resources = `write "arn:aws:s3:::abc" or "arn:aws:s3:::abc/*"`
	const identity = `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E74FTE3AJFJ256A`
	const principal = `write "Principal": {"AWS": "arn:aws:iam::012345678901:role/reader"}`
	check(t, inAccount, []guarded{
		{"none", with + `]}`, ""},
		{"one", statement(), ""},
		{"without a Sid", statement(`"Sid": "AllowRead", `, ""), ""},
		{"two without a Sid", with + strings.ReplaceAll(allowRead+","+allowRead, `"AllowRead"`, `""`) + `]}`, ""},
		{"everybody, other elements and conditions",
			statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`, `"*"`, `"Action"`, `"NotAction"`,
				`"Resource": [`, `"Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:TlsVersion": `+
					`[1.2, "1.3"]}}, "NotResource": [`), ""},
		{"patterns", statement(`arn:aws:s3:::abc/*`, `arn:aws:s3:::a?c*/${aws:username}/*`, "s3:ListBucket", "*"), ""},
		{"no name", `{"policyStatements": [` + allowRead + `]}`,
			`buckets.b.policyStatements: requires "name", because the statements contain the bucket's ARN; set "name" to the ` +
				`bucket's full name, or remove the key`},
		{"not a list", `{"name": "abc", "policyStatements": ` + allowRead + `}`,
			`buckets.b.policyStatements = {…}: must be a list, but is an object; write [{ … }, { … }]`},
		{"not an object", with + `"Deny"]}`, at + ` = "Deny": must be an object, but is a string; write an object, { … }`},
		{"nothing in it", with + `{}]}`,
			at + `.Effect: missing; write "Allow" or "Deny"` + "\n" + at + `.Principal: missing; ` + principal + "\n" +
				at + `.Action: missing; write S3 actions, such as "s3:GetObject"` + "\n" + at + `.Resource: missing; ` + resources},
		{"misspelt", statement(`"Effect"`, `"effect"`, `"Allow"`, `"allow"`),
			at + `.Effect: missing; write "Allow" or "Deny"` + "\n" + at + `.effect: unknown key; did you mean "Effect"?`},
		{
			"an effect in small letters",
			statement(`"Allow"`, `"allow"`),
			at + `.Effect = "allow": must be Allow or Deny; did you mean "Allow"?`,
		},
		{
			"an element twice",
			statement(`"Effect": "Allow"`, `"Effect": "Allow", "Effect": "Deny"`),
			at + `.Effect: duplicate key; keep only one`,
		},
		{"a Sid twice", with + allowRead + "," + allowRead + `]}`,
			`buckets.b.policyStatements[1].Sid = "AllowRead": is also the Sid of ` + at +
				`, and S3 accepts each only once; rename one of the statements`},
		{"NotPrincipal", statement(`"Principal"`, `"NotPrincipal"`),
			at + `.NotPrincipal: isn't supported, because AWS advises against it: it also matches the sessions of the roles ` +
				`that it names; use "Principal": "*" with a condition on aws:PrincipalArn`},
		{"a principal that is a text", statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`, `"012345678901"`),
			at + `.Principal = "012345678901": must be "*" or an object of types, such as {"AWS": "…"}; ` + principal},
		{
			"a principal of another type",
			statement(`"AWS"`, `"Aws"`),
			at + `.Principal.Aws = "Aws": must be AWS, CanonicalUser, Federated or Service; did you mean "AWS"?`,
		},
		{"every kind of principal", statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`,
			`{"AWS": ["012345678901", "arn:aws:iam::012345678901:root", "arn:aws:sts::012345678901:assumed-role/a/b", `+
				`"AROAEXAMPLEEXAMPLE12", "*"], "Service": "logging.s3.amazonaws.com", "CanonicalUser": "`+
				strings.Repeat("0a", 32)+`"}`), ""},
		{"an origin access identity", statement("arn:aws:iam::012345678901:role/reader", identity), ""},
		{
			"one of another partition",
			statement("arn:aws:iam::012345678901:role/reader", "arn:aws-cn"+identity[len("arn:aws"):]),
			at + `.Principal.AWS = "arn:aws-cn` + identity[len("arn:aws"):len(identity)-1] + `… (81 bytes): is in partition aws-cn, but Region ` +
				`us-east-1 is in aws; ` + principal,
		},
		{"the canonical user of one", statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`,
			`{"CanonicalUser": "`+strings.Repeat("0a", 48)+`"}`), ""},
		{"a canonical user that is none", statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`,
			`{"CanonicalUser": "`+strings.Repeat("0a", 33)+`"}`),
			at + `.Principal.CanonicalUser = "` + strings.Repeat("0a", 33) + `": must be a canonical user ID, 64 hexadecimal ` +
				`digits, or 96 of CloudFront; write "Principal": {"CanonicalUser": "…"}`},
		{"a principal that is a name", statement("arn:aws:iam::012345678901:role/reader", "reader"),
			at + `.Principal.AWS = "reader": must be an account, or the ARN of a role or user without wildcards, or "*"; ` +
				principal},
		{"a principal with a wildcard", statement("role/reader", "role/*"),
			at + `.Principal.AWS = "arn:aws:iam::012345678901:role/*": must be an account, or the ARN of a role or user ` +
				`without wildcards, or "*"; ` + principal},
		{"a principal of another partition", statement("arn:aws:iam", "arn:aws-cn:iam"),
			at + `.Principal.AWS = "arn:aws-cn:iam::012345678901:role/reader": is in partition aws-cn, but Region ` +
				`us-east-1 is in aws; ` + principal},
		{"a service that is none", statement(`{"AWS": "arn:aws:iam::012345678901:role/reader"}`, `{"Service": "s3"}`),
			at + `.Principal.Service = "s3": must be the name of a service, such as "logging.s3.amazonaws.com"; ` +
				`write "Principal": {"Service": "logging.s3.amazonaws.com"}`},
		{
			"a list of the bucket on objects alone",
			statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"arn:aws:s3:::abc/*"`),
			at + `.Action = "s3:ListBucket": is an action on the bucket, but the resources are objects; add the resource ` +
				`"arn:aws:s3:::abc" or a separate statement`,
		},
		{"reading of the bucket alone", statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"arn:aws:s3:::abc"`),
			at + `.Action = "s3:GetObject": is an action on objects, but the resource is the bucket; add the resource ` +
				`"arn:aws:s3:::abc/*" or a separate statement`},
		{"a pattern of the bucket and its objects",
			statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"arn:aws:s3:::abc*"`), ""},
		{
			"replication of the bucket alone",
			statement(
				`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`,
				`"arn:aws:s3:::abc"`,
				"s3:GetObject",
				"s3:initiateReplication",
			),
			at + `.Action = "s3:initiateReplication": is an action on objects, but the resource is the bucket; add the ` +
				`resource "arn:aws:s3:::abc/*" or a separate statement`,
		},
		{"tags of the bucket on objects alone",
			statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"arn:aws:s3:::abc/*"`, "s3:ListBucket", "s3:TagResource"),
			at + `.Action = "s3:TagResource": is an action on the bucket, but the resources are objects; add the resource ` +
				`"arn:aws:s3:::abc" or a separate statement`},
		{"patterns of actions on objects", statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"arn:aws:s3:::abc/*"`,
			"s3:ListBucket", "s3:List*"), ""},
		{
			"operators",
			statement(`"Action"`, `"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": "o-1/*"}, `+
				`"Null": {"aws:userid": "false"}}, "Action"`),
			"",
		},
		{
			"an operator that is none",
			statement(`"Action"`, `"Condition": {"StringEqual": {"aws:PrincipalOrgID": "o-1"}}, "Action"`),
			at + `.Condition.StringEqual: isn't a condition operator; did you mean "StringEquals"?`,
		},
		{
			"an operator that can't be so",
			statement(`"Action"`, `"Condition": {"NullIfExists": {"aws:userid": "true"}}, "Action"`),
			at + `.Condition.NullIfExists: isn't a condition operator; use one such as "StringEquals"`,
		},
		{"an action of another service", statement("s3:GetObject", "ec2:GetObject"),
			at + `.Action[0] = "ec2:GetObject": must be an action of S3, which starts with "s3:", or "*"; write S3 actions, ` +
				`such as "s3:GetObject"`},
		{"an action on nothing in a bucket", statement("s3:ListBucket", "s3:ListAllMyBuckets"),
			at + `.Action = "s3:ListAllMyBuckets": is neither an action on buckets nor on objects, so S3 refuses it in a ` +
				`bucket policy; remove it; a policy of IAM can have it`},
		{"an action on jobs", statement("s3:ListBucket", "S3:createjob"),
			at + `.Action = "S3:createjob": is neither an action on buckets nor on objects, so S3 refuses it in a ` +
				`bucket policy; remove it; a policy of IAM can have it`},
		{"a misspelled action", statement("s3:GetObject", "s3:GetObjct"),
			at + `.Action = "s3:GetObjct": isn't an action of S3; did you mean "s3:GetObject"?`},
		{"a misspelled verb", statement("s3:GetObject", "s3:GteObject"),
			at + `.Action = "s3:GteObject": isn't an action of S3; did you mean "s3:GetObject"?`},
		{"an action that may be new", statement("s3:GetObject", "s3:GetObjectFuture"), ""},
		{"an action with a letter too many", statement("s3:ListBucket", "s3:GetBucketAcls"),
			at + `.Action = "s3:GetBucketAcls": isn't an action of S3; did you mean "s3:GetBucketAcl"?`},
		{"an action that may be new, of which there is another verb",
			statement("s3:ListBucket", "s3:PutBucketPolicyStatus"), ""},
		{"a pattern of actions", statement("s3:GetObject", "s3:GetObjct*"), ""},
		{"services of other partitions", statement(`"AWS": "arn:aws:iam::012345678901:role/reader"`,
			`"Service": ["config.c2s.ic.gov", "config.sc2s.sgov.gov", "config.amazonaws.eu", "config.amazonaws.com.cn"]`), ""},
		{
			"both actions",
			statement(`"Action"`, `"NotAction": "s3:*", "Action"`),
			at + `.NotAction: can't be set with "Action"; remove one`,
		},
		{"another bucket", statement(`"arn:aws:s3:::abc"`, `"arn:aws:s3:::abd"`),
			at + `.Resource[0] = "arn:aws:s3:::abd": must be the ARN of this bucket or of its objects; ` + resources},
		{"any resource", statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `"*"`),
			at + `.Resource = "*": must be the ARN of this bucket or of its objects; ` + resources},
		{"another partition", statement(`"arn:aws:s3:::abc"`, `"arn:aws-cn:s3:::abc"`),
			at + `.Resource[0] = "arn:aws-cn:s3:::abc": is in partition aws-cn, but Region us-east-1 is in aws; ` +
				resources},
		{
			"no resources",
			statement(`["arn:aws:s3:::abc", "arn:aws:s3:::abc/*"]`, `[]`),
			at + `.Resource = []: must not be empty; ` + resources,
		},
		{"a condition without an operator", statement(`"Action"`, `"Condition": {"aws:SecureTransport": "false"}, "Action"`),
			at + `.Condition["aws:SecureTransport"] = "false": must be an object, but is a string; write an object, { … }`},
		{"a condition without a value",
			statement(`"Action"`, `"Condition": {"Bool": {"aws:SecureTransport": null}}, "Action"`),
			at + `.Condition.Bool["aws:SecureTransport"] = null: must be a string, but is null; write "Condition": ` +
				`{"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}`},
	})
}

// TestStatementsOfPrograms: a program gets the same mistakes, and one that the
// decoder of files can't have.
func TestStatementsOfPrograms(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name, b.Region = "abc", "us-east-1"
	b.PolicyStatements = []json.RawMessage{json.RawMessage(allowRead)}
	if err := b.Validate("id").Err(); err != nil {
		t.Errorf("a statement of a program: %v", err)
	}
	b.PolicyStatements = append(b.PolicyStatements, json.RawMessage(`{`))
	const want = `id.policyStatements[1]: must be a JSON object: not JSON, line 1: unexpected end of JSON input; write ` +
		`a statement of a bucket policy`
	if err := b.Validate("id").Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
