package rolepolicy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/iamsimulate"
)

// topologyNever is what no phase may do to the parts of the topology, whatever
// else the role may do; it is told here again, not taken from the policy.
var topologyNever = map[string][]string{
	"arn:aws:s3:::acme-data-evidence": {"s3:DeleteBucket", "s3:DeleteBucketPolicy"},
	"arn:aws:s3:::acme-data-evidence/x": {
		"s3:DeleteObject",
		"s3:DeleteObjectVersion",
		"s3:PutObject",
		"s3:UpdateObjectEncryption",
	},
	"arn:aws:s3:::acme-data-replica/x": {
		"s3:BypassGovernanceRetention",
		"s3:DeleteObjectVersion",
		"s3:PutObjectRetention",
	},
	"arn:aws:s3:::acme-data-trail/x": {"s3:DeleteObjectVersion", "s3:PutObject"},
	"arn:aws:iam::012345678901:role/acme-data-batch": {
		"iam:AttachRolePolicy",
		"iam:DeleteRole",
		"iam:DeleteRolePolicy",
	},
	"arn:aws:cloudtrail:us-east-1:012345678901:trail/acme-data-trail": {
		"cloudtrail:DeleteTrail",
		"cloudtrail:StopLogging",
	},
	"arn:aws:sns:us-east-1:012345678901:acme-data-alarms": {"sns:DeleteTopic"},
	"arn:aws:events:us-east-1:012345678901:rule/acme-data-deletions": {
		"events:DeleteRule",
		"events:DisableRule",
		"events:RemoveTargets",
	},
}

// topologyRows are requests of the deploying role for parts of the topology.
func topologyRows(t *testing.T, text []byte) []row {
	t.Helper()
	var all []row
	for _, phase := range rolepolicy.Phases {
		for _, statement := range policyOf(t, text, phase).Statement {
			if statement.Effect != "Allow" {
				continue
			}
			for _, action := range statement.Action {
				resource := statement.Resource[len(statement.Resource)-1]
				if resource != "*" {
					resource = strings.ReplaceAll(resource, "*", "x")
				}
				if !strings.HasPrefix(action, "kms:") && action != "iam:PassRole" {
					all = append(all, row{phase, action, resource, false, true}, row{phase, action, resource, true, true})
				}
			}
		}
		changes := phase != rolepolicy.Plan
		all = append(all,
			row{phase, "cloudtrail:ListTrails", "*", false, false},
			row{phase, "iam:PutRolePolicy", "arn:aws:iam::012345678901:role/admin", false, false},
			row{phase, "s3:PutReplicationConfiguration", "arn:aws:s3:::acme-data", false, changes},
			row{phase, "s3:PutReplicationConfiguration", "arn:aws:s3:::acme-other", false, false},
			row{phase, "cloudtrail:PutEventSelectors", "arn:aws:cloudtrail:us-east-1:012345678901:trail/other", false, false},
			row{phase, "events:PutRule", "arn:aws:events:us-east-1:012345678901:rule/other", false, false},
			row{phase, "sns:SetTopicAttributes", "arn:aws:sns:us-east-1:012345678901:other", false, false},
			row{phase, "sns:Subscribe", "arn:aws:sns:us-east-1:012345678901:acme-data-alarms", false, false},
			row{phase, "sns:Publish", "arn:aws:sns:us-east-1:012345678901:acme-data-alarms", false, false},
			row{phase, "events:PutEvents", "arn:aws:events:us-east-1:012345678901:event-bus/default", false, false},
			row{phase, "iam:UpdateAssumeRolePolicy", "arn:aws:iam::012345678901:role/admin", false, false},
			row{phase, "iam:CreateRole", "arn:aws:iam::012345678901:role/acme-data-batch2", false, false},
			row{phase, "iam:PutRolePermissionsBoundary", "arn:aws:iam::012345678901:role/acme-data-batch", false, false},
			row{phase, "sts:AssumeRole", "arn:aws:iam::012345678901:role/acme-data-batch", false, false},
			row{phase, "s3:CreateJob", "*", false, false},
			row{phase, "s3:GetObject", "arn:aws:s3:::acme-data-evidence/inventory/x", false, false},
			row{phase, "s3:PutBucketVersioning", "arn:aws:s3:::acme-data-replica", true, phase == rolepolicy.Create},
		)
		for resource, actions := range topologyNever {
			for _, action := range actions {
				all = append(all, row{phase, action, resource, true, false})
			}
		}
	}
	return all
}

// passing returns, for a role and a service, whether the deploying role may give the
// one to the other; it may not without saying to whom.
func passing() map[[2]string]bool {
	all := map[[2]string]bool{
		{"acme-data-replication", "s3.amazonaws.com"}: true, {"acme-data-alarms", "events.amazonaws.com"}: true,
	}
	for _, role := range []string{"acme-data-replication", "acme-data-alarms", "acme-data-batch", "admin"} {
		for _, service := range []string{
			"s3.amazonaws.com", "events.amazonaws.com", "batchoperations.s3.amazonaws.com", "lambda.amazonaws.com",
			"ec2.amazonaws.com", "",
		} {
			if given := [2]string{role, service}; !all[given] {
				all[given] = false
			}
		}
	}
	return all
}

// TestRolesAreGivenToTheirServices has the simulator judge to whom the deploying
// role can give the roles of the stack.
func TestRolesAreGivenToTheirServices(t *testing.T) {
	t.Parallel()
	text := topologyStack(t)
	var requests []iamsimulate.Request
	var want []bool
	for _, phase := range rolepolicy.Phases {
		identity := []json.RawMessage{json.RawMessage(policyOf(t, text, phase).String())}
		for given, allowed := range passing() {
			context := map[string]string{"iam:PassedToService": given[1]}
			if given[1] == "" {
				context = nil
			}
			requests = append(requests, iamsimulate.Request{
				Principal: "arn:aws:sts::012345678901:assumed-role/deployer/ci", Action: "iam:PassRole",
				Resource: "arn:aws:iam::012345678901:role/" + given[0], Account: "012345678901",
				Identity: identity, Context: context,
			})
			want = append(want, allowed && phase != rolepolicy.Plan)
		}
	}
	none := json.RawMessage(`{"Version": "2012-10-17", "Statement": []}`)
	for i, verdict := range iamsimulate.Run(t, []json.RawMessage{none}, requests)[0].Verdicts {
		if got := verdict.Result == "Allowed"; got != want[i] || verdict.Error != "" {
			t.Errorf("%+v is %+v", requests[i], verdict)
		}
	}
}

// auditRows are requests of a role that audits the topology.
func auditRows() []row {
	const (
		role  = "arn:aws:iam::012345678901:role/"
		rule  = "arn:aws:events:us-east-1:012345678901:rule/"
		topic = "arn:aws:sns:us-east-1:012345678901:"
	)
	var all []row
	for resource, actions := range map[string][]string{
		role:  {"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
		rule:  {"events:DescribeRule", "events:ListTargetsByRule"},
		topic: {"sns:GetTopicAttributes"},
	} {
		own := map[string]string{role: "acme-data-batch", rule: "acme-data-deletions", topic: "acme-data-alarms"}[resource]
		for _, action := range actions {
			all = append(all, row{
				rolepolicy.Audit,
				action,
				resource + own,
				false,
				true,
			}, row{rolepolicy.Audit, action, resource + "other", false, false})
		}
	}
	for resource, actions := range map[string][]string{
		role + "acme-data-batch":     {"iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"},
		rule + "acme-data-deletions": {"events:DisableRule", "events:PutRule", "events:RemoveTargets"},
		topic + "acme-data-alarms":   {"sns:Publish", "sns:SetTopicAttributes", "sns:Subscribe"},
	} {
		for _, action := range actions {
			all = append(all, row{rolepolicy.Audit, action, resource, false, false})
		}
	}
	return all
}

// TestTopologyJudged has an IAM simulator judge the policies for the whole
// topology, alone and beside one that allows everything.
func TestTopologyJudged(t *testing.T) {
	t.Parallel()
	text := topologyStack(t)
	everything := json.RawMessage(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", ` +
		`"Resource": "*"}]}`)
	rows := append(topologyRows(t, text), auditRows()...)
	policies := map[rolepolicy.Phase]json.RawMessage{}
	for _, phase := range append([]rolepolicy.Phase{rolepolicy.Audit}, rolepolicy.Phases...) {
		policies[phase] = json.RawMessage(policyOf(t, text, phase).String())
	}
	var requests []iamsimulate.Request
	for _, r := range rows {
		identity := []json.RawMessage{policies[r.phase]}
		if r.admin {
			identity = append(identity, everything)
		}
		requests = append(requests, iamsimulate.Request{
			Principal: "arn:aws:sts::012345678901:assumed-role/deployer/ci", Action: r.action, Resource: r.resource,
			Account:  "012345678901",
			Identity: identity, Context: map[string]string{
				"aws:RequestedRegion": "us-east-1",
				"aws:PrincipalArn":    "arn:aws:iam::012345678901:role/deployer",
			},
		})
	}
	none := json.RawMessage(`{"Version": "2012-10-17", "Statement": []}`)
	for i, verdict := range iamsimulate.Run(t, []json.RawMessage{none}, requests)[0].Verdicts {
		if got := verdict.Result == "Allowed"; got != rows[i].allowed || verdict.Error != "" {
			t.Errorf("%+v is %+v", rows[i], verdict)
		}
	}
}
