package trial_test

import (
	"context"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"datalock/rehearsal/local"
	"datalock/settings"
	"datalock/trial"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// binary is the local server, built once.
func binary(t *testing.T) string {
	t.Helper()
	source, err := local.Source(".", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := local.Build(t.Context(), source, filepath.Join(cache, "datalock"), func() { t.Log("building the local server") })
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start starts a server with TLS and returns the endpoint.
func start(t *testing.T) (trial.Endpoint, *local.Server) {
	t.Helper()
	server, err := local.Start(t.Context(), binary(t), "--tls")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(server.CAPEM))
	e := trial.Endpoint{URL: server.Endpoint, Region: server.Region, RootCAs: pool, OwnerExempt: true, Credentials: map[trial.Principal]aws.CredentialsProvider{}}
	for principal, user := range map[trial.Principal]string{trial.Owner: "root", trial.Admin: "admin", trial.Writer: "writer", trial.Stranger: "stranger"} {
		e.Credentials[principal] = trial.Static(server.Users[user].AccessKey, server.Users[user].SecretKey)
	}
	return e, server
}

func TestSmoke(t *testing.T) {
	e, server := start(t)
	cl := s3.New(s3.Options{Region: e.Region, BaseEndpoint: &e.URL, UsePathStyle: true, Credentials: e.Credentials[trial.Owner], HTTPClient: httpClient(server.CAPEM)})
	bucket := "subject"
	if _, err := cl.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := cl.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: "Enabled", Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: "COMPLIANCE", Days: aws.Int32(90)}}}}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out, err := trial.Run(context.Background(), trial.Config{Endpoint: e, Bucket: bucket, Expected: settings.DefaultRetention(), Scratch: true, Controls: true, Run: "t1",
		Guards: trial.Guards{Declared: []trial.Guard{trial.TLSOnly}, CeilingDays: 3650, MinimumTLS: "1.2"}})
	for _, r := range out.Results {
		t.Logf("%-12s %-26s %s %v", r.Status, r.Trial.Name, r.Reason, r.Answers)
		if r.Control != nil {
			t.Logf("     control %v %s %v", r.Control.Succeeded, r.Control.Found, r.Control.Answers)
		}
	}
	t.Log(err, len(out.Results), out.Left, out.Objects, out.Until, time.Since(began))
}
