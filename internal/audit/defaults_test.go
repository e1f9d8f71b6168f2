package audit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
)

// testDefaults audits buckets that Datalock doesn't know.
func testDefaults(t *testing.T, l testServer) {
	ctx := t.Context()
	if _, err := l.hand.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("foreign")}); err != nil {
		t.Fatal(err)
	}
	if err := l.hand.Own(t, "foreign", types.ObjectOwnershipObjectWriter); err != nil {
		t.Fatal(err)
	}
	if _, err := l.root.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String("foreign"), Key: aws.String("a"), Body: strings.NewReader("a"),
	}); err != nil {
		t.Fatal(err)
	}
	c := audit.Config{Bucket: "foreign", Wanted: settings.DefaultBucket()}
	b := l.audited(t, c)
	want := []string{"guard-missing", "lifecycle-changed", "lock-missing", "ownership", "unlocked", "versioning-off"}
	got := rulesOf(b.Findings)
	if !slices.Equal(got, want) || len(b.Unknown()) > 0 || b.Versions.Unlocked != 1 {
		t.Errorf("found %v, unknown %v, %+v", got, b.Unknown(), b.Versions)
	}
	for _, f := range b.Findings {
		if f.Reason == "" || !strings.HasPrefix(f.Source, "https://") || f.Part == "" {
			t.Errorf("a finding without its reason, source or part: %+v", f)
		}
	}
	b = l.audited(t, audit.Config{Bucket: "nowhere", Wanted: settings.DefaultBucket()})
	if got := rulesOf(b.Findings); !slices.Equal(got, []string{"bucket-gone"}) {
		t.Errorf("a bucket that isn't there: found %v", got)
	}
	c.Wanted.Region, c.Stack = "eu-west-3", "foreign"
	if got := rulesOf(l.audited(t, c).Findings); !slices.Contains(got, "region-changed") {
		t.Errorf("another Region: found %v", got)
	}
	c.Stack, c.SkipVersions = "", true
	l.exceptions(t, c)
	accountAccess(t, l, c)
}

// exceptions lets findings pass, until they end.
func (l testServer) exceptions(t *testing.T, c audit.Config) {
	for until, excepted := range map[string]int{
		time.Now().AddDate(0, 0, 2).Format(time.DateOnly): 1, time.Now().AddDate(0, 0, -2).Format(time.DateOnly): 0,
	} {
		c.Exceptions = []settings.Exception{{
			Rule: "ownership", Address: "aws_s3_bucket_ownership_controls.ownership", Reason: "until the move", Until: until,
		}}
		b := l.audited(t, c)
		if slices.Contains(rulesOf(b.Findings), "ownership") == (excepted > 0) || len(b.Excepted) != excepted {
			t.Errorf("until %s: found %v, excepted %+v", until, rulesOf(b.Findings), b.Excepted)
		}
	}
}

// accountAccess reads the account's public access block, from what stands in for
// S3 Control.
func accountAccess(t *testing.T, l testServer, c audit.Config) {
	status, body := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Account-Id") != "012345678901" || r.URL.Path != "/v20180820/configuration/publicAccessBlock" {
			status = http.StatusNotImplemented
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	// The client puts the account before the name of the host.
	through := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
	})
	c.Control = s3control.New(s3control.Options{
		Region: l.Region, BaseEndpoint: aws.String("http://control.test"), HTTPClient: through, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	owner := func(context.Context) (string, error) { return "012345678901", nil }
	block := func(on string) string {
		return `<PublicAccessBlockConfiguration ` +
			`xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><BlockPublicAcls>true</BlockPublicAcls>` +
			`<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>` + on + `</BlockPublicPolicy>` +
			`<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`
	}
	failure := func(code string) string {
		return `<ErrorResponse xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Error><Code>` + code +
			`</Code></Error></ErrorResponse>`
	}
	for _, one := range []struct {
		status int
		body   string
		owner  func(context.Context) (string, error)
		want   audit.Status
		says   string
	}{
		{http.StatusOK, block("true"), owner, audit.OK, "all four settings on"},
		{http.StatusOK, block("false"), owner, audit.OK, "off: block_public_policy"},
		{http.StatusNotFound, failure("NoSuchPublicAccessBlockConfiguration"), owner, audit.OK, "none"},
		{http.StatusForbidden, failure("AccessDenied"), owner, audit.Unknown, "s3:GetAccountPublicAccessBlock is denied"},
		{
			http.StatusOK,
			block("true"),
			func(context.Context) (string, error) { return "", errors.New("no STS") },
			audit.Unknown,
			"no STS",
		},
	} {
		status, body, c.Owner = one.status, one.body, one.owner
		b := l.audited(t, c)
		if p := part(t, b, "account's public access block"); p.Status != one.want || p.Says() != one.says {
			t.Errorf("%s: %+v", one.says, p)
		}
	}
	c.Control = nil
	if p := part(t, l.audited(t, c), "account's public access block"); p.Status != audit.NotApplicable {
		t.Errorf("without accounts: %+v", p)
	}
}

// part returns a part by its name.
func part(t *testing.T, b audit.Bucket, name string) audit.Part {
	t.Helper()
	i := slices.IndexFunc(b.Parts, func(p audit.Part) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("there is no part %q: %+v", name, b.Parts)
	}
	return b.Parts[i]
}

// TestRegionElsewhere asks a server that has the bucket in another Region.
func TestRegionElsewhere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-3")
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	t.Cleanup(server.Close)
	c := audit.Config{Bucket: "moved", Wanted: settings.DefaultBucket(), S3: s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})}
	_, err := audit.Run(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "in another Region eu-west-3; name its Region in --region") {
		t.Errorf("without settings: %v", err)
	}
	c.Stack, c.Wanted.Region = "moved", "us-east-1"
	b, err := audit.Run(t.Context(), c)
	if got := rulesOf(b.Findings); err != nil || !slices.Equal(got, []string{"region-changed"}) {
		t.Errorf("found %v, %v", got, err)
	}
}

// TestClockOfADenial: locks are judged by S3's time also if it denies HeadBucket, as it does
// if this machine's clock is far off. Without a time nothing is.
func TestClockOfADenial(t *testing.T) {
	now, head := time.Now().AddDate(2, 0, 0), http.StatusForbidden
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		if !now.IsZero() {
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		}
		switch query := r.URL.Query(); {
		case query.Has("versions"):
			var one string
			if query.Get("prefix") == "" {
				one = `<Version><Key>f</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>1</Size></Version>`
			}
			fmt.Fprintf(w, `<ListVersionsResult><IsTruncated>false</IsTruncated>%s</ListVersionsResult>`, one)
		case r.URL.Path == "/old/f":
			w.Header().Set("X-Amz-Version-Id", "v")
			w.Header().Set("X-Amz-Object-Lock-Mode", "COMPLIANCE")
			w.Header().Set("X-Amz-Object-Lock-Retain-Until-Date", time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339))
		default:
			w.WriteHeader(head)
		}
	}))
	t.Cleanup(server.Close)
	c := audit.Config{Bucket: "old", Wanted: settings.DefaultBucket(), Jobs: 1, WarnDays: 30, S3: s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})}
	b, err := audit.Run(t.Context(), c)
	if got := rulesOf(b.Findings); err != nil || !slices.Contains(got, "unlocked") {
		t.Errorf("found %v, %v", got, err)
	}
	now = time.Time{}
	if _, err = audit.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "the answer has no Date") {
		t.Errorf("without a time: %v", err)
	}
	now, head = time.Now(), http.StatusBadRequest
	if _, err = audit.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "if the credentials have expired") {
		t.Errorf("with expired credentials: %v", err)
	}
}
