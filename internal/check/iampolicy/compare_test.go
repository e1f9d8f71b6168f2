package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"datalock/internal/check/iampolicy"
)

// policy wraps statements, which are written without quotes around names.
func policy(t *testing.T, statements string) iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return d
}

func deny(sid, action, resource, rest string) string {
	return fmt.Sprintf(`{"Sid":%q,"Effect":"Deny","Principal":"*","Action":%s,"Resource":%s%s}`, sid, action, resource,
		rest)
}

func when(condition string) string { return `,"Condition":{` + condition + `}` }

const objects = `"arn:aws:s3:::b/*"`

// plain is the statement that most cases change.
var plain = deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, "")

func conditional(condition string) string {
	return deny("A", `"s3:PutObject"`, objects, when(condition))
}

const (
	roleA = "arn:aws:iam::012345678901:role/a"
	roleB = "arn:aws:iam::012345678901:role/b"
)

// except is plain for everybody but some roles, only for some roles alone.
func except(roles ...string) string {
	return strings.Replace(plain, `"Principal":"*"`, `"NotPrincipal":{"AWS":["`+strings.Join(roles, `","`)+`"]}`, 1)
}

func only(roles ...string) string {
	return strings.Replace(plain, `"Principal":"*"`, `"Principal":{"AWS":["`+strings.Join(roles, `","`)+`"]}`, 1)
}

// comparisons have a policy before and after, and whether something is lost:
// "" for nothing, and otherwise a part of the message. What is lost one way is
// no loss the other way round, save where back says otherwise.
var comparisons = []struct{ name, before, after, lost, back string }{
	{"the same", plain, plain, "", ""},
	{"gone", plain, deny("B", `"s3:PutObject"`, objects, ""), "A is gone", "B is gone"},
	{"renamed", plain, strings.Replace(plain, `"A"`, `"B"`, 1), "", ""},
	{
		"without a Sid",
		strings.Replace(plain, `"Sid":"A",`, "", 1),
		deny("B", `"s3:PutObject"`, objects, ""),
		"number 1 is gone",
		"B is gone",
	},
	{"order", plain, deny("A", `["s3:PutObjectAcl","s3:DeleteObject"]`, objects, ""), "", ""},
	{
		"one as a list",
		deny("A", `"s3:PutObject"`, objects, ""),
		deny("A", `["s3:PutObject"]`, `[`+objects+`]`, ""),
		"",
		"",
	},
	{"action removed", plain, deny("A", `"s3:DeleteObject"`, objects, ""), "A no longer denies s3:putobjectacl", ""},
	{"action in other case", plain, deny("A", `["S3:deleteobject","s3:PutObjectACL"]`, objects, ""), "", ""},
	{
		"action by a pattern",
		plain,
		deny("A", `["s3:Delete*","s3:Put?bjectAcl"]`, objects, ""),
		"",
		"A no longer denies s3:delete*",
	},
	{
		"pattern narrowed",
		deny("A", `"s3:*"`, objects, ""),
		deny("A", `"s3:Put*"`, objects, ""),
		"no longer denies s3:*",
		"",
	},
	{
		"split in two",
		plain,
		deny("A", `"s3:DeleteObject"`, objects, "") + "," + deny("B", `"s3:PutObjectAcl"`, objects, ""),
		"",
		"",
	},
	{
		"resource narrowed",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, `"arn:aws:s3:::b/raw/*"`, ""),
		"on arn:aws:s3:::b/*",
		"",
	},
	{
		"a star does not reach across colons",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, `["arn:*/*","*/*","arn:aws*b/*"]`, ""),
		"no longer denies",
		"no longer denies",
	},
	{
		"a star in each segment",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, `"arn:*:s3:*:*:b/*"`, ""),
		"",
		"no longer denies",
	},
	{"a star alone", plain, deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, `"*"`, ""), "", "no longer denies"},
	{
		"resource added",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, `["arn:aws:s3:::b",`+objects+`]`, ""),
		"",
		"on arn:aws:s3:::b",
	},
	{
		"all actions but",
		strings.Replace(plain, "Action", "NotAction", 1),
		strings.Replace(plain, "Action", "NotAction", 1),
		"",
		"",
	},
	{"one exception more", deny("A", "", objects, "")[:0] +
		`{"Sid":"A","Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":` + objects + `}`,
		`{"Sid":"A","Effect":"Deny","Principal":"*","NotAction":["s3:GetObject","s3:PutObject"],"Resource":` + objects + `}`,
		"all but s3:getobject", ""},
	{
		"from actions to all but",
		deny("A", `"s3:PutObject"`, objects, ""),
		`{"Sid":"A","Effect":"Deny","Principal":"*","NotAction":"s3:Get*","Resource":` + objects + `}`,
		"",
		"all but s3:get*",
	},
	{
		"all but, that excepts it",
		deny("A", `"s3:PutObject"`, objects, ""),
		`{"Sid":"A","Effect":"Deny","Principal":"*","NotAction":"s3:Put*","Resource":` + objects + `}`,
		"no longer denies s3:putobject",
		"all but s3:put*",
	},
	{
		"resource to all but",
		plain,
		strings.Replace(plain, `"Resource":`+objects, `"NotResource":"arn:aws:s3:::b/tmp/*"`, 1),
		"on arn:aws:s3:::b/*",
		"on all but",
	},
	{
		"principal narrowed",
		plain,
		strings.Replace(plain, `"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::012345678901:role/a"}`, 1),
		"no longer denies",
		"",
	},
	{"everybody in two ways", plain, strings.Replace(plain, `"Principal":"*"`, `"Principal":{"AWS":["*"]}`, 1), "", ""},
	{
		"everybody but",
		plain,
		strings.Replace(plain, `"Principal":"*"`, `"NotPrincipal":{"AWS":"arn:aws:iam::012345678901:role/a"}`, 1),
		"no longer denies",
		"",
	},
	{
		"a service is no pattern",
		plain,
		strings.Replace(plain, `"Principal":"*"`, `"Principal":{"Service":"*"}`, 1),
		"no longer denies",
		"",
	},
	{"everybody but more", except(roleA), except(roleA, roleB), "no longer denies", ""},
	{"everybody but others", except(roleA), except(roleB), "no longer denies", "no longer denies"},
	{"to one of two roles", only(roleA, roleB), only(roleA), "to AWS:" + roleB, ""},
	{"from everybody but one to everybody but that one", except(roleA), except(roleA), "", ""},
	{"from one to everybody but another", only(roleA), except(roleB), "no longer denies", "no longer denies"},
	{"an action with a Z", deny("A", `"s3:GetZone"`, objects, ""), deny("A", `"s3:getzone"`, objects, ""), "", ""},
	{
		"gone, and another denies it in some cases",
		plain,
		deny("B", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, when(`"Bool":{"k":"true"}`)),
		"A is gone, and nothing else surely denies",
		"",
	},
	{
		"gone without a Sid, and another denies it in some cases",
		strings.Replace(plain, `"Sid":"A",`, "", 1),
		strings.Replace(deny("B", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, when(`"Bool":{"k":"true"}`)),
			`"Sid":"B",`, "", 1),
		"number 1 is gone, and nothing else surely denies",
		"",
	},
	{
		"two conditions added",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, when(`"Bool":{"k":"true"},"Null":{"m":"true"}`)),
		"by its condition Bool k",
		"",
	},
	{
		"one condition kept, one added",
		conditional(`"Bool":{"k":"true"}`),
		conditional(`"Bool":{"k":"true"},"Null":{"m":"true"}`),
		"by its condition Null m",
		"",
	},
	{
		"one condition unknown, one added",
		conditional(`"DateLessThan":{"a":"2027-01-01"}`),
		conditional(`"DateLessThan":{"a":"2028-01-01"},"Null":{"m":"true"}`),
		"in fewer cases, by its condition Null m",
		"can't be shown",
	},
	{
		"an action lost, an other in doubt",
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, when(`"DateLessThan":{"a":"2027-01-01"}`)),
		deny("A", `"s3:DeleteObject"`, objects, when(`"DateLessThan":{"a":"2028-01-01"}`)),
		"no longer denies s3:putobjectacl",
		"can't be shown",
	},
	{"turned into an Allow", plain, strings.Replace(plain, "Deny", "Allow", 1), "A is gone", ""},

	{
		"condition added",
		plain,
		deny("A", `["s3:DeleteObject","s3:PutObjectAcl"]`, objects, when(`"Bool":{"aws:MultiFactorAuthPresent":"false"}`)),
		"in fewer cases, by its condition Bool",
		"",
	},
	{
		"condition's key in other case",
		conditional(`"Bool":{"aws:SecureTransport":"false"}`),
		conditional(`"Bool":{"AWS:securetransport":"false"}`),
		"",
		"",
	},
	{
		"condition's key with a Kelvin sign",
		conditional(`"Bool":{"s3:lock":"false"}`),
		conditional("\"Bool\":{\"s3:loc\u212a\":\"false\"}"),
		"in fewer cases",
		"in fewer cases",
	},
	{
		"condition's key with a long s",
		conditional(`"Bool":{"aws:SecureTransport":"false"}`),
		conditional("\"Bool\":{\"aws:\u017fecureTransport\":\"false\"}"),
		"in fewer cases",
		"in fewer cases",
	},
	{
		"action with a Kelvin sign",
		deny("A", `"s3:PutBucketPolicy"`, objects, ""),
		deny("A", "\"s3:PutBuc\u212aetPolicy\"", objects, ""),
		"no longer denies s3:putbucketpolicy",
		"no longer denies",
	},
	{
		"value with a Kelvin sign",
		conditional(`"StringEqualsIgnoreCase":{"k":"k"}`),
		conditional("\"StringEqualsIgnoreCase\":{\"k\":\"\u212a\"}"),
		"in fewer cases",
		"in fewer cases",
	},
	{
		"a boolean without quotes",
		conditional(`"Bool":{"aws:SecureTransport":"false"}`),
		conditional(`"Bool":{"aws:SecureTransport":false}`),
		"",
		"",
	},
	{
		"condition turned",
		conditional(`"Bool":{"aws:SecureTransport":"false"}`),
		conditional(`"Bool":{"aws:SecureTransport":"true"}`),
		"in fewer cases",
		"in fewer cases",
	},
	{
		"also where absent",
		conditional(`"Bool":{"k":"false"}`),
		conditional(`"BoolIfExists":{"k":"false"}`),
		"",
		"can't be shown",
	},
	{
		"bound raised",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"119"}`),
		"",
		"in fewer cases, by its condition NumericLessThan k",
	},
	{
		"bound as a number",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":89.0}`),
		"",
		"",
	},
	{
		"upper bound raised",
		conditional(`"NumericGreaterThan":{"k":"3650"}`),
		conditional(`"NumericGreaterThan":{"k":"36500"}`),
		"in fewer cases",
		"",
	},
	{
		"bound no number",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"${aws:x}"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound without end",
		conditional(`"NumericGreaterThan":{"k":"3650"}`),
		conditional(`"NumericGreaterThan":{"k":"-Inf"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound with an exponent",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"1e300"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound as Go writes it",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"0x1_00"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound with a sign",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"+90"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound with too many digits",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"88.99999999999999999"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"bound not a number",
		conditional(`"NumericLessThan":{"k":"89"}`),
		conditional(`"NumericLessThan":{"k":"NaN"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"upper bound as a number",
		conditional(`"NumericGreaterThan":{"k":"3650"}`),
		conditional(`"NumericGreaterThan":{"k":3650.0}`),
		"",
		"",
	},
	{
		"the larger of two lower bounds",
		conditional(`"NumericLessThan":{"k":["10","89"]}`),
		conditional(`"NumericLessThan":{"k":["5","90"]}`),
		"",
		"in fewer cases",
	},
	{
		"the smaller of two upper bounds",
		conditional(`"NumericGreaterThan":{"k":["3650","5000"]}`),
		conditional(`"NumericGreaterThan":{"k":["3649","6000"]}`),
		"",
		"in fewer cases",
	},
	{
		"the same larger lower bound",
		conditional(`"NumericLessThan":{"k":["10","89"]}`),
		conditional(`"NumericLessThan":{"k":["5","89.0"]}`),
		"",
		"",
	},
	{
		"the same smaller upper bound",
		conditional(`"NumericGreaterThan":{"k":["10","89"]}`),
		conditional(`"NumericGreaterThan":{"k":["10.0","90"]}`),
		"",
		"",
	},
	{
		"exception in any case added",
		conditional(`"StringNotEqualsIgnoreCase":{"k":"on"}`),
		conditional(`"StringNotEqualsIgnoreCase":{"k":["ON","off"]}`),
		"in fewer cases",
		"",
	},
	{
		"value added",
		conditional(`"StringEquals":{"k":"GOVERNANCE"}`),
		conditional(`"StringEquals":{"k":["GOVERNANCE","X"]}`),
		"",
		"in fewer cases",
	},
	{
		"exception added",
		conditional(`"ArnNotEquals":{"k":"arn:aws:iam::012345678901:role/a"}`),
		conditional(`"ArnNotEquals":{"k":["arn:aws:iam::012345678901:role/a","arn:aws:iam::012345678901:role/b"]}`),
		"in fewer cases",
		"",
	},
	{
		"exception by a pattern",
		conditional(`"StringNotLike":{"k":"a"}`),
		conditional(`"StringNotLike":{"k":"a*"}`),
		"in fewer cases",
		"",
	},
	{
		"pattern of values",
		conditional(`"StringLike":{"k":"a"}`),
		conditional(`"StringLike":{"k":"a*"}`),
		"",
		"in fewer cases",
	},
	{
		"a star in an ARN ends at a colon",
		conditional(`"ArnLike":{"k":"arn:aws:iam::012345678901:role/a"}`),
		conditional(`"ArnLike":{"k":"arn:*"}`),
		"in fewer cases",
		"in fewer cases",
	},
	{
		"case of values",
		conditional(`"StringEqualsIgnoreCase":{"k":"on"}`),
		conditional(`"StringEqualsIgnoreCase":{"k":"ON"}`),
		"",
		"",
	},
	{
		"any value but",
		conditional(`"ForAnyValue:StringNotEquals":{"k":"a"}`),
		conditional(`"ForAnyValue:StringNotEquals":{"k":["a","b"]}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"another operator",
		conditional(`"StringEquals":{"k":"a"}`),
		conditional(`"StringLike":{"k":"a"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"unknown operator",
		conditional(`"DateLessThan":{"k":"2027-01-01"}`),
		conditional(`"DateLessThan":{"k":"2028-01-01"}`),
		"can't be shown",
		"can't be shown",
	},
	{
		"condition dropped",
		conditional(`"StringEquals":{"k":"a"},"Bool":{"m":"true"}`),
		conditional(`"StringEquals":{"k":"a"}`),
		"",
		"in fewer cases",
	},
}

func TestCompare(t *testing.T) {
	for _, c := range comparisons {
		t.Run(c.name, func(t *testing.T) {
			before, after := policy(t, c.before), policy(t, c.after)
			for range 8 { // the order of conditions must not count
				expect(t, "after the change", iampolicy.Compare(before, after), c.lost)
				expect(t, "the other way round", iampolicy.Compare(after, before), c.back)
			}
		})
	}
}

func expect(t *testing.T, which string, losses []iampolicy.Loss, want string) {
	t.Helper()
	var got []string
	for _, l := range losses {
		got = append(got, l.Statement+" "+l.What)
		if sure := !strings.Contains(l.What, "can't be shown"); sure != l.Proven {
			t.Errorf("%s: proven is %v, of %q", which, l.Proven, l.What)
		}
	}
	text := strings.Join(got, "\n")
	if want == "" && text != "" || !strings.Contains(text, want) {
		t.Errorf("%s: got %q, want %q", which, text, want)
	}
}

func TestAllow(t *testing.T) {
	allow := func(sid, action, rest string) string {
		return strings.Replace(deny(sid, action, objects, rest), "Deny", "Allow", 1)
	}
	read, write := allow("Read", `"s3:GetObject"`, ""), allow("Write", `"s3:PutObject"`, "")
	for _, c := range []struct{ name, before, after, gained string }{
		{"new", read, read + "," + write, "Write is new, and allows s3:putobject"},
		{"gone", read + "," + write, read, ""},
		{"wider", read, allow("Read", `["s3:GetObject","s3:PutObject"]`, ""), "Read now allows s3:putobject"},
		{"narrower", read, allow("Read", `"s3:GetObject"`, when(`"Bool":{"aws:SecureTransport":"true"}`)), ""},
		{
			"condition dropped",
			allow("Read", `"s3:GetObject"`, when(`"Bool":{"aws:SecureTransport":"true"}`)),
			read,
			"allow s3:getobject on arn:aws:s3:::b/* no more often",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			losses := iampolicy.Compare(policy(t, c.before), policy(t, c.after))
			text := fmt.Sprint(losses)
			if len(losses) > 0 != (c.gained != "") || !strings.Contains(text, c.gained) {
				t.Errorf("got %s, want %q", text, c.gained)
			}
		})
	}
}
