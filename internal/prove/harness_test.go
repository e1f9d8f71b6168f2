package prove_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// subject is the name of the bucket under test.
const subject = "subject"

// endpointOf has the four accounts of the server.
func endpointOf(server s3test.Server) prove.Endpoint {
	e := prove.Endpoint{
		URL:         server.Endpoint,
		Region:      server.Region,
		Credentials: map[prove.Principal]aws.CredentialsProvider{},
	}
	e.PlainURL = server.PlainEndpoint
	if server.CAPEM != "" {
		e.RootCAs = x509.NewCertPool()
		e.RootCAs.AppendCertsFromPEM([]byte(server.CAPEM))
	}
	for principal, account := range map[prove.Principal]string{
		prove.Owner:    "preparer",
		prove.Admin:    "admin",
		prove.Writer:   "writer",
		prove.Stranger: "stranger",
	} {
		user := server.Users[account]
		e.Credentials[principal] = prove.Static(user.AccessKey, user.SecretKey)
	}
	return e
}

// owner returns a client with the owner's keys.
func owner(e prove.Endpoint) *s3.Client {
	return s3.New(s3.Options{
		Region: e.Region, BaseEndpoint: &e.URL, UsePathStyle: true, Credentials: e.Credentials[prove.Owner],
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		HTTPClient: &http.Client{
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: e.RootCAs}},
		},
	})
}

// makeSubject creates the bucket under test with a default retention.
func makeSubject(t *testing.T, e prove.Endpoint, mode types.ObjectLockRetentionMode, days int32) {
	t.Helper()
	c, name := owner(e), subject
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                     &name,
		ObjectLockEnabledForBucket: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutObjectLockConfiguration(t.Context(),
		&s3.PutObjectLockConfigurationInput{Bucket: &name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{
				DefaultRetention: &types.DefaultRetention{Mode: mode, Days: aws.Int32(days)},
			},
		}}); err != nil {
		t.Fatal(err)
	}
}

func setPolicy(t *testing.T, e prove.Endpoint, policy string) {
	t.Helper()
	name := subject
	if _, err := owner(e).PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &name,
		Policy: &policy,
	}); err != nil {
		t.Fatal(err)
	}
}

// config is a whole run against the subject.
func config(e prove.Endpoint) prove.Config {
	return prove.Config{
		Endpoint: e, Bucket: subject, Expected: settings.DefaultRetention(), Scratch: true, Controls: true,
		Run: prove.NewRun(time.Now()), Guards: prove.Guards{CeilingDays: 3650, MinimumTLS: "1.2"},
	}
}

// only selects trials by name; a name that ends in '*' is a prefix.
func only(names ...string) func(prove.Trial) bool {
	return func(t prove.Trial) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			start, all := strings.CutSuffix(name, "*")
			return t.Name == name || all && strings.HasPrefix(t.Name, start)
		})
	}
}

// run runs and returns the results by name.
func run(t *testing.T, c prove.Config) (map[string]prove.Result, prove.Outcome) {
	t.Helper()
	outcome, err := prove.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]prove.Result{}
	for _, r := range outcome.Results {
		results[r.Trial.Name] = r
	}
	return results, outcome
}
