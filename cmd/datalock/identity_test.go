package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"datalock/internal/awsconfig"
)

// stsOf starts a fake AWS STS that tells an ARN, or refuses to tell "".
func stsOf(t *testing.T, arn string) (url string) {
	t.Helper()
	const answer = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
		<Arn>%s</Arn><UserId>A</UserId><Account>012345678901</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if arn == "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, answer, arn)
	}))
	t.Cleanup(sts.Close)
	return sts.URL
}

// TestWhose asks a fake AWS STS for the identity of the credentials.
func TestWhose(t *testing.T) {
	for _, c := range []struct {
		arn, want string
		root      bool
	}{
		{"arn:aws:iam::012345678901:root", "the account root, arn:aws:iam::012345678901:root", true},
		{"arn:aws-cn:iam::012345678901:root", "the account root, arn:aws-cn:iam::012345678901:root", true},
		{"arn:aws:iam::012345678901:user/root", "arn:aws:iam::012345678901:user/root", false},
		{"", "unknown: ask AWS STS whose the credentials are: ", false},
	} {
		t.Setenv("AWS_ENDPOINT_URL_STS", stsOf(t, c.arn))
		t.Setenv("AWS_ACCESS_KEY_ID", "id")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
		environment, err := awsconfig.Load(t.Context(), "eu-central-1")
		if err != nil {
			t.Fatal(err)
		}
		arn, identity, root := whose(t.Context(), environment)
		if !strings.HasPrefix(identity, c.want) || root != c.root || arn != c.arn || c.arn != "" && identity != c.want {
			t.Errorf("%q: %q, root %v", c.arn, identity, root)
		}
	}
}
