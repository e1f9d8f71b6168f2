package bucket_test

import (
	"encoding/json"
	"testing"

	"datalock/internal/testkit/iamsimulate"
)

// roleStrangers are requests of each role that its service doesn't make.
var roleStrangers = map[string][]asked{
	"batch": {
		{"it bypasses governance", batchRole, "s3:BypassGovernanceRetention", dataAt + "/x", nil, "DenyGovernanceBypass"},
		{"it reads another bucket", batchRole, "s3:GetObject", trailAt + "/x", nil, notAllowed},
		{"it lengthens a copy's retention", batchRole, "s3:PutObjectRetention", replicaAt + "/x", nil, notAllowed},
		{"it lengthens a log's retention", batchRole, "s3:PutObjectRetention", trailAt + "/x", nil, notAllowed},
		{"it writes an inventory", batchRole, "s3:PutObject", evidenceAt + "/inventory/x", put(nil), notAllowed},
		{"it reads a report", batchRole, "s3:GetObject", evidenceAt + "/batch-reports/x", nil, notAllowed},
		{"it encrypts anew", batchRole, "s3:UpdateObjectEncryption", dataAt + "/x", nil, notAllowed},
		{"it lists the bucket", batchRole, "s3:ListBucketVersions", dataAt, nil, notAllowed},
		{"it decrypts copies", batchRole, "kms:Decrypt", replicaKey, through("eu-west-1", replicaAt), notAllowed},
		{"it grants the key", batchRole, "kms:CreateGrant", ownKey, nil, notAllowed},
	},
	"replication": {
		{"it reads objects", replicationRole, "s3:GetObject", dataAt + "/x", nil, notAllowed},
		{"it copies logs", replicationRole, "s3:GetObjectVersionForReplication", trailAt + "/x", nil, notAllowed},
		{"it lists another bucket", replicationRole, "s3:ListBucket", evidenceAt, nil, notAllowed},
		{"it deletes a copy", replicationRole, "s3:DeleteObjectVersion", replicaAt + "/x", nil, notAllowed},
		{"it bypasses", replicationRole, "s3:BypassGovernanceRetention", replicaAt + "/x", nil, "DenyGovernanceBypass"},
		{"it changes the replication", replicationRole, "s3:PutReplicationConfiguration", dataAt, nil, "SealConfiguration"},
		{"it decrypts copies", replicationRole, "kms:Decrypt", replicaKey, through("eu-west-1", replicaAt), notAllowed},
		{"it encrypts in the bucket", replicationRole, "kms:Encrypt", ownKey, through("us-east-1", dataAt), notAllowed},
	},
	"alarms": {
		{"it publishes", alarmsRole, "sns:Publish", topicAt, nil, ""},
		{"it publishes elsewhere", alarmsRole, "sns:Publish", topicAt + "2", nil, notAllowed},
		{"it subscribes", alarmsRole, "sns:Subscribe", topicAt, nil, notAllowed},
		{"it changes the topic", alarmsRole, "sns:SetTopicAttributes", topicAt, nil, notAllowed},
		{"it reads data", alarmsRole, "s3:GetObject", dataAt + "/x", nil, notAllowed},
		{"it reads logs", alarmsRole, "s3:GetObject", trailAt + "/x", nil, notAllowed},
	},
}

// rule are the keys of a rule of EventBridge.
func rule(arn, account string) keys { return keys{"aws:SourceArn": arn, "aws:SourceAccount": account} }

// trustCases are who assumes each role.
var trustCases = map[string][]asked{
	"batch": {
		{"S3 Batch Operations", service("batchoperations.s3.amazonaws.com"), "sts:AssumeRole", "", nil, ""},
		{"S3", inventoryService, "sts:AssumeRole", "", about(nil), notAllowed},
		{"another service", service("lambda.amazonaws.com"), "sts:AssumeRole", "", nil, notAllowed},
		{"an administrator", admin, "sts:AssumeRole", "", nil, notAllowed},
		{"another account", foreigner, "sts:AssumeRole", "", nil, notAllowed},
	},
	"replication": {
		{"S3", inventoryService, "sts:AssumeRole", "", nil, ""},
		{"S3 Batch Operations", service("batchoperations.s3.amazonaws.com"), "sts:AssumeRole", "", nil, notAllowed},
		{"a guardian", deployer, "sts:AssumeRole", "", nil, notAllowed},
		{"the root of another account", namesake, "sts:AssumeRole", "", nil, notAllowed},
	},
	"alarms": {
		{"a rule", eventBridge, "sts:AssumeRole", "", rule(ruleAt, owner), ""},
		{"another rule", eventBridge, "sts:AssumeRole", "", rule(ruleAt+"2", owner), notAllowed},
		{"a rule of no account", eventBridge, "sts:AssumeRole", "", rule(ruleAt, "-"), notAllowed},
		{"a rule of another account", eventBridge, "sts:AssumeRole", "", rule(ruleAt, elsewhere), notAllowed},
		{"no rule", eventBridge, "sts:AssumeRole", "", nil, notAllowed},
		{"S3", inventoryService, "sts:AssumeRole", "", about(nil), notAllowed},
		{"an administrator", admin, "sts:AssumeRole", "", nil, notAllowed},
	},
}

// TestTrustPolicies judges who may assume each role of the stack.
func TestTrustPolicies(t *testing.T) {
	t.Parallel()
	var file struct {
		Resource struct {
			Role map[string]struct {
				Trust json.RawMessage `json:"assume_role_policy"`
			} `json:"aws_iam_role"`
		}
	}
	text := topologyFiles(t)["stacks/whole/cdk.tf.json"]
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Resource.Role) != len(trustCases) {
		t.Errorf("there are %d roles, and cases of %d", len(file.Resource.Role), len(trustCases))
	}
	var groups []iamsimulate.Group
	var names []string
	for name, cases := range trustCases {
		var policy string
		if err := json.Unmarshal(file.Resource.Role[name+"_role"].Trust, &policy); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		group := iamsimulate.Group{Policy: json.RawMessage(policy)}
		for _, c := range cases {
			c.resource = "arn:aws:iam::" + owner + ":role/acme-whole-" + name
			group.Requests = append(group.Requests, c.request())
		}
		groups, names = append(groups, group), append(names, name)
	}
	for n, answer := range iamsimulate.RunGroups(t, groups) {
		for i, verdict := range answer.Verdicts {
			if c := trustCases[names[n]][i]; c.wrong(verdict) != "" {
				t.Errorf("%s: %s %s", names[n], c.name, c.wrong(verdict))
			}
		}
	}
}
