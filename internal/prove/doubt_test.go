package prove_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestInvalidStranger: a server that doesn't know the stranger's key decided
// nothing about a user without rights, and the valid key is the owner's.
func TestInvalidStranger(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	e.Credentials[prove.Stranger] = prove.Static("AKIANOTTHERE00000000", "no such secret")
	c := config(e)
	c.Scratch, c.Controls = false, false
	c.Only = only("read-as-stranger", "write-as-stranger", "delete-as-stranger", "read-wrong-secret",
		"delete-by-read-url", "read-unsigned")
	results, _ := run(t, c)
	for name, r := range results {
		want := prove.Held
		if strings.HasSuffix(name, "-as-stranger") {
			want = prove.Inconclusive
		}
		if r.Status != want {
			t.Errorf("%s: %s: %s", name, r.Status, r.Reason)
		}
	}
	if len(results) != 6 {
		t.Errorf("%d results", len(results))
	}
}

// TestConnections: only a refused connection shows that a server accepts no plain
// http, not one that ends or hangs.
func TestConnections(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_ = connection.Close()
		}
	}()
	for plain, want := range map[string]prove.Status{
		"http://127.0.0.1:1": prove.Held, "": prove.Held, "http://" + listener.Addr().String(): prove.Inconclusive,
	} {
		c := config(e)
		c.Endpoint.PlainURL, c.Scratch, c.Controls = plain, false, false
		c.Guards.Declared, c.Only = []prove.Guard{prove.TLSOnly}, only("read-in-clear")
		results, _ := run(t, c)
		r := results["read-in-clear"]
		if r.Status != want {
			t.Errorf("%s: %s: %s", plain, r.Status, r.Reason)
		}
		if who := prove.Attacks(r.Requests)[0].Principal; who != prove.Admin {
			t.Errorf("the request is said to be the %s's, want the admin's", who)
		}
	}
}

// TestMissingPermission: without a control, a refusal for a missing permission
// isn't taken for the policy's, unless the server says that it is.
func TestMissingPermission(t *testing.T) {
	t.Parallel()
	server := startFaulty(t)
	for message, want := range map[string]prove.Status{
		"Access Denied": prove.Inconclusive,
		"User: a is not authorized to perform: s3:DeleteObject with an explicit deny in a resource-based policy": prove.Held,
	} {
		c := server.config(func(r *http.Request) s3proxy.Fault {
			if r.Method == http.MethodDelete && !r.URL.Query().Has("versionId") && strings.Contains(r.URL.Path, "-as-admin/") {
				return s3proxy.Fault{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
			}
			return s3proxy.Fault{}
		})
		c.Guards.Declared, c.Scratch, c.Only = []prove.Guard{prove.NoDeleteMarkers}, false, only("hide-as-admin")
		results, outcome := run(t, c)
		if r := results["hide-as-admin"]; r.Status != want ||
			want == prove.Inconclusive && !strings.Contains(r.Reason, "the admin lacks s3:DeleteObject") {
			t.Errorf("%q: %s: %s", message, r.Status, r.Reason)
		}
		if !strings.Contains(strings.Join(outcome.NotAsked, "\n"), "s3:DeleteObject as the admin") {
			t.Errorf("not asked: %q", outcome.NotAsked)
		}
	}
}

// TestAdminIsAsked: what the trials of guards need is asked for as the admin.
func TestAdminIsAsked(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	e.Credentials[prove.Admin] = e.Credentials[prove.Stranger]
	c := config(e)
	c.Guards.Declared, c.Controls = []prove.Guard{prove.RetentionFloor, prove.TLSOnly, prove.SealHolds}, false
	_, err := prove.Run(t.Context(), c)
	for _, action := range []string{"PutObject", "PutObjectRetention", "PutObjectLegalHold", "GetObjectVersion"} {
		if err == nil || !strings.Contains(err.Error(), "s3:"+action+" as the admin") {
			t.Errorf("%s: %v", action, err)
		}
	}
}

// TestGuardians attacks a seal as a guardian, and as somebody who may be one.
func TestGuardians(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	sealed := `{"Version":"2012-10-17","Statement":[{"Sid":"Seal","Effect":"Deny","Principal":"*","Action":["s3:PutBucketObjectLockConfiguration","s3:PutLifecycleConfiguration","s3:PutBucketPolicy","s3:DeleteBucketPolicy"],"Resource":"arn:aws:s3:::subject","Condition":{"ArnNotEquals":{"aws:PrincipalArn":["` + server.Users["admin"].ARN + `"]}}}]}`
	setPolicy(t, e, sealed)
	for identity, says := range map[string]string{
		server.Users["admin"].ARN: "the bucket policy excepts the credentials of the admin",
		"":                        "whose credentials the admin has isn't known",
	} {
		c := config(e)
		c.Guards, c.Controls, c.Only = prove.ReadGuards(sealed, subject), false, only("seal-lifecycle")
		c.Endpoint.Identities = map[prove.Principal]string{prove.Admin: identity}
		results, _ := run(t, c)
		if r := results["seal-lifecycle"]; r.Status != prove.Inconclusive || !strings.Contains(r.Reason, says) {
			t.Errorf("as %q: %s: %s", identity, r.Status, r.Reason)
		}
	}
	c := config(e)
	c.Guards, c.Controls, c.Only = prove.ReadGuards(sealed, subject), false, only("seal-lifecycle")
	c.Endpoint.Identities = map[prove.Principal]string{prove.Admin: "arn:aws:iam::012345678901:user/other"}
	results, _ := run(t, c)
	if r := results["seal-lifecycle"]; r.Status != prove.Breached {
		t.Errorf("as somebody whom the seal doesn't except: %s: %s", r.Status, r.Reason)
	}
}

// TestDeniedBypass: if the policy refuses each bypass, the lock is asked too.
func TestDeniedBypass(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	setPolicy(t, e, policy)
	c := config(e)
	c.Guards, c.Scratch, c.Controls = prove.ReadGuards(policy, subject), false, false
	c.Only = only("delete-version-as-writer", "delete-batch-bypass", "shorten-bypass")
	results, _ := run(t, c)
	for name, want := range map[string]int{"delete-version-as-writer": 2, "delete-batch-bypass": 2, "shorten-bypass": 4} {
		if r := results[name]; r.Status != prove.Held || len(prove.Attacks(r.Requests)) != want {
			t.Errorf("%s: %s: %s, %d requests; want %d", name, r.Status, r.Reason, len(prove.Attacks(r.Requests)), want)
		}
	}
}

// TestAbortedGuards: a run that ends before it tried what the server enforces
// doesn't report the breach of a guard.
func TestAbortedGuards(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	e := endpointOf(server)
	makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c := config(e)
	c.Guards.Declared, c.Only = []prove.Guard{prove.NoDeleteMarkers}, only("hide-as-admin", "suspend-versioning")
	c.Alone = func(context.Context) error {
		stop()
		return ctx.Err()
	}
	outcome, err := prove.Run(ctx, c)
	if err == nil || len(outcome.Results) != 1 {
		t.Fatalf("%v, %d results", err, len(outcome.Results))
	}
	if r := outcome.Results[0]; r.Status != prove.Inconclusive || !strings.Contains(r.Reason, "the run ended before") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}
