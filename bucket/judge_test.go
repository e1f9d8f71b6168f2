package bucket_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/iamsimulate"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

const (
	owner   = "012345678901"
	keyARN  = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
	ownKey  = "arn:aws:kms:us-east-1:012345678901:key/ffffffff-89ab-cdef-0123-456789abcdef"
	special = `{"region": "us-east-1", "account": "012345678901", "buckets": {
		"open": {"name": "acme-open"},
		"sealed": {"name": "acme-sealed", "retention": {"days": 90, "maximumDays": 365}, "encryption": {"algorithm": "aws:kms"},
			"minimumTLSVersion": "1.3", "writeOnce": true,
			"guardians": ["arn:aws:iam::012345678901:role/deployer", "arn:aws:iam::012345678901:role/security/custodian"]},
		"governed": {"name": "acme-governed", "retention": {"mode": "GOVERNANCE", "days": 30}, "deleteMarkers": "allow",
			"encryption": {"algorithm": "aws:kms", "keyArn": "` + keyARN + `"}},
		"unguarded": {"name": "acme-unguarded", "encryption": {"algorithm": "aws:kms"}}
	}}`
)

// A who is somebody who sends a request.
type who struct {
	principal string
	// arn is the aws:PrincipalArn that AWS puts into the request: of a
	// session, that of its role.
	arn string
	// stranger says that an IAM policy alone can't allow it anything here.
	stranger bool
	service  bool
}

func session(account, role string) who {
	name := role[strings.LastIndexByte(role, '/')+1:]
	return who{
		principal: "arn:aws:sts::" + account + ":assumed-role/" + name + "/someone",
		arn:       "arn:aws:iam::" + account + ":role/" + role,
		stranger:  account != owner,
	}
}

var (
	writer    = who{principal: "arn:aws:iam::012345678901:user/writer", arn: "arn:aws:iam::012345678901:user/writer"}
	root      = who{principal: "arn:aws:iam::012345678901:root", arn: "arn:aws:iam::012345678901:root"}
	admin     = session(owner, "admin")
	deployer  = session(owner, "deployer")
	custodian = session(owner, "security/custodian")
	lookalike = session(owner, "deployer2")
	otherPath = session(owner, "custodian")
	namesake  = session("999999999999", "deployer")
	foreigner = who{
		principal: "arn:aws:iam::999999999999:user/writer",
		arn:       "arn:aws:iam::999999999999:user/writer",
		stranger:  true,
	}
	nobody      = who{stranger: true}
	replication = session(owner, "replication")
	logDelivery = who{principal: "logging.s3.amazonaws.com", stranger: true, service: true}
	trail       = who{principal: "cloudtrail.amazonaws.com", stranger: true, service: true}
)

// A judged case is a request and the Sid of the one statement that must deny
// it; none where it must be allowed.
type judged struct {
	stack, name string
	who         who
	action      string
	keys        keys
	deny        string
}

type keys map[string]string

// request returns the case as the simulator takes it. The keys that every
// request has may be set otherwise; "-" leaves one out.
func (c judged) request() iamsimulate.Request {
	context := map[string]string{"aws:SecureTransport": "true"}
	resource := "arn:aws:s3:::acme-" + c.stack
	switch {
	case strings.HasPrefix(c.action, "kms:"):
		resource = ownKey
	case strings.Contains(c.action, "Object") &&
		!strings.Contains(c.action, "Bucket"), c.action == "s3:BypassGovernanceRetention",
		c.action == "s3:ReplicateDelete", c.action == "s3:ReplicateTags", c.action == "s3:AbortMultipartUpload":
		resource += "/train/part-0001.parquet"
	}
	if strings.HasPrefix(c.action, "s3:") {
		context["s3:TlsVersion"] = "1.3"
	}
	if c.who.principal != "" {
		context["aws:PrincipalIsAWSService"] = "false"
	}
	if c.who.service {
		context["aws:PrincipalIsAWSService"] = "true"
	}
	if c.who.arn != "" {
		context["aws:PrincipalArn"] = c.who.arn
	}
	maps.Copy(context, c.keys)
	maps.DeleteFunc(context, func(_, value string) bool { return value == "-" })
	return iamsimulate.Request{
		Principal: c.who.principal,
		Action:    c.action,
		Resource:  resource,
		Account:   owner,
		Granted:   c.who.stranger,
		Context:   context,
	}
}

// wrong says how a verdict differs from what must be, or returns "".
func (c judged) wrong(v iamsimulate.Verdict) string {
	switch {
	case v.Error != "":
		return "could not be judged: " + v.Error
	case c.deny == "" && v.Result != "Allowed":
		return "is " + v.Result + " by " + strings.Join(v.DeniedBy, ", ") + ", want Allowed"
	case c.deny != "" && (v.Result != "ExplicitlyDenied" || !slices.Equal(v.DeniedBy, []string{c.deny})):
		return "is " + v.Result + " by [" + strings.Join(v.DeniedBy, ", ") + "], want ExplicitlyDenied by " + c.deny
	}
	return ""
}

// synthesised returns the policy of a resource as the app wrote it.
func synthesised(t *testing.T, files map[string]string, stack, resource, name string) json.RawMessage {
	t.Helper()
	var file struct {
		Resource map[string]map[string]struct{ Policy string }
	}
	if err := json.Unmarshal([]byte(files["stacks/"+stack+"/cdk.tf.json"]), &file); err != nil {
		t.Fatalf("read the stack %s: %v", stack, err)
	}
	policy := file.Resource[resource][name].Policy
	if policy == "" {
		t.Fatalf("the stack %s has no policy at %s.%s", stack, resource, name)
	}
	return json.RawMessage(policy)
}

// withoutEach returns the policy, and then the policy without each of its
// statements, with the Sids of what is missing.
func withoutEach(t *testing.T, policy json.RawMessage) (policies []json.RawMessage, sids []string) {
	t.Helper()
	var p struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal(policy, &p); err != nil {
		t.Fatal(err)
	}
	policies, sids = append(policies, policy), append(sids, "")
	for i, statement := range p.Statement {
		rest := p
		rest.Statement = slices.Delete(slices.Clone(p.Statement), i, i+1)
		text, err := json.Marshal(rest)
		if err != nil {
			t.Fatal(err)
		}
		policies, sids = append(policies, text), append(sids, statement["Sid"].(string))
	}
	return policies, sids
}

// TestPolicies has an IAM simulator judge the table of cases by the policies
// that the app writes, and then by each policy without each of its statements:
// a statement that no case misses is one that no case checks.
func TestPolicies(t *testing.T) {
	files := apptest.Files(t, apptest.Synth(t, []byte(special)))
	tables := []struct{ stack, resource, name string }{
		{"open", "aws_s3_bucket_policy", "policy"},
		{"sealed", "aws_s3_bucket_policy", "policy"},
		{"governed", "aws_s3_bucket_policy", "policy"},
		{"sealed", "aws_kms_key", "key"},
		{"unguarded", "aws_kms_key", "key"},
	}
	for _, table := range tables {
		t.Run(table.stack+"/"+table.name, func(t *testing.T) {
			var cases []judged
			var requests []iamsimulate.Request
			for _, c := range allCases() {
				if c.stack == table.stack && strings.HasPrefix(c.action, "kms:") == (table.name == "key") {
					cases, requests = append(cases, c), append(requests, c.request())
				}
			}
			policies, sids := withoutEach(t, synthesised(t, files, table.stack, table.resource, table.name))
			answers := iamsimulate.Run(t, policies, requests)
			for _, misuse := range answers[0].Misused {
				t.Errorf("AWS refuses the policy: %s", misuse)
			}
			for i, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					if wrong := c.wrong(answers[0].Verdicts[i]); wrong != "" {
						t.Errorf("%s %s", c.action, wrong)
					}
				})
			}
			for i, sid := range sids[1:] {
				missed := 0
				for j, c := range cases {
					if c.wrong(answers[i+1].Verdicts[j]) != "" {
						missed++
					}
				}
				if missed == 0 {
					t.Errorf("no case misses the statement %s", sid)
				}
			}
		})
	}
}

func TestCasesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCases() {
		id := c.stack + ": " + c.name
		if seen[id] {
			t.Errorf("two cases are called %q", id)
		}
		seen[id] = true
	}
	if len(seen) < 60 {
		t.Errorf("there are %d cases, want 60 or more", len(seen))
	}
}
