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

// A lacking is a policy without one of its statements.
type lacking struct {
	sid    string
	allows bool
	policy json.RawMessage
}

// withoutEach returns the policy without each of its statements.
func withoutEach(t *testing.T, policy json.RawMessage) []lacking {
	t.Helper()
	var p struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal(policy, &p); err != nil {
		t.Fatal(err)
	}
	var all []lacking
	for i, statement := range p.Statement {
		rest := p
		rest.Statement = slices.Delete(slices.Clone(p.Statement), i, i+1)
		text, err := json.Marshal(rest)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lacking{statement["Sid"].(string), statement["Effect"] == "Allow", text})
	}
	return all
}

// decides says whether a verdict by the whole policy can change without the
// statement: it is one of those that deny, or one that may be the only one that
// allows.
func (l lacking) decides(v iamsimulate.Verdict) bool {
	if l.allows {
		return v.Result == "Allowed"
	}
	return slices.Contains(v.DeniedBy, l.sid)
}

// A policyTable is a policy with the requests that are judged by it.
type policyTable struct {
	name     string
	policy   json.RawMessage
	requests []iamsimulate.Request
	// wrong says how a verdict on a request differs from what must be.
	wrong func(i int, v iamsimulate.Verdict) string
}

// judgePolicies has the simulator judge each table's requests by its policy, and
// then by the policy without each of its statements: a statement that no case
// misses is one that no case checks. It returns the verdicts by the whole
// policies.
func judgePolicies(t *testing.T, tables []policyTable) [][]iamsimulate.Verdict {
	t.Helper()
	whole := make([]iamsimulate.Group, len(tables))
	for i, table := range tables {
		whole[i] = iamsimulate.Group{Policy: table.policy, Requests: table.requests}
	}
	verdicts := make([][]iamsimulate.Verdict, len(tables))
	var groups []iamsimulate.Group
	var reduced []func(iamsimulate.Answer)
	for n, answer := range iamsimulate.RunGroups(t, whole) {
		table := tables[n]
		for _, misuse := range answer.Misused {
			t.Errorf("%s: AWS refuses the policy: %s", table.name, misuse)
		}
		verdicts[n] = answer.Verdicts
		for _, l := range withoutEach(t, table.policy) {
			group, cases := iamsimulate.Group{Policy: l.policy, Requests: []iamsimulate.Request{}}, []int{}
			for i, verdict := range answer.Verdicts {
				if l.decides(verdict) {
					group.Requests, cases = append(group.Requests, table.requests[i]), append(cases, i)
				}
			}
			groups = append(groups, group)
			reduced = append(reduced, func(without iamsimulate.Answer) {
				for k, i := range cases {
					if table.wrong(i, without.Verdicts[k]) != "" {
						return
					}
				}
				t.Errorf("%s: no case misses the statement %s", table.name, l.sid)
			})
		}
	}
	for i, answer := range iamsimulate.RunGroups(t, groups) {
		reduced[i](answer)
	}
	return verdicts
}

// TestPolicies judges the table of cases by the policies that the app writes.
func TestPolicies(t *testing.T) {
	t.Parallel()
	files := apptest.Files(t, apptest.Synth(t, []byte(special)))
	var tables []policyTable
	var judgedBy [][]judged
	for _, of := range []struct{ stack, resource, name string }{
		{"open", "aws_s3_bucket_policy", "policy"},
		{"sealed", "aws_s3_bucket_policy", "policy"},
		{"governed", "aws_s3_bucket_policy", "policy"},
		{"sealed", "aws_kms_key", "key"},
		{"unguarded", "aws_kms_key", "key"},
	} {
		var cases []judged
		table := policyTable{
			name: of.stack + "/" + of.name, policy: synthesised(t, files, of.stack, of.resource, of.name),
			wrong: func(i int, v iamsimulate.Verdict) string { return cases[i].wrong(v) },
		}
		for _, c := range allCases() {
			if c.stack == of.stack && strings.HasPrefix(c.action, "kms:") == (of.name == "key") {
				cases, table.requests = append(cases, c), append(table.requests, c.request())
			}
		}
		tables, judgedBy = append(tables, table), append(judgedBy, cases)
	}
	for n, verdicts := range judgePolicies(t, tables) {
		for i, c := range judgedBy[n] {
			t.Run(tables[n].name+"/"+c.name, func(t *testing.T) {
				if wrong := c.wrong(verdicts[i]); wrong != "" {
					t.Errorf("%s %s", c.action, wrong)
				}
			})
		}
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
