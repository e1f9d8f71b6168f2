package rolepolicy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/iamsimulate"
)

// prefixes are two stacks whose bucket has only a prefix; the second is so long
// that the names of some roles and rules have a hash.
const prefixes = `{"region": "us-east-1", "account": "012345678901", "awsProviderVersion": "~> 6.40",
	"backend": {"s3": {"bucket": "states-of-acme"}}, "buckets": {
	"a": {"namePrefix": "a", "encryption": {"algorithm": "aws:kms"}, "evidence": {}, "accessLogs": true,
		"inventory": {}, "batch": true, "replica": {"region": "eu-west-1"}, "dataEvents": {}},
	"long": {"namePrefix": "acme.long-prefix-of-32-character", "evidence": {"name": "acme-evidence"}, "batch": true,
		"replica": {"region": "eu-west-1", "name": "acme-replica"}, "dataEvents": {"name": "acme-trail"}}}}`

// prefixRows are requests of roles of the stacks that [prefixes] declares. The
// names are told here again, not taken from the policies.
func prefixRows() map[string][]row {
	const (
		name  = "a20261126193000abcdef012345"
		long  = "acme.long-prefix-of-32-character20261126193000abcdef012345"
		short = "acme.long-prefix-of-32-character20261126-01234567"
		role  = "arn:aws:iam::012345678901:role/"
		rule  = "arn:aws:events:us-east-1:012345678901:rule/"
		topic = "arn:aws:sns:us-east-1:012345678901:"
		job   = "arn:aws:s3:us-east-1:012345678901:job/1"
		s3    = "arn:aws:s3:::"
	)
	all := map[string][]row{
		"a": {
			{rolepolicy.VerifyAtRest, "s3:PutObject", s3 + name + "-evidence/batch-manifests/x", false, true},
			{rolepolicy.VerifyAtRest, "s3:PutObject", s3 + name + "/x", true, false},
			{rolepolicy.Publish, "s3:PutObject", s3 + name + "/x", false, true},
			{rolepolicy.Publish, "s3:PutObject", s3 + name + "-evidence/x", false, false},
			{rolepolicy.Publish, "s3:PutObject", s3 + name + "-trail/x", false, false},
			{rolepolicy.Publish, "s3:PutObject", s3 + "another/x", false, false},
			{rolepolicy.Audit, "s3:ListBucketVersions", s3 + name, false, true},
			{rolepolicy.Audit, "s3:ListBucketVersions", s3 + name + "-evidence", false, false},
			{rolepolicy.Change, "s3:PutBucketPolicy", s3 + name, false, true},
			{rolepolicy.Change, "s3:PutBucketPolicy", s3 + name + "-replica", false, true},
			{rolepolicy.Change, "s3:PutBucketPolicy", s3 + "another", false, false},
			{rolepolicy.Change, "iam:UpdateAssumeRolePolicy", role + name + "-batch", false, true},
			{rolepolicy.Change, "iam:UpdateAssumeRolePolicy", role + "admin-batch", false, false},
			{rolepolicy.Change, "events:PutRule", rule + name + "-deletions", false, true},
			{rolepolicy.Change, "events:PutRule", rule + "another-deletions", false, false},
			{rolepolicy.Change, "sns:SetTopicAttributes", topic + name + "-alarms", false, true},
			{rolepolicy.Change, "sns:SetTopicAttributes", topic + "another-alarms", false, false},
		},
		"long": {
			{rolepolicy.Change, "iam:PutRolePolicy", role + short + "-alarms", false, true},
			{rolepolicy.Change, "iam:PutRolePolicy", role + long + "-batch", false, true},
			{rolepolicy.Change, "iam:PutRolePolicy", role + "acme.long-prefix-of-32-character-alarms", false, false},
			{rolepolicy.Change, "events:PutRule", rule + short + "-refused-locks", false, true},
			{rolepolicy.Change, "events:PutRule", rule + "acme.long-prefix-of-32-character-refused-locks", false, false},
			{rolepolicy.Change, "sns:SetTopicAttributes", topic + strings.ReplaceAll(long, ".", "-") + "-alarms", false, true},
			{rolepolicy.Change, "sns:SetTopicAttributes", topic + "acme-long-prefix-of-32-character-alarms", false, false},
		},
	}
	for _, phase := range rolepolicy.JobPhases {
		for _, action := range []string{"s3:DescribeJob", "s3:UpdateJobStatus"} {
			all["a"] = append(all["a"],
				row{phase, action, job, false, true},
				row{phase, action, strings.Replace(job, "us-east-1", "us-west-2", 1), false, false},
				row{phase, action, strings.Replace(job, "012345678901", "123456789012", 1), false, false})
		}
		all["a"] = append(all["a"], row{phase, "s3:ListJobs", "*", false, true})
	}
	return all
}

// TestPrefixJudged: what isn't known of a name stands for nothing else, neither for
// the stack's other buckets nor for those of others.
func TestPrefixJudged(t *testing.T) {
	t.Parallel()
	everything := json.RawMessage(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", ` +
		`"Resource": "*"}]}`)
	none := json.RawMessage(`{"Version": "2012-10-17", "Statement": []}`)
	output := apptest.Synth(t, []byte(prefixes))
	var judged [][]row
	var groups []iamsimulate.Group
	for name, rows := range prefixRows() {
		text := read(t, output, name)
		for _, phase := range rolepolicy.Phases {
			// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
			if n := len(policyOf(t, text, phase).String()); n > 10240 {
				t.Errorf("%s, %s: the policy has %d characters, more than an inline policy may have", name, phase, n)
			}
		}
		var requests []iamsimulate.Request
		for _, r := range rows {
			identity := []json.RawMessage{json.RawMessage(policyOf(t, text, r.phase).String())}
			if r.admin {
				identity = append(identity, everything)
			}
			requests = append(requests, iamsimulate.Request{
				Principal: "arn:aws:sts::012345678901:assumed-role/data/ci", Account: "012345678901",
				Action: r.action, Resource: r.resource, Identity: identity,
			})
		}
		judged, groups = append(judged, rows), append(groups, iamsimulate.Group{Policy: none, Requests: requests})
	}
	for n, answer := range iamsimulate.RunGroups(t, groups) {
		for i, verdict := range answer.Verdicts {
			if got := verdict.Result == "Allowed"; got != judged[n][i].allowed || verdict.Error != "" {
				t.Errorf("%+v is %+v", judged[n][i], verdict)
			}
		}
	}
}
