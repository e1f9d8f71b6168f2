package check_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

const (
	theBucket   = `"Resource":"arn:aws:s3:::acme-training-data"`
	theObjects  = `"Resource":"arn:aws:s3:::acme-training-data/*"`
	everything  = `"Resource":["arn:aws:s3:::acme-training-data","arn:aws:s3:::acme-training-data/*"]`
	accountRoot = "arn:aws:iam::012345678901:root"
)

// deny is a statement about everybody, under a condition.
func deny(action, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":{` + condition + `}`
	}
	return `{"Sid":"No","Effect":"Deny","Principal":"*","Action":` + action + `,` + resource + condition + `}`
}

// unless is a condition that holds for everybody but those of some ARN.
func unless(operator string, arns ...string) string {
	return `"` + operator + `":{"aws:PrincipalArn":["` + strings.Join(arns, `","`) + `"]}`
}

// reading is what is found where nobody can read, but change the policy.
const reading = "locked-out: s3:GetObject until the policy is changed"

// sealed are findings where nobody can do anything.
var sealed = []string{"locked-out: s3:GetObject", "locked-out: s3:PutBucketPolicy"}

// bucketLockouts are bucket policies, and what the lockout rules must find.
var bucketLockouts = []struct {
	name, statements string
	found            []string
}{
	{"nothing is denied", deny(`"s3:*"`, everything, `"Bool":{"aws:SecureTransport":"false"}`), nil},
	{
		"all but the root, by NotPrincipal",
		strings.Replace(deny(`"s3:*"`, everything, ""), `"Principal":"*"`, `"NotPrincipal":{"AWS":"`+accountRoot+`"}`, 1),
		sealed,
	},
	{
		"all but a role, by NotPrincipal",
		strings.Replace(deny(`"s3:*"`, everything, ""), `"Principal":"*"`,
			`"NotPrincipal":{"AWS":["`+guardianARN+`","`+accountRoot+`"]}`, 1),
		nil,
	},
	{
		"all but roles by a pattern",
		deny(`"s3:*"`, everything, unless("ArnNotLike", "arn:aws:iam::012345678901:role/deploy*")),
		nil,
	},
	{"all but a pattern across colons", deny(`"s3:*"`, everything, unless("StringNotLike", "*:role/deployer")), nil},
	{
		"all but everybody in the account",
		deny(`"s3:*"`, everything, unless("ArnNotLike", "arn:aws:iam::012345678901:*")),
		nil,
	},
	{"all but any root", deny(`"s3:*"`, everything, unless("StringNotLike", "*:root")), sealed},
	{
		"all but a group, which is nobody",
		deny(`"s3:*"`, everything, unless("ArnNotEquals", "arn:aws:iam::012345678901:group/admins")),
		sealed,
	},
	{
		"all but a pattern that an operator takes literally",
		deny(`"s3:*"`, everything, unless("StringNotEquals", "arn:aws:iam::012345678901:role/*")),
		sealed,
	},
	{
		"all but a session, which no aws:PrincipalArn is",
		deny(`"s3:*"`, everything, unless("ArnNotLike", "arn:aws:sts::012345678901:assumed-role/deployer/*")),
		sealed,
	},
	{
		"all but a federated user",
		deny(`"s3:*"`, everything, unless("ArnNotLike", "arn:aws:sts::012345678901:federated-user/ana")),
		[]string{deployerDenied},
	},
	{
		"all roles, and users are free",
		deny(`"s3:*"`, everything, unless("ArnLike", "arn:aws:iam::*:role/*")),
		[]string{deployerDenied},
	},
	{
		"all but those through an endpoint",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`),
		nil,
	},
	{
		"all but a service's own requests",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}`),
		sealed,
	},
	{
		"all but requests for a source",
		deny(`"s3:*"`, everything, `"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:012345678901:*"}`),
		sealed,
	},
	{"all but an organization", deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`), nil},
	{"all but requests through a service", deny(`"s3:*"`, everything, `"Bool":{"aws:ViaAWSService":"false"}`), nil},
	{
		"all but those with a second factor",
		deny(`"s3:*"`, everything, `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`),
		nil,
	},
	{
		"all from a day on",
		deny(`"s3:*"`, everything, `"DateGreaterThan":{"aws:CurrentTime":"2028-01-01T00:00:00Z"}`),
		sealed,
	},
	{"all until a day", deny(`"s3:*"`, everything, `"DateLessThan":{"aws:CurrentTime":"2028-01-01T00:00:00Z"}`), nil},
	{"all but the account", deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalAccount":"012345678901"}`), nil},
	{"all of the account", deny(`"s3:*"`, everything, `"StringEquals":{"aws:PrincipalAccount":"012345678901"}`), sealed},
	{
		"all but a wrong account",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalAccount":"012345678910"}`),
		sealed,
	},
	{"all but another account that may do it",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalAccount":"012345678910"}`) +
			`,{"Effect":"Allow","Principal":{"AWS":"012345678910"},"Action":"s3:*",` + everything + `}`,
		[]string{deployerDenied}},
	{
		"all of another account",
		strings.Replace(deny(`"s3:*"`, everything, ""), `"Principal":"*"`, `"Principal":{"AWS":"210987654321"}`, 1),
		nil,
	},
	{
		"all but a role of another account",
		deny(`"s3:*"`, everything, unless("ArnNotEquals", "arn:aws:iam::210987654321:role/x")),
		sealed,
	},
	{"in another Region", deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:RequestedRegion":"us-west-2"}`), sealed},
	{
		"in any Region but the bucket's",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}`),
		nil,
	},
	{
		"a variable that is the principal's own",
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}`),
		nil,
	},
	{"reading alone", deny(`"s3:GetObject"`, theObjects, ""), []string{reading}},
	{"reading of one prefix", deny(`"s3:GetObject"`, `"Resource":"arn:aws:s3:::acme-training-data/raw/*"`, ""), nil},
	{
		"everything but listing",
		strings.Replace(deny(`["s3:ListBucket","s3:*Policy"]`, everything, ""), `"Action"`, `"NotAction"`, 1),
		[]string{"deployer-locked-out: s3:GetAccelerateConfiguration", reading},
	},
	{
		"changing the policy",
		deny(`["s3:PutBucketPolicy","s3:DeleteBucketPolicy"]`, theBucket, unless("ArnNotEquals", accountRoot)),
		sealed[1:],
	},
	{
		"putting a policy, but not deleting it",
		deny(`"s3:PutBucketPolicy"`, theBucket, unless("ArnNotEquals", accountRoot)),
		[]string{deployerDenied},
	},
	{"deleting the policy, but not putting another", deny(`"s3:DeleteBucketPolicy"`, theBucket, ""), nil},
	{
		"listing, without which Terraform finds no bucket",
		deny(`"s3:ListBucket"`, theBucket, ""),
		[]string{"deployer-locked-out: s3:ListBucket"},
	},
	{"no statements", "", []string{"locked-out: "}},
	{"a statement that can't be read", `{"Sid":"No"}`, []string{"locked-out: "}},
	{
		"a configuration that every plan reads",
		deny(`"s3:GetBucketVersioning"`, theBucket, ""),
		[]string{"deployer-locked-out: s3:GetBucketVersioning"},
	},
	{"a configuration that no plan reads", deny(`"s3:GetAnalyticsConfiguration"`, theBucket, ""), nil},
	{
		"versions by their ids",
		deny(`"s3:GetObjectVersion"`, theObjects, ""),
		[]string{"locked-out: s3:GetObjectVersion until the policy is changed"},
	},
	{
		"versions by their ids, but for a role",
		deny(`"s3:GetObjectVersion"`, theObjects, unless("ArnNotEquals", guardianARN)),
		nil,
	},
	{"from every address", deny(`"s3:*"`, everything, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`), sealed},
	{"from every address of the old kind", deny(`"s3:*"`, everything, `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`), nil},
	{
		"until the last day",
		deny(`"s3:*"`, everything, `"DateLessThan":{"aws:CurrentTime":"2099-12-31T23:59:59Z"}`),
		sealed,
	},
	{"with TLS of any version", deny(`"s3:*"`, everything, `"NumericLessThan":{"s3:TlsVersion":"13"}`), sealed},
	{"with TLS that is old", deny(`"s3:*"`, everything, `"NumericLessThan":{"s3:TlsVersion":"1.3"}`), nil},
	{"listing by all but the deployer", deny(`"s3:ListBucket"`, theBucket, unless("ArnNotEquals", guardianARN)), nil},
}

// keyLockouts are key policies, below Version, and what must be found.
var keyLockouts = []struct {
	name, statements string
	found            []string
}{
	{"the account through IAM", keyAllow, nil},
	{
		"nobody may use it",
		keyAllow + "," + keyDeny("kms:Decrypt", ""),
		[]string{"locked-out: kms:Decrypt until the policy is changed"},
	},
	{"nobody may change its policy", keyAllow + "," + keyDeny("kms:Put*", ""), []string{"locked-out: kms:PutKeyPolicy"}},
	{"one role may change its policy", keyAllow + "," + keyDeny("kms:Put*", unless("ArnNotEquals", guardianARN)), nil},
	{
		"nobody is allowed to change its policy",
		keyAllowing(guardianARN, "kms:Decrypt", "kms:GetKeyPolicy", "kms:DescribeKey"),
		[]string{"locked-out: kms:PutKeyPolicy"},
	},
	{
		"nobody is allowed to use it",
		keyAllowing(guardianARN, "kms:Put*", "kms:Get*", "kms:Describe*"),
		[]string{"locked-out: kms:Decrypt until the policy is changed"},
	},
	{"a role that is allowed everything", keyAllowing(guardianARN, "kms:*"), nil},
	{"a role that is allowed and denied everything",
		keyAllowing(guardianARN, "kms:*") + "," +
			strings.Replace(keyDeny("kms:*", ""), `"Principal":"*"`, `"Principal":{"AWS":"`+guardianARN+`"}`, 1),
		[]string{"locked-out: kms:Decrypt", "locked-out: kms:PutKeyPolicy"}},
	{
		"a service alone",
		strings.Replace(keyAllow, `{"AWS":"`+accountRoot+`"}`, `{"Service":"logs.us-east-1.amazonaws.com"}`, 1),
		[]string{"locked-out: kms:Decrypt", "locked-out: kms:PutKeyPolicy"},
	},
	{
		"an Allow that has ended",
		keyAllowIf(`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`),
		[]string{"locked-out: kms:Decrypt", "locked-out: kms:PutKeyPolicy"},
	},
	{
		"an Allow by plain HTTP, which KMS doesn't take",
		keyAllowIf(`"Bool":{"aws:SecureTransport":"false"}`),
		[]string{"locked-out: kms:Decrypt", "locked-out: kms:PutKeyPolicy"},
	},
	{"an Allow with TLS", keyAllowIf(`"Bool":{"aws:SecureTransport":"true"}`), nil},
	{"an Allow from a day on", keyAllowIf(`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`), nil},
	{"an Allow for an organization", keyAllowIf(`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), nil},
	{"an Allow through a service", keyAllowIf(`"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}`), nil},
	{"an Allow for the account", keyAllowIf(`"StringEquals":{"kms:CallerAccount":"012345678901"}`), nil},
	{
		"an Allow for another account",
		keyAllowIf(`"StringEquals":{"kms:CallerAccount":"210987654321"}`),
		[]string{"locked-out: kms:Decrypt", "locked-out: kms:PutKeyPolicy"},
	},
	{
		"an Allow for everybody of another account",
		keyAllowing(accountRoot, "kms:Put*", "kms:Get*", "kms:Describe*") + "," + forOthers,
		nil,
	},
	{
		"an Allow for everybody of another account, who are denied",
		keyAllowing(accountRoot, "kms:Put*", "kms:Get*", "kms:Describe*") + "," + forOthers + "," +
			keyDeny("kms:Decrypt", `"StringEquals":{"kms:CallerAccount":"210987654321"}`),
		[]string{"locked-out: kms:Decrypt until the policy is changed"},
	},
	{
		"an Allow for those that are denied",
		keyAllowIf(`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`) + "," +
			keyDeny("kms:Decrypt", `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`),
		[]string{"locked-out: kms:Decrypt until the policy is changed"},
	},
	{
		"an Allow for others than are denied",
		keyAllowIf(`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`) + "," +
			keyDeny("kms:Decrypt", `"StringEquals":{"aws:PrincipalOrgID":"o-2"}`),
		nil,
	},
	{
		"nobody may read its policy",
		keyAllow + "," + keyDeny("kms:GetKeyPolicy", ""),
		[]string{"deployer-locked-out: kms:GetKeyPolicy"},
	},
}

// forOthers allows everybody of another account to use a key.
const forOthers = `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*",` +
	`"Condition":{"StringEquals":{"kms:CallerAccount":"210987654321"}}}`

func keyDeny(action, condition string) string {
	return deny(`"`+action+`"`, `"Resource":"*"`, condition)
}

// keyAllowIf is keyAllow under a condition.
func keyAllowIf(condition string) string {
	return strings.TrimSuffix(keyAllow, "}") + `,"Condition":{` + condition + "}}"
}

func keyAllowing(role string, actions ...string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":["` + strings.Join(actions, `","`) +
		`"],"Resource":"*"}`
}

// lockouts returns what the lockout rules find in a plan whose policy is
// replaced, before and after.
func lockouts(t *testing.T, plan, address, statements string, more func(planJSON)) []string {
	t.Helper()
	text, err := os.ReadFile(planFile(plan))
	if err != nil {
		t.Fatal(err)
	}
	var p planJSON
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	policy := `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	both(address, "policy", policy, policy)(p)
	if more != nil {
		more(p)
	}
	if text, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	s, err := check.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, x := range s.Judge(check.Rules()) {
		if !strings.Contains(x.Rule, "locked-out") {
			continue
		}
		action := regexp.MustCompile(`(s3|kms):\w+`).FindString(x.Message)
		if strings.HasSuffix(x.Message, "until the policy is changed") {
			action += " until the policy is changed"
		}
		found = append(found, x.Rule+": "+action)
	}
	slices.Sort(found)
	return found
}

func TestBucketLockouts(t *testing.T) {
	deployer := roleFrom(constant(guardianARN), nil)
	for _, c := range bucketLockouts {
		t.Run(c.name, func(t *testing.T) {
			if got := lockouts(t, "no-change", "aws_s3_bucket_policy.policy", c.statements, deployer); !slices.Equal(got,
				c.found) {
				t.Errorf("found %q, want %q", got, c.found)
			}
		})
	}
}

func TestKeyLockouts(t *testing.T) {
	for _, c := range keyLockouts {
		t.Run(c.name, func(t *testing.T) {
			declared := func(p planJSON) { p.configured("aws_kms_key.key")["policy"] = map[string]any{} }
			if got := lockouts(t, "key-kept", "aws_kms_key.key", c.statements, declared); !slices.Equal(got, c.found) {
				t.Errorf("found %q, want %q", got, c.found)
			}
		})
	}
}

// TestUnknownDeployer holds what is told where nothing says who deploys, and in
// which account.
func TestUnknownDeployer(t *testing.T) {
	for statements, want := range map[string][]string{
		deny(`"s3:PutBucketPolicy"`, theBucket, ""):                                                         {deployerDenied},
		deny(`"s3:PutBucketPolicy"`, theBucket, unless("ArnNotEquals", accountRoot)):                        {deployerDenied},
		deny(`"s3:PutBucketPolicy"`, theBucket, unless("ArnNotEquals", guardianARN)):                        nil,
		deny(`"s3:*"`, everything, `"StringEquals":{"aws:PrincipalAccount":"012345678901"}`):                nil,
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalAccount":"012345678901"}`):             nil,
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:PrincipalType":"Account"}`):                     sealed,
		deny(`"s3:*"`, everything, unless("ArnNotEquals", "arn:aws:iam::210987654321:role/x")):              nil,
		deny(`"s3:*"`, everything, `"StringLike":{"aws:PrincipalAccount":"*"}`):                             sealed,
		deny(`"s3:*"`, everything, `"Null":{"aws:SourceArn":"true"}`):                                       sealed,
		deny(`"s3:*"`, everything, `"ForAnyValue:StringNotEquals":{"aws:PrincipalServiceNamesList":["x"]}`): nil,
		deny(`"s3:*"`, everything, `"ForAllValues:StringEquals":{"aws:PrincipalServiceNamesList":["x"]}`):   sealed,
		deny(`"s3:*"`, everything, `"StringEqualsIfExists":{"aws:SourceAccount":"012345678901"}`):           sealed,
		deny(`"s3:*"`, everything, `"StringEquals":{"aws:SourceAccount":"012345678901"}`):                   nil,
		deny(`"s3:*"`, everything, `"StringEquals":{"aws:PrincipalType":["AssumedRole","User"]}`):           sealed,
		deny(`"s3:*"`, everything, `"StringEquals":{"aws:PrincipalType":"User"}`):                           nil,
		deny(`"s3:*"`, everything, `"DateGreaterThan":{"aws:CurrentTime":"soon"}`):                          nil,
		strings.Replace(deny(`"s3:*"`, everything, ""), `"Principal":"*"`, `"NotPrincipal":{"AWS":"*"}`, 1): nil,
		deny(`"s3:*"`, everything, unless("ArnNotLike", "arn:aws-cn:iam::012345678901:role/*")):             nil,
		deny(`"s3:*"`, everything, unless("StringNotLike", "arn:aws:*")):                                    nil,
		deny(`"s3:*"`, everything, unless("StringNotLike", "arn:aws:iam::0*:role/Admin*")):                  nil,
	} {
		if got := lockouts(t, "no-change", "aws_s3_bucket_policy.policy", statements, nil); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", statements, got, want)
		}
	}
}

const deployerDenied = "deployer-locked-out: s3:PutBucketPolicy"

// TestLockoutMessages has what a reader sees, word by word.
func TestLockoutMessages(t *testing.T) {
	secure := strings.Replace(deny(`"s3:GetObject"`, theObjects, `"Bool":{"aws:SecureTransport":"true"}`), `"No"`,
		`"Secure"`, 1)
	insecure := deny(`"s3:GetObject"`, theObjects, `"Bool":{"aws:SecureTransport":"false"}`)
	for _, c := range []struct{ plan, address, statements, want string }{
		{"no-change", "aws_s3_bucket_policy.policy", secure,
			"nobody can read what it protects: s3:GetObject is denied to everybody who uses TLS by statement Secure, until " +
				"the policy is changed"},
		{"no-change", "aws_s3_bucket_policy.policy",
			deny(`"s3:GetObject"`, theObjects, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`),
			"nobody can read what it protects: s3:GetObject is denied to everybody who doesn't use a VPC endpoint by " +
				"statement No, until the policy is changed"},
		{"no-change", "aws_s3_bucket_policy.policy",
			deny(`"s3:GetObject"`, theObjects, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]},`+
				`"Bool":{"aws:SecureTransport":"true"}`),
			"nobody can read what it protects: s3:GetObject is denied to everybody who uses TLS and no VPC endpoint by " +
				"statement No, until the policy is changed"},
		{"no-change", "aws_s3_bucket_policy.policy", secure + "," + insecure,
			"nobody can read what it protects: s3:GetObject is denied to everybody by statements No, Secure, until the " +
				"policy is changed"},
		{"no-change", "aws_s3_bucket_policy.policy", deny(`"s3:*Policy"`, theBucket, ""),
			"nobody can change this policy again: s3:PutBucketPolicy is denied to everybody by statement No; only the root " +
				"user of the account can put another policy in its place"},
		{"key-kept", "aws_kms_key.key", keyAllow + "," + keyDeny("kms:PutKeyPolicy", ""),
			"nobody can change this policy again: kms:PutKeyPolicy is denied to everybody by statement No; not even the root " +
				"user of the account can put another policy in its place"},
	} {
		var p planJSON
		text, err := os.ReadFile(planFile(c.plan))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		policy := `{"Version":"2012-10-17","Statement":[` + c.statements + `]}`
		both(c.address, "policy", policy, policy)(p)
		p.configured(c.address)["policy"] = map[string]any{}
		if text, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		s, err := check.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if found := s.Judge(check.Rules()); len(found) != 1 || found[0].Message != c.want {
			t.Errorf("found %+v, want %q", found, c.want)
		}
	}
}

// TestSigningKey holds that a key which encrypts nothing needs no Decrypt.
func TestSigningKey(t *testing.T) {
	signs := func(p planJSON) {
		p.configured("aws_kms_key.key")["policy"] = map[string]any{}
		both("aws_kms_key.key", "key_usage", "SIGN_VERIFY", "SIGN_VERIFY")(p)
	}
	if got := lockouts(t, "key-kept", "aws_kms_key.key", keyAllow+","+keyDeny("kms:Decrypt", ""), signs); got != nil {
		t.Errorf("found %q", got)
	}
}
