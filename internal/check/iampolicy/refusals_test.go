package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"datalock/internal/check/iampolicy"
)

// twin is a second denial like one of [to], under another condition.
func twin(condition string) string { return "," + strings.Replace(to(all, condition), `"R"`, `"S"`, 1) }

// TestRefuses has pairs of denials of reading: one that leaves nobody a way to
// read, and one near it that does. except is what the first leaves possible.
func TestRefuses(t *testing.T) {
	const http, endpoint = "plain HTTP", "endpoints"
	for _, c := range []struct{ name, refuses, leaves, except string }{
		{"every address", to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`),
			to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0"]}`), endpoint},
		{"every address in parts", to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1","::/0"]}`),
			to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/2","::/0"]}`), endpoint},
		{"every address in two statements",
			to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0"]}`) + twin(`"IpAddress":{"aws:SourceIp":"::/0"}`),
			to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0"]}`) + twin(`"IpAddress":{"aws:SourceIp":"2001::/16"}`), endpoint},
		{"every address, and each endpoint",
			to(all, `"IpAddressIfExists":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`),
			to(all, `"IpAddressIfExists":{"aws:SourceIp":["0.0.0.0/0","2000::/4"]}`), ""},
		{"all but an address that nobody has", to(all, `"NotIpAddress":{"aws:SourceIp":"0.0.0.0/32"}`),
			to(all, `"NotIpAddress":{"aws:SourceIp":"198.18.0.1"}`), ""},
		{"all but this machine", to(all, `"NotIpAddress":{"aws:SourceIp":["127.0.0.0/8","::1"]}`),
			to(all, `"NotIpAddress":{"aws:SourceIp":["127.0.0.0/7","::1"]}`), ""},
		{"all but no address",
			to(all, `"NotIpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`) + twin(`"Null":{"aws:SourceIp":"false"}`),
			to(all, `"NotIpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`), ""},
		{"every address outside, and an endpoint",
			to(all, `"Null":{"aws:SourceVpce":"true"}`) + twin(`"Null":{"aws:SourceVpce":"false"}`),
			to(all, `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`) + twin(`"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`),
			""},
		{"all but an endpoint that has every address", to(all, `"StringNotLike":{"aws:SourceVpce":"*"}`) +
			twin(`"IpAddress":{"aws:VpcSourceIp":["0.0.0.0/0","::/0"]}`), to(all, `"StringNotLike":{"aws:SourceVpce":"*"}`) +
			twin(`"IpAddress":{"aws:VpcSourceIp":["10.0.0.0/8"]}`), ""},
		{"an address that isn't one", to(all, `"NotIpAddress":{"aws:SourceIp":"0.0.0.0"}`),
			to(all, `"NotIpAddress":{"aws:SourceIp":"0.0.0.0/33"}`), ""},

		{"before the year 9999", to(all, `"DateLessThan":{"aws:CurrentTime":"9999-12-31T23:59:59Z"}`),
			to(all, `"DateLessThan":{"aws:CurrentTime":"2035-12-28T00:00:00Z"}`), ""},
		{"for ten years", to(all, `"DateLessThanEquals":{"aws:CurrentTime":"2036-01-01"}`),
			to(all, `"DateLessThanEquals":{"aws:CurrentTime":"2027-01-01T00:00Z"}`), ""},
		{"for ten years to the second", to(all, `"DateLessThan":{"aws:CurrentTime":"2035-12-30T00:00:00Z"}`),
			to(all, `"DateLessThan":{"aws:CurrentTime":"2035-12-29T23:59:59Z"}`), ""},
		{"for ten years, beside a day in it", to(all, `"DateLessThan":{"aws:CurrentTime":"2037-01-01"}`),
			to(all, `"DateLessThan":{"aws:CurrentTime":"2035-01-01"}`) +
				twin(`"DateEquals":{"aws:CurrentTime":["2034-01-01","2030-01-01"]}`), ""},
		{"for ten years that aren't past", to(all,
			`"DateGreaterThan":{"aws:CurrentTime":"2030-01-01"},"DateLessThan":{"aws:CurrentTime":"2041-01-01"}`), to(all,
			`"DateGreaterThan":{"aws:CurrentTime":"2000-01-01"},"DateLessThan":{"aws:CurrentTime":"2024-01-01"}`), ""},
		{"for ten years, in two parts",
			to(all, `"DateLessThan":{"aws:CurrentTime":"2030-01-01"}`) +
				twin(`"DateGreaterThan":{"aws:CurrentTime":"2029-12-31"},"DateLessThan":{"aws:CurrentTime":"2037-01-01"}`),
			to(all, `"DateLessThan":{"aws:CurrentTime":"2030-01-01"}`) +
				twin(`"DateGreaterThan":{"aws:CurrentTime":"2030-01-02"},"DateLessThan":{"aws:CurrentTime":"2039-12-01"}`), ""},
		{"since 1970, in seconds", to(all, `"NumericGreaterThan":{"aws:EpochTime":"0"}`),
			to(all, `"NumericGreaterThan":{"aws:CurrentTime":"0"}`), ""},
		{"since 2020, in seconds", to(all, `"DateGreaterThan":{"aws:EpochTime":"1577836800"}`),
			to(all, `"DateLessThan":{"aws:EpochTime":"1577836800"}`), ""},
		{"from a day on, or before it", to(all, `"DateNotEquals":{"aws:CurrentTime":"2030-01-01"}`),
			to(all, `"DateEquals":{"aws:CurrentTime":"2030-01-01"}`), ""},
		{"between two days that never come", to(all,
			`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01"},"DateLessThan":{"aws:CurrentTime":"2099-01-01"}`), to(all,
			`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01"},"DateLessThan":{"aws:CurrentTime":"2028-01-01"}`), ""},
		{"credentials of every age", to(all, `"DateLessThanIfExists":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}`),
			to(all, `"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}`), ""},
		{"every time", to(all, `"StringLike":{"aws:CurrentTime":"*"}`), to(all, `"StringLike":{"aws:CurrentTime":"2*"}`), ""},

		{"every version of TLS", to(all, `"NumericLessThan":{"s3:TlsVersion":"1.4"}`),
			to(all, `"NumericLessThan":{"s3:TlsVersion":"1.3"}`), http},
		{"every version of TLS, and none",
			to(all, `"NumericLessThanIfExists":{"s3:TlsVersion":"13"}`),
			to(all, `"NumericLessThanIfExists":{"s3:TlsVersion":"1.3"}`), ""},
		{"every version of TLS, and plain HTTP", to(all, `"NumericGreaterThan":{"s3:TlsVersion":"1.1"}`) + twin(insecure),
			to(all, `"NumericGreaterThan":{"s3:TlsVersion":"1.2"}`) + twin(insecure), ""},
		{"TLS and plain HTTP", to(all, `"Bool":{"aws:SecureTransport":["true","false"]}`), to(all, insecure), ""},
		{"TLS from every address",
			to(all, `"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`),
			to(all, `"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/1"]}`) +
				twin(`"StringLike":{"aws:SourceVpce":"vpce-1"}`), http + endpoint},

		{"who has a user agent", to(all, `"Null":{"aws:UserAgent":"false"}`), to(all, `"Null":{"aws:UserAgent":"true"}`), ""},
		{"who has a date", to(all, `"Null":{"aws:CurrentTime":"false"}`), to(all, `"Null":{"aws:Referer":"false"}`), ""},
		{"who has a referrer, or none", to(all, `"Null":{"aws:Referer":["true","false"]}`),
			to(all, `"Null":{"aws:Referer":"true"}`), ""},
		{"any user agent", to(all, `"StringLike":{"aws:UserAgent":["x","*"]}`), to(all, `"StringLike":{"aws:UserAgent":"?*"}`), ""},
		{"any referrer, or none", to(all, `"StringLikeIfExists":{"aws:Referer":"*"}`),
			to(all, `"StringLike":{"aws:Referer":"*"}`), ""},
		{"one referrer, and all others",
			to(all, `"StringEquals":{"aws:Referer":"x"}`) + twin(`"StringNotEquals":{"aws:Referer":"x"}`),
			to(all, `"StringEquals":{"aws:Referer":"x"}`) + twin(`"StringNotEquals":{"aws:Referer":["x","y"]}`), ""},
		{"referrers by patterns", to(all, `"StringNotLike":{"aws:Referer":"x"}`) + twin(`"StringLike":{"aws:Referer":"x"}`),
			to(all, `"StringNotLike":{"aws:Referer":"x*"}`) + twin(`"StringNotLike":{"aws:Referer":"*y"}`), ""},
		{"referrers in any case", to(all, `"StringEquals":{"aws:Referer":"x"}`) + twin(`"StringNotEquals":{"aws:Referer":"x"}`),
			to(all, `"StringEquals":{"aws:Referer":"x"}`) + twin(`"StringNotEqualsIgnoreCase":{"aws:Referer":"x"}`), ""},
		{"with a second factor, and without", to(all, `"BoolIfExists":{"aws:MultiFactorAuthPresent":["true","false"]}`),
			to(all, `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`), ""},
		{"a second factor of any age", to(all, `"NumericGreaterThanEqualsIfExists":{"aws:MultiFactorAuthAge":"0"}`),
			to(all, `"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"0"}`), ""},
		{"a second factor of any age, in two parts",
			to(all, `"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}`) +
				twin(`"NumericGreaterThanEqualsIfExists":{"aws:MultiFactorAuthAge":"60"}`),
			to(all, `"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}`) +
				twin(`"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"60"}`), ""},
		{"a second factor of any age, to the second",
			to(all, `"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"60"}`) +
				twin(`"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"60"}`),
			to(all, `"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}`) +
				twin(`"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"60"}`), ""},
		{"through a service, and not", to(all, `"Bool":{"aws:ViaAWSService":["true","false"]}`),
			to(all, `"Bool":{"aws:ViaAWSService":"true"}`), ""},
		{"all but writers with a key", to(all, `"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`),
			to(all, `"StringEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`), ""},
		{"those without a version", to(all, `"Null":{"s3:VersionId":"true"}`), to(all, `"Null":{"s3:VersionId":"false"}`), ""},
		{"every set of tags", to(all, `"ForAllValues:StringLike":{"aws:TagKeys":"*"}`),
			to(all, `"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}`), ""},
		{"some tag, or none", to(all, `"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"*"}`),
			to(all, `"ForAnyValue:StringLike":{"aws:TagKeys":"*"}`), ""},
		{"numbers beyond all counting", to(all, `"NumericLessThanIfExists":{"s3:signatureAge":"1"}`) +
			twin(`"NumericGreaterThanEquals":{"s3:signatureAge":"1"}`),
			to(all, `"NumericLessThanEqualsIfExists":{"s3:signatureAge":"1e99"}`), ""},
		{"every set of tags, by two conditions",
			to(all, `"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}`) +
				twin(`"ForAnyValue:StringLike":{"aws:TagKeys":["*"]}`),
			to(all, `"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}`) +
				twin(`"ForAllValues:StringNotEquals":{"aws:TagKeys":["x"]}`), ""},
		{"two keys together",
			to(all, `"StringEquals":{"aws:Referer":"x"}`) +
				twin(`"StringNotEquals":{"aws:Referer":"x"}`),
			to(all, `"StringEquals":{"aws:Referer":"x","aws:SourceIdentity":"y"}`) +
				twin(`"StringNotEquals":{"aws:Referer":"x","aws:SourceIdentity":"y"}`), ""},
		{"through every endpoint, and outside", to(all, `"Null":{"aws:SourceIp":"false"}`) +
			twin(`"Null":{"aws:SourceVpce":"false"}`), to(all, `"Null":{"aws:SourceIp":"false"}`) +
			twin(`"Null":{"aws:SourceVpcArn":"false"}`), ""},
		{"too many combinations to try", to(all, `"StringEquals":{"aws:Referer":"x"}`) +
			twin(`"StringNotEquals":{"aws:Referer":"x"}`), to(all, `"StringEquals":{"aws:Referer":"x"}`) +
			twin(`"StringNotEquals":{"aws:Referer":"x"}`) + manyKeys(), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			refusal, refused := refuses(t, c.refuses)
			except := ""
			if refusal.Except.PlainHTTP {
				except = http
			}
			if refusal.Except.Endpoints {
				except += endpoint
			}
			if !refused || except != c.except || len(refusal.By) == 0 {
				t.Errorf("refused: %v by %v except %q, want except %q", refused, refusal.By, except, c.except)
			}
			if refusal, refused := refuses(t, c.leaves); refused {
				t.Errorf("the neighbour leaves a way, but is refused by %v", refusal.By)
			}
		})
	}
}

// refuses returns how a policy refuses everybody reading, if it does.
func refuses(t *testing.T, statements string) (iampolicy.Refusal, bool) {
	t.Helper()
	d := policy(t, statements)
	var last iampolicy.Refusal
	for _, principal := range d.Principals(account) {
		refusal, refused := d.Refuses(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*",
			Principal: principal, Account: account, Region: "us-east-1"})
		if !refused {
			return iampolicy.Refusal{}, false
		}
		last = refusal
	}
	return last, true
}

// manyKeys are denials under conditions on ten keys.
func manyKeys() string {
	all := ""
	for i := range 10 {
		all += fmt.Sprintf(`,{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*",`+
			`"Condition":{"StringEquals":{"aws:PrincipalTag/%d":"x"}}}`, i)
	}
	return all
}

// TestRefusesKind has denials of which a role and a user differ.
func TestRefusesKind(t *testing.T) {
	for _, c := range []struct {
		statements string
		role, user bool
	}{
		{to(all, `"Null":{"aws:username":"true"}`), true, false},
		{to(all, `"Null":{"aws:username":"false"}`), false, true},
		{to(all, `"StringNotEquals":{"aws:username":"ana"}`), true, false},
		{to(all, `"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}`), true, false},
		{to(all, `"Null":{"aws:TokenIssueTime":"true"}`), false, false},
	} {
		for kind, want := range map[string]bool{"role": c.role, "user": c.user} {
			_, refused := policy(t, c.statements).Refuses(iampolicy.Request{Action: "s3:GetObject",
				Resource: "arn:aws:s3:::b/*", Principal: "arn:aws:iam::" + account + ":" + kind + "/a"})
			if refused != want {
				t.Errorf("%s: refuses a %s: %v, want %v", c.statements, kind, refused, want)
			}
		}
	}
}

// TestManyEndpoints: conditions with many values on several keys of endpoints
// don't take the memory of all their combinations, and a denial without
// conditions still counts.
func TestManyEndpoints(t *testing.T) {
	list := func(kind string) string { return `":["` + strings.Join(numbered(kind, 100), `","`) + `"]` }
	many := to(all, `"StringNotEquals":{"aws:SourceVpc`+list("vpc-")+`,"aws:SourceVpce`+list("vpce-")+
		`,"aws:VpceAccount`+list("1")+`}`)
	allow := `,{"Sid":"A","Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"}`
	for _, c := range []struct {
		name, statements    string
		needsAllow, refused bool
	}{
		{"under conditions", many, false, false},
		{"beside a denial without any", many + twin(""), false, true},
		{"and no Allow", many, true, true},
		{"and an Allow", many + allow, true, false},
	} {
		d, refused := policy(t, c.statements), false
		allocated := testing.AllocsPerRun(1, func() {
			_, refused = d.Refuses(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", Principal: roleARN,
				NeedsAllow: c.needsAllow})
		})
		if refused != c.refused || allocated > 100_000 {
			t.Errorf("%s: refused %v with %.0f allocations, want %v", c.name, refused, allocated, c.refused)
		}
	}
}

// TestManySpans: two denials that leave no way together are found if the ways,
// times the spans of time, aren't too many.
func TestManySpans(t *testing.T) {
	tags := `{"aws:PrincipalTag/x":["` + strings.Join(numbered("", 100), `","`) + `"]}`
	both := to(all, `"StringEquals":`+tags) + twin(`"StringNotEquals":`+tags)
	for years, want := range map[int]bool{5: true, 60: false} {
		_, refused := policy(t, both+strings.Replace(twin(`"DateEquals":{"aws:CurrentTime":["`+
			strings.Join(numbered("20", 28+years)[28:], `-01-01","`)+`-01-01"]}`), `"S"`, `"T"`, 1)).
			Refuses(iampolicy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", Principal: roleARN})
		if refused != want {
			t.Errorf("%d years: refused %v, want %v", years, refused, want)
		}
	}
}

// numbered returns a text with each number of two digits or more below n.
func numbered(text string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%s%02d", text, i))
	}
	return all
}

// TestNeedsAllow has policies that alone can allow a request, and whether they
// don't.
func TestNeedsAllow(t *testing.T) {
	allow := func(condition string) string { return strings.Replace(to(all, condition), "Deny", "Allow", 1) }
	const role, other = `"StringEquals":{"aws:PrincipalTag/x":"1"}`, `"StringEquals":{"aws:PrincipalTag/x":"2"}`
	for _, c := range []struct {
		name, statements string
		refused          bool
		by               string
	}{
		{"nothing", twin("")[1:], true, "S"},
		{"an Allow", allow(""), false, ""},
		{"an Allow of something else", strings.Replace(allow(""), "s3:Get*", "s3:Put*", 1), true, ""},
		{"an Allow for somebody else", strings.Replace(allow(""), all, `"Principal":{"AWS":"`+rootARN[:13]+`210987654321:root"}`, 1),
			true, ""},
		{"an Allow for a session", strings.Replace(allow(""), all, `"Principal":{"AWS":"`+session+`"}`, 1), false, ""},
		{"an Allow of another resource", strings.Replace(allow(""), "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", 1), false, ""},
		{"an Allow that is past", allow(`"DateLessThan":{"aws:CurrentTime":"2020-01-01"}`), true, ""},
		{"an Allow that begins", allow(`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01"}`), false, ""},
		{"an Allow for no address", allow(`"IpAddress":{"aws:SourceIp":"0.0.0.0/32"}`), true, ""},
		{"an Allow for an address", allow(`"IpAddress":{"aws:SourceIp":"198.18.0.1/32"}`), false, ""},
		{"an Allow by a tag", allow(role), false, ""},
		{"an Allow by a tag that is denied", allow(role) + twin(role), true, "S"},
		{"an Allow by another tag than is denied", allow(role) + twin(other), false, ""},
	} {
		refusal, refused := policy(t, c.statements).Refuses(iampolicy.Request{Action: "s3:GetObject",
			Resource: "arn:aws:s3:::b/*", Principal: roleARN, NeedsAllow: true})
		if refused != c.refused || strings.Join(refusal.By, " ") != c.by {
			t.Errorf("%s: refused %v by %q, want %v by %q", c.name, refused, refusal.By, c.refused, c.by)
		}
	}
}

func TestDeniesEverybody(t *testing.T) {
	for statements, want := range map[string]bool{
		to(all, ""): true, to(`"Principal":{"AWS":"*"}`, ""): true, to(all, insecure): false,
		to(`"Principal":{"AWS":"`+roleARN+`"}`, ""): false, strings.Replace(to(all, ""), "Deny", "Allow", 1): false,
		strings.Replace(to(all, ""), "s3:Get*", "s3:Put*", 1): false,
	} {
		if got := policy(t, statements).DeniesEverybody("s3:GetObject", "arn:aws:s3:::b/*"); got != want {
			t.Errorf("%s: denies everybody: %v, want %v", statements, got, want)
		}
	}
}
