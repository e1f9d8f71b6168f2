package prove_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestReadGuards(t *testing.T) {
	deny := func(rest string) string {
		return `{"Statement":[{"Effect":"Deny","Principal":"*","Resource":"*",` + rest + `}]}`
	}
	for _, c := range []struct {
		name, policy string
		want         []prove.Guard
	}{
		{"no policy", "", nil},
		{"no JSON", "{", nil},
		{"an Allow", `{"Statement":[{"Effect":"Allow","Action":"s3:DeleteObject"}]}`, nil},
		{"delete markers", deny(`"Action":"s3:DeleteObject"`), []prove.Guard{prove.NoDeleteMarkers}},
		{"delete markers, in another case", deny(`"Action":["s3:deleteobject"]`), []prove.Guard{prove.NoDeleteMarkers}},
		{
			"deletes of some only",
			deny(`"Action":"s3:DeleteObject","Condition":{"StringEquals":{"aws:PrincipalArn":"x"}}`),
			nil,
		},
		{
			"deletes of all but some",
			deny(`"Action":"s3:DeleteObject","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"x"}}`),
			[]prove.Guard{prove.NoDeleteMarkers},
		},
		{
			"deletes of one user",
			`{"Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::012345678901:role/etl"},"Action":"s3:DeleteObject","Resource":"*"}]}`,
			nil,
		},
		{
			"deletes of everybody",
			`{"Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::subject/*"}]}`,
			[]prove.Guard{prove.NoDeleteMarkers},
		},
		{
			"deletes below a prefix",
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::subject/logs/*"}]}`,
			nil,
		},
		{
			"deletes in another bucket",
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::other/*"}]}`,
			nil,
		},
		{
			"the seal of objects only",
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketObjectLockConfiguration","Resource":"arn:aws:s3:::subject/*"}]}`,
			nil,
		},
		{
			"the bypass from one address",
			deny(`"Action":"s3:BypassGovernanceRetention","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.9"}}`),
			nil,
		},
		{
			"the ceiling for one user",
			deny(`"Action":"s3:PutObject","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"7"},"ArnEquals":{"aws:PrincipalArn":"x"}}`),
			nil,
		},
		{"the bypass", deny(`"Action":["s3:BypassGovernanceRetention"]`), []prove.Guard{prove.NoBypass}},
		{"TLS", deny(`"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), []prove.Guard{prove.TLSOnly}},
		{
			"TLS, as a boolean",
			deny(`"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":false}}`),
			[]prove.Guard{prove.TLSOnly},
		},
		{
			"the mode",
			deny(`"Action":"s3:PutObject","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}`),
			[]prove.Guard{prove.NoWeakerMode},
		},
		{
			"the stronger mode",
			deny(`"Action":"s3:PutObject","Condition":{"StringEquals":{"s3:object-lock-mode":"COMPLIANCE"}}`),
			nil,
		},
		{
			"the floor",
			deny(`"Action":"s3:PutObject","Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"89"}}`),
			[]prove.Guard{prove.RetentionFloor},
		},
		{
			"the ceiling",
			deny(`"Action":"s3:PutObject","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":["3650"]}}`),
			[]prove.Guard{prove.RetentionCeiling},
		},
		{
			"write-once",
			deny(`"Action":"s3:PutObject","Condition":{"Null":{"s3:if-none-match":"true"}}`),
			[]prove.Guard{prove.WriteOnce},
		},
		{
			"the seal",
			deny(`"Action":["s3:PutBucketObjectLockConfiguration"],"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"x"}}`),
			[]prove.Guard{prove.SealConfiguration},
		},
	} {
		got := prove.ReadGuards(c.policy, subject)
		if !slices.Equal(got.Declared, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got.Declared, c.want)
		}
		if c.want == nil && got.CeilingDays != 0 {
			t.Errorf("%s: the ceiling is %d days, want none", c.name, got.CeilingDays)
		}
	}
	if got := prove.ReadGuards(
		deny(`"Action":"s3:PutObject","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":3650}}`),
		subject,
	); got.CeilingDays != 3650 {
		t.Errorf("the ceiling is %d days, want 3650", got.CeilingDays)
	}
	if got := prove.ReadGuards(
		deny(`"Action":"s3:*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.3"}}`),
		subject,
	); got.MinimumTLS != "1.3" {
		t.Errorf("the oldest TLS is %q, want 1.3", got.MinimumTLS)
	}
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	e := endpointOf(s3test.Start(t, "--tls"))
	if _, _, err := prove.Survey(t.Context(), e, subject); !errors.Is(err, prove.ErrNoBucket) {
		t.Errorf("without a bucket: %v", err)
	}
	makeSubject(t, e, types.ObjectLockRetentionModeGovernance, 7)
	setPolicy(t, e, policy)
	found, guards, err := prove.Survey(t.Context(), e, subject)
	if err != nil || found != (settings.Retention{Mode: settings.Governance, Days: 7}) || len(guards.Declared) != 16 {
		t.Errorf("got %v, %v, %v", found, guards, err)
	}
	t.Run("what may not be read is not taken for missing", func(t *testing.T) {
		admin := e
		admin.Credentials = map[prove.Principal]aws.CredentialsProvider{prove.Owner: e.Credentials[prove.Admin]}
		for _, action := range []string{"s3:ListBucket", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy"} {
			setPolicy(t, e, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"`+action+
				`","Resource":"arn:aws:s3:::subject"}]}`)
			if _, _, err := prove.Survey(t.Context(), admin, subject); err == nil || !strings.Contains(err.Error(), "403") ||
				!strings.Contains(err.Error(), "allow them") {
				t.Errorf("without %s: %v", action, err)
			}
		}
	})
	e.URL = "http://127.0.0.1:1"
	gone := (*prove.UnreachableError)(nil)
	if _, _, err := prove.Survey(t.Context(), e, subject); !errors.As(err, &gone) {
		t.Errorf("without a server: %v", err)
	}
}
