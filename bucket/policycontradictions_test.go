package bucket

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalock/settings"
)

const (
	ourBucket = `"Resource":["arn:aws:s3:::acme-data","arn:aws:s3:::acme-data/*"]`
	denyAll   = `"Effect":"Deny","Principal":"*",`
)

// A contradicting case is statements of an owner, beside a change of the
// settings, and for each mistake a part of its message; none if they don't
// contradict the guards.
type contradicting struct {
	name, statements string
	config           func(*settings.Bucket)
	want             []string
}

// allowing is an Allow for everybody, under a condition.
func allowing(condition string) string {
	return `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",` + ourBucket + `,"Condition":{` + condition + `}}`
}

func sealedBucket(b *settings.Bucket) {
	b.Guardians = []string{"arn:aws:iam::012345678901:role/deployer", "arn:aws:iam::012345678901:role/security/custodian"}
}

func everyPart(b *settings.Bucket) {
	b.Evidence, b.Inventory = &settings.Evidence{ExpirationDays: 1}, &settings.Inventory{Frequency: settings.Daily}
	b.AccessLogs, b.Batch = true, true
	b.Replica, b.DataEvents = &settings.Replica{Region: "eu-west-1", Retention: b.Retention}, &settings.DataEvents{}
}

func keyBucket(b *settings.Bucket) {
	b.Encryption = settings.Encryption{
		Algorithm: settings.KMS, KeyARN: "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef",
	}
}

var contradictingCases = []contradicting{
	{
		"an Allow",
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"s3:*",` + ourBucket + `}`,
		sealedBucket,
		nil,
	},
	{"a Deny of deletions", `{` + denyAll + `"Action":"s3:DeleteObject*",` + ourBucket + `}`, nil, nil},
	{"a Sid of ours", `{"Sid":"DenyOldTLS",` + denyAll + `"Action":"s3:*",` + ourBucket +
		`,"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.3"}}}`, nil,
		[]string{`policyStatements[0].Sid = {"Sid":"DenyOldTLS",`, `: has the Sid of a guard, {"Sid":"DenyOldTLS",`}},
	{"an Allow for everybody", `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",` + ourBucket + `}`, nil,
		[]string{
			`policyStatements[0] = {"Effect":"Allow","Principal":"*",`,
			"makes the bucket public",
			`{"block_public_policy": true}`,
		}},
	{"an Allow for every AWS account",
		`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject",` + ourBucket +
			`,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`, nil,
		[]string{"makes the bucket public"}},
	{
		"an Allow for an organization",
		`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",` + ourBucket +
			`,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-0123456789"}}}`,
		nil,
		nil,
	},
	{"an Allow for any role", allowing(`"StringLike":{"aws:PrincipalArn":"*"}`), nil, []string{"makes the bucket public"}},
	{"an Allow for a role", allowing(`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/r"}`), nil, nil},
	{"an Allow for other accounts", allowing(`"StringNotEquals":{"aws:PrincipalAccount":"999999999999"}`), nil,
		[]string{"makes the bucket public"}},
	{"an Allow for those without an organization", allowing(`"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}`), nil,
		[]string{"makes the bucket public"}},
	{"an Allow for the internet", allowing(`"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}`), nil,
		[]string{"makes the bucket public"}},
	{"an Allow for a network", allowing(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}`), nil, nil},
	{"an Allow for any id", allowing(`"StringLike":{"aws:userid":"*"}`), nil, []string{"makes the bucket public"}},
	{
		"an Allow for a tag",
		allowing(`"StringEquals":{"aws:PrincipalTag/team":"ml"}`),
		nil,
		[]string{"makes the bucket public"},
	},
	{"an Allow for any access point of an account",
		allowing(`"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:012345678901:accesspoint/*"}`), nil, nil},
	{
		"an Allow for any access point",
		allowing(
			`"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:*:*:accesspoint/*"}`,
		),
		nil,
		[]string{"makes the bucket public"},
	},
	{"a Deny of reading older versions", `{` + denyAll + `"Action":"s3:GetObjectVersion",` + ourBucket + `}`, nil,
		[]string{"denies s3:GetObjectVersion to everybody, so that nobody could read older versions of the data"}},
	{"half of a surrogate pair", `{` + denyAll + `"Action":"s3:\ud800",` + ourBucket + `}`, nil,
		[]string{"policyStatements[0]: can't be read: "}},
	{"a Deny of everything", `{` + denyAll + `"Action":"s3:*",` + ourBucket + `}`, nil,
		[]string{
			"denies s3:PutBucketPolicy to everybody, so that only the account root could change the bucket policy again",
		}},
	{
		"a Deny of one read",
		`{` + denyAll + `"Action":"s3:getbucketpolicy",` + ourBucket + `}`,
		nil,
		[]string{"denies s3:GetBucketPolicy to everybody, so that every later plan would fail"},
	},
	{
		"a Deny for the account",
		`{"Effect":"Deny","Principal":{"AWS":"012345678901"},"NotAction":["s3:GetObject","s3:PutObject"],` + ourBucket + `}`,
		nil,
		[]string{"denies s3:PutBucketPolicy to everybody"},
	},
	{
		"a Deny of what no deploy needs",
		`{` + denyAll + `"Action":["s3:DeleteBucket","s3:PutBucketVersioning"],` + ourBucket + `}`,
		sealedBucket,
		nil,
	},
	{
		"a Deny of the replication",
		`{` + denyAll + `"Action":"s3:PutReplicationConfiguration",` + ourBucket + `}`,
		everyPart,
		[]string{`denies s3:PutReplicationConfiguration to everybody, so that "replica" couldn't be applied`},
	},
	{"a Deny of a replication that isn't declared",
		`{` + denyAll + `"Action":"s3:PutReplicationConfiguration",` + ourBucket + `}`, nil, nil},
	{"a Deny of the replication for a guardian",
		`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::012345678901:role/deployer"},` +
			`"Action":"s3:PutReplicationConfiguration",` + ourBucket + `}`,
		func(b *settings.Bucket) { everyPart(b); sealedBucket(b) },
		[]string{"denies s3:PutReplicationConfiguration to the guardian arn:aws:iam::012345678901:role/deployer"}},
	{"a Deny of access logs", `{` + denyAll + `"Action":"s3:PutBucketLogging",` + ourBucket + `}`, everyPart,
		[]string{`denies s3:PutBucketLogging to everybody, so that "accessLogs" couldn't be applied`}},
	{"a Deny of the inventory", `{` + denyAll + `"Action":"s3:PutInventory*",` + ourBucket + `}`, everyPart,
		[]string{`denies s3:PutInventoryConfiguration to everybody, so that "inventory" couldn't be applied`}},
	{"a Deny of reading the inventory", `{` + denyAll + `"Action":"s3:GetInventory*",` + ourBucket + `}`, everyPart,
		[]string{`denies s3:GetInventoryConfiguration to everybody, so that every later plan would fail`}},
	{"a Deny of the notification", `{` + denyAll + `"Action":"s3:PutBucketNotification",` + ourBucket + `}`, everyPart,
		[]string{`denies s3:PutBucketNotification to everybody, so that the alarm for "replica" couldn't be applied`}},
	{"a Deny of reading the notification", `{` + denyAll + `"Action":"s3:GetBucketNotification",` + ourBucket + `}`,
		everyPart, []string{`denies s3:GetBucketNotification to everybody, so that every later plan would fail`}},
	{"a Deny of reading a notification that isn't declared",
		`{` + denyAll + `"Action":["s3:GetBucketNotification","s3:GetInventoryConfiguration"],` + ourBucket + `}`, nil, nil},
	{"a Deny of what replication reads, but for another role",
		`{` + denyAll + `"Action":"s3:GetObjectVersionForReplication",` + ourBucket +
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/admin-*"}}}`, everyPart,
		[]string{`denies s3:GetObjectVersionForReplication to the stack's role ` +
			`arn:aws:iam::012345678901:role/acme-data-replication, so that S3 couldn't copy to the replica`}},
	{"a Deny of what replication reads, but for its role",
		`{` + denyAll + `"Action":"s3:GetObjectVersionForReplication",` + ourBucket +
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/acme-data-rep*"}}}`, everyPart, nil},
	{
		"a Deny of renewals",
		`{` + denyAll + `"Action":"s3:PutObjectRetention",` + ourBucket + `}`,
		everyPart,
		[]string{
			`denies s3:PutObjectRetention to the stack's role arn:aws:iam::012345678901:role/acme-data-batch, so that no ` +
				`job of S3 Batch Operations could read or renew locks`,
		},
	},
	{"a Deny of COMPLIANCE in a GOVERNANCE bucket",
		`{` + denyAll + `"Action":["s3:PutObject","s3:PutObjectRetention"],"Resource":"arn:aws:s3:::acme-data/*",` +
			`"Condition":{"StringEquals":{"s3:object-lock-mode":"COMPLIANCE"}}}`,
		func(b *settings.Bucket) { everyPart(b); b.Retention.Mode = settings.Governance }, nil},
	{"a Deny of renewals, without jobs", `{` + denyAll + `"Action":"s3:PutObjectRetention",` + ourBucket + `}`, nil, nil},
	{
		"a Deny of the lifecycle at an endpoint",
		`{` + denyAll + `"Action":"s3:PutLifecycleConfiguration",` + ourBucket + `}`,
		func(b *settings.Bucket) { b.Endpoint = "https://127.0.0.1:9000" },
		[]string{`denies s3:PutLifecycleConfiguration to everybody, so that "lifecycle" couldn't be applied`},
	},
	{"a Deny of the lifecycle", `{` + denyAll + `"Action":"s3:PutLifecycleConfiguration",` + ourBucket + `}`, nil, nil},
	{
		"a Deny for another account",
		`{"Effect":"Deny","Principal":{"AWS":"999999999999"},"Action":"s3:*",` + ourBucket + `}`,
		nil,
		nil,
	},
	{
		"a Deny for everybody but a role",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket +
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/admin-*"}}}`,
		nil,
		nil,
	},
	{"a Deny for everybody but a role, which is no guardian",
		`{` + denyAll + `"Action":"s3:Put*",` + ourBucket +
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/d*"}}}`, sealedBucket,
		[]string{
			"denies s3:PutBucketPolicy to the guardian arn:aws:iam::012345678901:role/security/custodian, whom the guard's " +
				"statement exempts, {\"Sid\":\"SealConfiguration\"",
		}},
	{"a Deny for everybody but the guardians",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket + `,"Condition":{"StringNotEquals":{"aws:PrincipalArn":[
		"arn:aws:iam::012345678901:role/deployer","arn:aws:iam::012345678901:role/security/custodian"]}}}`, sealedBucket,
		nil},
	{
		"a Deny for a guardian",
		`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::012345678901:role/deployer"},"Action":"s3:PutBucketPolicy",` + ourBucket + `}`,
		sealedBucket,
		[]string{"denies s3:PutBucketPolicy to the guardian arn:aws:iam::012345678901:role/deployer"},
	},
	{
		"a Deny of uploads for a guardian",
		`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::012345678901:role/deployer"},"Action":"s3:PutObject",` +
			ourBucket + `}`,
		sealedBucket,
		nil,
	},
	{
		"a Deny from elsewhere",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket +
			`,"Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0123456789"}}}`,
		nil,
		nil,
	},
	{
		"a Deny without TLS",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket + `,"Condition":{"Bool":{"aws:SecureTransport":false}}}`,
		nil,
		nil,
	},
	{
		"a Deny with TLS",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket + `,"Condition":{"Bool":{"aws:SecureTransport":true}}}`,
		nil,
		[]string{"denies s3:PutBucketPolicy to everybody"},
	},
	{
		"a Deny that depends on a variable",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket +
			`,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}}`,
		nil,
		nil,
	},
	{
		"a Deny of other accounts",
		`{` + denyAll + `"Action":"s3:*",` + ourBucket +
			`,"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalAccount":"012345678901"}}}`,
		nil,
		nil,
	},
	{
		"a Deny of reading",
		`{` + denyAll + `"Action":"s3:GetObject",` + ourBucket + `}`,
		sealedBucket,
		[]string{"denies s3:GetObject to everybody, so that nobody could read the data"},
	},
	{
		"a Deny of reading below a prefix",
		`{` + denyAll + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/secret/*"}`,
		nil,
		nil,
	},
	{
		"a Deny of reading except below a prefix",
		`{` + denyAll + `"Action":"s3:GetObject","NotResource":"arn:aws:s3:::acme-data/open/*"}`,
		nil,
		nil,
	},
	{"another encryption", `{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
		`,"Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}`, nil,
		[]string{
			`denies all uploads with the bucket's encryption, and the guards deny the others, {"Sid":"DenyOtherEncryption"`,
		}},
	{"another encryption, in two statements",
		`{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
			`,"Condition":{"Null":{"s3:x-amz-server-side-encryption":"true"}}},
		{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
			`,"Condition":{"StringEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}`, nil,
		[]string{"policyStatements[0] = ", "policyStatements[1] = ", "denies all uploads with the bucket's encryption"}},
	{
		"the same encryption",
		`{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
			`,"Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}`,
		nil,
		nil,
	},
	{
		"any key",
		`{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
			`,"Condition":{"Null":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"true"}}}`,
		keyBucket,
		nil,
	},
	{"another key", `{` + denyAll + `"Action":"s3:PutObject",` + ourBucket + `,"Condition":{"StringNotEquals":{
		"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:012345678901:key/another"}}}`, keyBucket,
		[]string{"denies all uploads with the bucket's encryption"}},
	{
		"another key for other accounts, if the bucket's isn't known",
		`{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
			`,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"012345678901",
		"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:012345678901:key/another"}}}`,
		func(b *settings.Bucket) {
			keyBucket(b)
			b.Account = ""
		},
		nil,
	},
	{"another key for the bucket's account", `{` + denyAll + `"Action":"s3:PutObject",` + ourBucket +
		`,"Condition":{"StringEquals":{"aws:PrincipalAccount":"012345678901"},"StringNotEquals":{
		"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:012345678901:key/another"}}}`,
		keyBucket, []string{"denies all uploads with the bucket's encryption"}},
	{"no uploads at all", `{` + denyAll + `"Action":"s3:PutObject",` + ourBucket + `}`, nil, nil},
}

func TestContradictions(t *testing.T) {
	for _, c := range contradictingCases {
		t.Run(c.name, func(t *testing.T) {
			b := settings.DefaultBucket()
			b.Name, b.Region, b.Account = "acme-data", "us-east-1", "012345678901"
			if c.config != nil {
				c.config(&b)
			}
			if err := json.Unmarshal([]byte("["+c.statements+"]"), &b.PolicyStatements); err != nil {
				t.Fatal(err)
			}
			if err := b.Validate("b").Err(); err != nil {
				t.Fatal(err)
			}
			ms := contradictions("b", b)
			if len(c.want) == 0 && len(ms) > 0 {
				t.Errorf("got %v, want none", ms)
			}
			if len(c.want) > 0 {
				_, err := New(nil, "b", b)
				for _, part := range c.want {
					if err == nil || !strings.Contains(err.Error(), part) {
						t.Errorf("got %v, want %s", err, part)
					}
				}
			}
			if len(ms) > len(b.PolicyStatements) {
				t.Errorf("%d statements have %d contradictions: %v", len(b.PolicyStatements), len(ms), ms)
			}
		})
	}
}

// TestContradictionsNameTheCause: of two statements, only the one that
// contradicts the guards is named.
func TestContradictionsNameTheCause(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name, b.Region, b.Account = "acme-data", "us-east-1", "012345678901"
	keyBucket(&b)
	const harmless = `{"Sid":"NoTags",` + denyAll + `"Action":"s3:PutObjectTagging",` + ourBucket + `}`
	const cause = `{"Sid":"AnotherKey",` + denyAll + `"Action":"s3:PutObject",` + ourBucket + `,"Condition":{"StringNotEquals":{
		"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:012345678901:key/another"}}}`
	b.PolicyStatements = []json.RawMessage{json.RawMessage(harmless), json.RawMessage(cause)}
	ms := contradictions("b", b)
	if len(ms) != 1 || !strings.Contains(fmt.Sprint(ms[0]), "AnotherKey") {
		t.Errorf("got %v, want one about AnotherKey", ms)
	}
}

// TestOwnersSize: the owner's statements count as the guards' do, to the byte. If
// the guards alone are too long, the guardians are the cause.
func TestOwnersSize(t *testing.T) {
	sized := func(size, guardians int) settings.Bucket {
		b := settings.DefaultBucket()
		b.Name, b.Region = "acme-data", "us-east-1"
		for i := range guardians {
			b.Guardians = append(b.Guardians, fmt.Sprintf("arn:aws:iam::012345678901:role/guardian-%04d", i))
		}
		statement := func(length int) []json.RawMessage {
			return []json.RawMessage{json.RawMessage(fmt.Sprintf(`{"Sid":"S%s","Effect":"Allow",`+
				`"Principal":{"AWS":"arn:aws:iam::012345678901:role/r"},"Action":"s3:GetObject",`+
				`"Resource":"arn:aws:s3:::acme-data/*"}`, strings.Repeat("x", length)))}
		}
		b.PolicyStatements = statement(0)
		b.PolicyStatements = statement(max(0, size-len(policyOf(b, b.Name).String())))
		return b
	}
	if got := policyMistakes("b", sized(MaximumPolicySize, 0)); len(got) > 0 {
		t.Errorf("a policy of 20480 bytes: %v", got)
	}
	b := sized(MaximumPolicySize+1, 0)
	guards := len(policyOf(withoutOwners(b), b.Name).String())
	want := fmt.Sprintf("b.policyStatements: make the bucket policy 20481 bytes long, but AWS allows 20480, and the "+
		"guards take %d; shorten your statements, or combine some", guards)
	if got := policyMistakes("b", b).Error(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := policyMistakes("b", sized(0, 500)).Error(); !strings.HasPrefix(got, "b.guardians: ") {
		t.Errorf("with guards that are too long: %s", got)
	}
}

// TestOwnersStatements: they come last, in the order given, with what Terraform
// would take for an expression escaped, and in no other bucket of the topology.
func TestOwnersStatements(t *testing.T) {
	b := whole()
	b.Adopt = []string{}
	b.PolicyStatements = []json.RawMessage{
		json.RawMessage(
			`{"Sid":"Z","Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::acme-data/${aws:username}/%{x}"]}`,
		),
		json.RawMessage(
			`{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-data/x","Condition":{"Bool":{"aws:SecureTransport":false}}}`,
		),
	}
	text := (&member{config: b}).text(policyOf(b, b.Name))
	const want = `,{"Sid":"Z","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/$${aws:username}/%%{x}"},` +
		`{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-data/x","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	if !strings.HasSuffix(text, want) {
		t.Errorf("the policy is %s, want it to end with %s", text, want)
	}
	policies := bucketPolicies(b, b.Name)
	if len(policies) != 4 {
		t.Errorf("%d policies, want those of the bucket, its evidence, its replica and its trail", len(policies))
	}
	for i, d := range policies {
		owners := 0
		for _, s := range d.Statement {
			if slices.Contains([]string{"A", "Z"}, s.Sid) {
				owners++
			}
		}
		if wanted := map[bool]int{true: 2}[i == 0]; owners != wanted {
			t.Errorf("policy %d has %d of the owner's statements, want %d", i, owners, wanted)
		}
	}
	if replicaOf(b, b.Name).Adopted() {
		t.Error("the replica is adopted too")
	}
}
