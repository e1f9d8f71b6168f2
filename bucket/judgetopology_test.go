package bucket_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/iamsimulate"
)

const topology = `{"region": "us-east-1", "account": "012345678901", "buckets": {"whole": {"name": "acme-whole",
	"encryption": {"algorithm": "aws:kms"}, "writeOnce": true,
	"guardians": ["arn:aws:iam::012345678901:role/deployer", "arn:aws:iam::012345678901:role/security/custodian"],
	"evidence": {}, "accessLogs": true, "inventory": {}, "batch": true, "replica": {"region": "eu-west-1"}, "dataEvents": {}}}}`

// An asked is a request, and what must become of it: the Sid of the statement
// that denies it, nothing where it must be allowed, or notAllowed.
type asked struct {
	name             string
	who              who
	action, resource string
	keys             keys
	want             string
}

// notAllowed is what becomes of a request that no statement allows or denies.
const notAllowed = "no statement allows it"

// request returns the request with the keys that every one has; "-" leaves one
// out.
func (a asked) request(identity ...json.RawMessage) iamsimulate.Request {
	context := map[string]string{"aws:SecureTransport": "true"}
	if strings.HasPrefix(a.action, "s3:") {
		context["s3:TlsVersion"], context["aws:PrincipalIsAWSService"] = "1.3", "false"
	}
	if a.who.service {
		context["aws:PrincipalIsAWSService"] = "true"
	}
	if a.who.arn != "" {
		context["aws:PrincipalArn"] = a.who.arn
	}
	maps.Copy(context, a.keys)
	maps.DeleteFunc(context, func(_, value string) bool { return value == "-" })
	return iamsimulate.Request{
		Principal: a.who.principal, Action: a.action, Resource: a.resource, Account: owner, Context: context,
		Identity: identity,
	}
}

func (a asked) wrong(v iamsimulate.Verdict) string {
	if a.want == notAllowed {
		if v.Error != "" || v.Result != "ImplicitlyDenied" {
			return "is " + v.Result + " " + v.Error + ", want that " + notAllowed
		}
		return ""
	}
	return judged{deny: a.want}.wrong(v)
}

func service(name string) who { return who{principal: name, service: true} }

var (
	inventoryService = service("s3.amazonaws.com")
	eventBridge      = service("events.amazonaws.com")
)

// about are the keys of a service that acts for the data bucket.
func about(others keys) keys {
	all := keys{"aws:SourceArn": "arn:aws:s3:::acme-whole", "aws:SourceAccount": owner}
	maps.Copy(all, others)
	return all
}

const (
	evidenceAt = "arn:aws:s3:::acme-whole-evidence"
	trailAt    = "arn:aws:s3:::acme-whole-trail"
	replicaAt  = "arn:aws:s3:::acme-whole-replica"
	dataAt     = "arn:aws:s3:::acme-whole"
	topicAt    = "arn:aws:sns:us-east-1:012345678901:acme-whole-alarms"
	theTrail   = "arn:aws:cloudtrail:us-east-1:012345678901:trail/acme-whole-trail"
	logs       = trailAt + "/AWSLogs/012345678901/CloudTrail/us-east-1/2026/11/26/x.json.gz"
)

var ownersACL = keys{acl: "bucket-owner-full-control"}

// common are cases that every bucket of the topology must pass.
func common(at, deletion string) []asked {
	object := at + "/x"
	return []asked{
		{"read", writer, "s3:GetObject", object, nil, ""},
		{"read by plain HTTP", writer, "s3:GetObject", object, keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
		{"read by TLS 1.1", root, "s3:GetObject", object, keys{tls: "1.1"}, "DenyOldTLS"},
		{
			"a key that the client keeps",
			writer,
			"s3:PutObject",
			object,
			once(keys{customer: "AES256"}),
			"DenyCustomerProvidedKey",
		},
		{"another algorithm", writer, "s3:PutObject", object, once(keys{algorithm: "aws:kms:dsse"}), "DenyOtherEncryption"},
		{"a deletion", root, "s3:DeleteObject", object, nil, deletion},
		{"a replicated deletion", replication, "s3:ReplicateDelete", object, nil, deletion},
		{"a guardian's deletion", deployer, "s3:DeleteObject", object, nil, deletion},
		{"a stranger's policy", admin, "s3:PutBucketPolicy", at, nil, "SealConfiguration"},
		{"a stranger's lifecycle", admin, "s3:PutLifecycleConfiguration", at, nil, "SealConfiguration"},
		{"a guardian's policy", deployer, "s3:PutBucketPolicy", at, nil, ""},
		{"a stranger's ACL", admin, "s3:PutObjectAcl", object, keys{acl: "public-read"}, "SealObjectACLs"},
	}
}

// locked are cases that every locked bucket of the topology must pass.
func locked(at string) []asked {
	object := at + "/x"
	return append(common(at, "DenyDeleteMarkers"), []asked{
		{"a put that names a retention", writer, "s3:PutObject", object, once(keys{mode: "COMPLIANCE", remaining: "90"}), ""},
		{"a weaker mode", writer, "s3:PutObject", object, once(keys{mode: "GOVERNANCE", remaining: "90"}), "DenyWeakerMode"},
		{
			"a day less",
			writer,
			"s3:PutObjectRetention",
			object,
			keys{mode: "COMPLIANCE", remaining: "88"},
			"DenyRetentionBelowDefault",
		},
		{
			"a day more than ten years",
			writer,
			"s3:PutObjectRetention",
			object,
			keys{mode: "COMPLIANCE", remaining: "3651"},
			"DenyRetentionAboveMaximum",
		},
		{"an event hold", writer, "s3:PutObjectRetention", object, keys{eventHold: "ON"}, "DenyEventHold"},
		{"a bypass", root, "s3:BypassGovernanceRetention", object, nil, "DenyGovernanceBypass"},
		{"a hold that is lifted", admin, "s3:PutObjectLegalHold", object, keys{hold: "OFF"}, "SealLegalHolds"},
		{"a hold that is lifted by a guardian", custodian, "s3:PutObjectLegalHold", object, keys{hold: "OFF"}, ""},
	}...)
}

// overwrites are cases of buckets that are written once.
func overwrites(at string) []asked {
	return []asked{
		{"an overwrite", writer, "s3:PutObject", at + "/x", put(nil), "DenyOverwrite"},
		{"a write of a new key", writer, "s3:PutObject", at + "/x", once(nil), ""},
	}
}

// resourceCases are the requests that each policy of a resource is judged by.
var resourceCases = []struct {
	resource, name string
	cases          []asked
}{
	{"aws_s3_bucket_policy", "policy", slices.Concat(locked(dataAt), overwrites(dataAt), []asked{
		{"logs that are sent elsewhere", admin, "s3:PutBucketLogging", dataAt, nil, "SealConfiguration"},
		{"an inventory that is stopped", admin, "s3:PutInventoryConfiguration", dataAt, nil, "SealConfiguration"},
		{"notifications that are stopped", admin, "s3:PutBucketNotification", dataAt, nil, "SealConfiguration"},
		{"a replication that is stopped", admin, "s3:PutReplicationConfiguration", dataAt, nil, "SealConfiguration"},
		{"logs that a guardian sends elsewhere", deployer, "s3:PutBucketLogging", dataAt, nil, ""},
	})},
	{"aws_s3_bucket_policy", "evidence_policy", append(common(evidenceAt, "DenyEvidenceDeletion"), []asked{
		{"a report", writer, "s3:PutObject", evidenceAt + "/batch-reports/x", put(nil), ""},
		{
			"a report that names AES256",
			writer,
			"s3:PutObject",
			evidenceAt + "/batch-reports/x",
			put(keys{algorithm: "AES256"}),
			"",
		},
		{"a version that is deleted", root, "s3:DeleteObjectVersion", evidenceAt + "/x", nil, "DenyEvidenceDeletion"},
		{
			"a version that a guardian deletes",
			custodian,
			"s3:DeleteObjectVersion",
			evidenceAt + "/x",
			nil,
			"DenyEvidenceDeletion",
		},
		{"a hold that is lifted", admin, "s3:PutObjectLegalHold", evidenceAt + "/x", keys{hold: "OFF"}, "SealLegalHolds"},
		{
			"access logs",
			logDelivery,
			"s3:PutObject",
			evidenceAt + "/access-logs/012345678901/us-east-1/acme-whole/2026/11/26/x",
			about(nil),
			"",
		},
		{
			"access logs of another bucket",
			logDelivery,
			"s3:PutObject",
			evidenceAt + "/access-logs/x",
			about(keys{"aws:SourceArn": "arn:aws:s3:::acme-whole-evidence"}),
			notAllowed,
		},
		{
			"access logs of another account",
			logDelivery,
			"s3:PutObject",
			evidenceAt + "/access-logs/x",
			about(keys{"aws:SourceAccount": "999999999999"}),
			notAllowed,
		},
		{
			"access logs of no account",
			logDelivery,
			"s3:PutObject",
			evidenceAt + "/access-logs/x",
			about(keys{"aws:SourceAccount": "-"}),
			notAllowed,
		},
		{
			"access logs among the inventories",
			logDelivery,
			"s3:PutObject",
			evidenceAt + "/inventory/x",
			about(nil),
			notAllowed,
		},
		{"access logs that are read", logDelivery, "s3:GetObject", evidenceAt + "/access-logs/x", about(nil), notAllowed},
		{
			"an inventory",
			inventoryService,
			"s3:PutObject",
			evidenceAt + "/inventory/acme-whole/datalock/x",
			about(ownersACL),
			"",
		},
		{
			"an inventory with another ACL",
			inventoryService,
			"s3:PutObject",
			evidenceAt + "/inventory/x",
			about(nil),
			notAllowed,
		},
		{
			"an inventory of another bucket",
			inventoryService,
			"s3:PutObject",
			evidenceAt + "/inventory/x",
			about(keys{"aws:SourceArn": "arn:aws:s3:::acme-other", acl: "bucket-owner-full-control"}),
			notAllowed,
		},
		{
			"an inventory among the logs",
			inventoryService,
			"s3:PutObject",
			evidenceAt + "/access-logs/x",
			about(ownersACL),
			notAllowed,
		},
		{"another account's report", foreigner, "s3:PutObject", evidenceAt + "/batch-reports/x", put(nil), notAllowed},
	}...)},
	{"aws_s3_bucket_policy", "trail_policy", append(locked(trailAt), []asked{
		{"the trail looks at its bucket", trail, "s3:GetBucketAcl", trailAt, keys{"aws:SourceArn": theTrail}, ""},
		{
			"another trail looks at the bucket",
			trail,
			"s3:GetBucketAcl",
			trailAt,
			keys{"aws:SourceArn": theTrail + "2"},
			notAllowed,
		},
		{
			"the trail writes logs",
			trail,
			"s3:PutObject",
			logs,
			keys{"aws:SourceArn": theTrail, acl: "bucket-owner-full-control"},
			"",
		},
		{"the trail writes with another ACL", trail, "s3:PutObject", logs, keys{"aws:SourceArn": theTrail}, notAllowed},
		{
			"another trail writes logs",
			trail,
			"s3:PutObject",
			logs,
			keys{"aws:SourceArn": theTrail + "2", acl: "bucket-owner-full-control"},
			notAllowed,
		},
		{
			"a trail of the same name in another account writes logs",
			trail,
			"s3:PutObject",
			logs,
			keys{"aws:SourceArn": strings.Replace(theTrail, owner, "999999999999", 1), acl: "bucket-owner-full-control"},
			notAllowed,
		},
		{
			"the trail writes digests",
			trail,
			"s3:PutObject",
			strings.Replace(logs, "/CloudTrail/", "/CloudTrail-Digest/", 1),
			keys{"aws:SourceArn": theTrail, acl: "bucket-owner-full-control"},
			"",
		},
		{
			"the trail writes elsewhere",
			trail,
			"s3:PutObject",
			trailAt + "/AWSLogs/999999999999/x",
			keys{"aws:SourceArn": theTrail, acl: "bucket-owner-full-control"},
			notAllowed,
		},
	}...)},
	{"aws_s3_bucket_policy", "replica_policy", slices.Concat(locked(replicaAt), overwrites(replicaAt), []asked{
		{
			"a copy under the key",
			replication,
			"s3:ReplicateObject",
			replicaAt + "/x",
			keys{algorithm: "aws:kms", kmsKey: keyARN},
			"",
		},
		{"a copy that names nothing", replication, "s3:ReplicateObject", replicaAt + "/x", nil, ""},
		{
			"a copy without the key",
			replication,
			"s3:ReplicateObject",
			replicaAt + "/x",
			keys{algorithm: "AES256"},
			"DenyOtherReplicaEncryption",
		},
		{"a copy's tags", replication, "s3:ReplicateTags", replicaAt + "/x", nil, ""},
	})},
	{"aws_sns_topic", "alarms", []asked{
		{"a failed copy", inventoryService, "sns:Publish", topicAt, about(nil), ""},
		{
			"a failed copy of another bucket",
			inventoryService,
			"sns:Publish",
			topicAt,
			about(keys{"aws:SourceArn": "arn:aws:s3:::acme-other"}),
			notAllowed,
		},
		{
			"a failed copy of another account",
			inventoryService,
			"sns:Publish",
			topicAt,
			about(keys{"aws:SourceAccount": "999999999999"}),
			notAllowed,
		},
		{"another account publishes", foreigner, "sns:Publish", topicAt, nil, notAllowed},
		{"publishing by plain HTTP", writer, "sns:Publish", topicAt, keys{secure: "false"}, "DenyInsecurePublish"},
		{"somebody of the account publishes", writer, "sns:Publish", topicAt, nil, ""},
	}},
	{"aws_kms_key", "key", nil},
	{"aws_kms_key", "replica_key", nil},
}

var topologyOnce struct {
	sync.Once
	files map[string]string
}

// topologyFiles returns what the app writes for the topology, once for all
// tests.
func topologyFiles(t *testing.T) map[string]string {
	t.Helper()
	topologyOnce.Do(func() { topologyOnce.files = apptest.Files(t, apptest.Synth(t, []byte(topology))) })
	if topologyOnce.files == nil {
		t.Fatal("the app didn't write the topology")
	}
	return topologyOnce.files
}

// TestTopologyPolicies judges the policies of the topology's resources, and each
// without each of its statements: a statement that no case misses is one that
// no case checks.
func TestTopologyPolicies(t *testing.T) {
	t.Parallel()
	files := topologyFiles(t)
	var tables []policyTable
	var judgedBy [][]asked
	for _, of := range resourceCases {
		cases := append(of.cases, strangersTo[of.name]...)
		table := policyTable{
			name: of.name, policy: synthesised(t, files, "whole", of.resource, of.name),
			wrong: func(i int, v iamsimulate.Verdict) string { return cases[i].wrong(v) },
		}
		for _, c := range cases {
			table.requests = append(table.requests, c.request())
		}
		tables, judgedBy = append(tables, table), append(judgedBy, cases)
	}
	for n, verdicts := range judgePolicies(t, tables) {
		for i, c := range judgedBy[n] {
			if wrong := c.wrong(verdicts[i]); wrong != "" {
				t.Errorf("%s: %s: %s %s", tables[n].name, c.name, c.action, wrong)
			}
		}
	}
}
