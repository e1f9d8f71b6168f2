package bucket_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"datalock/internal/testkit/iamsimulate"
)

var (
	batchRole       = session(owner, "acme-whole-batch")
	replicationRole = session(owner, "acme-whole-replication")
	alarmsRole      = session(owner, "acme-whole-alarms")
)

// standIn is the key that stands for the encryption context, here and in the
// policies: the simulator takes keys with a variable after a ':' for absent.
const standIn = "kms:RequestAlias"

// through are the keys of a request to AWS KMS that S3 makes for a bucket.
func through(region, bucket string) keys {
	return keys{"kms:ViaService": "s3." + region + ".amazonaws.com", standIn: bucket}
}

// roleCases are the requests of each role of the stack, judged by its policy
// beside that of the resource: every one that the service makes, and others.
var roleCases = map[string][]asked{
	"batch": {
		{"it reads the lock configuration", batchRole, "s3:GetBucketObjectLockConfiguration", dataAt, nil, ""},
		{"it reads a version", batchRole, "s3:GetObjectVersion", dataAt + "/x", nil, ""},
		{"it reads a lock", batchRole, "s3:GetObjectRetention", dataAt + "/x", nil, ""},
		{"it reads a hold", batchRole, "s3:GetObjectLegalHold", dataAt + "/x", nil, ""},
		{"it reads an object", batchRole, "s3:GetObject", dataAt + "/x", nil, ""},
		{
			"it lengthens a retention",
			batchRole,
			"s3:PutObjectRetention",
			dataAt + "/x",
			keys{mode: "COMPLIANCE", remaining: "365"},
			"",
		},
		{"it sets a hold", batchRole, "s3:PutObjectLegalHold", dataAt + "/x", keys{hold: "ON"}, ""},
		{"it reads a manifest", batchRole, "s3:GetObject", evidenceAt + "/batch-manifests/x.csv", nil, ""},
		{"it reads a manifest's version", batchRole, "s3:GetObjectVersion", evidenceAt + "/batch-manifests/x.csv", nil, ""},
		{"it reads an inventory", batchRole, "s3:GetObject", evidenceAt + "/inventory/x.csv.gz", nil, ""},
		{
			"it writes a report",
			batchRole,
			"s3:PutObject",
			evidenceAt + "/batch-reports/x.csv",
			put(keys{algorithm: "AES256"}),
			"",
		},
		{"it decrypts", batchRole, "kms:Decrypt", ownKey, through("us-east-1", dataAt), ""},
		{"it decrypts for another bucket", batchRole, "kms:Decrypt", ownKey, through("us-east-1", dataAt+"2"), notAllowed},
		{"it decrypts by itself", batchRole, "kms:Decrypt", ownKey, keys{standIn: dataAt}, notAllowed},
		{"it encrypts", batchRole, "kms:GenerateDataKey", ownKey, through("us-east-1", dataAt), notAllowed},
		{
			"it shortens a retention",
			batchRole,
			"s3:PutObjectRetention",
			dataAt + "/x",
			keys{mode: "COMPLIANCE", remaining: "1"},
			"DenyRetentionBelowDefault",
		},
		{"it lifts a hold", batchRole, "s3:PutObjectLegalHold", dataAt + "/x", keys{hold: "OFF"}, "SealLegalHolds"},
		{"it deletes a version", batchRole, "s3:DeleteObjectVersion", dataAt + "/x", nil, notAllowed},
		{"it writes data", batchRole, "s3:PutObject", dataAt + "/x", once(nil), notAllowed},
		{"it reads access logs", batchRole, "s3:GetObject", evidenceAt + "/access-logs/x", nil, notAllowed},
		{"it writes a manifest", batchRole, "s3:PutObject", evidenceAt + "/batch-manifests/x.csv", put(nil), notAllowed},
		{
			"it changes the lock configuration",
			batchRole,
			"s3:PutBucketObjectLockConfiguration",
			dataAt,
			nil,
			"SealConfiguration",
		},
	},
	"replication": {
		{"it reads the replication", replicationRole, "s3:GetReplicationConfiguration", dataAt, nil, ""},
		{"it lists the bucket", replicationRole, "s3:ListBucket", dataAt, nil, ""},
		{"it reads a version", replicationRole, "s3:GetObjectVersionForReplication", dataAt + "/x", nil, ""},
		{"it reads an ACL", replicationRole, "s3:GetObjectVersionAcl", dataAt + "/x", nil, ""},
		{"it reads tags", replicationRole, "s3:GetObjectVersionTagging", dataAt + "/x", nil, ""},
		{"it reads a lock", replicationRole, "s3:GetObjectRetention", dataAt + "/x", nil, ""},
		{"it reads a hold", replicationRole, "s3:GetObjectLegalHold", dataAt + "/x", nil, ""},
		{
			"it copies",
			replicationRole,
			"s3:ReplicateObject",
			replicaAt + "/x",
			keys{algorithm: "aws:kms", kmsKey: keyARN},
			"",
		},
		{"it copies tags", replicationRole, "s3:ReplicateTags", replicaAt + "/x", nil, ""},
		{"it decrypts", replicationRole, "kms:Decrypt", ownKey, through("us-east-1", dataAt), ""},
		{"it encrypts", replicationRole, "kms:Encrypt", replicaKey, through("eu-west-1", replicaAt), ""},
		{"it makes a data key", replicationRole, "kms:GenerateDataKey", replicaKey, through("eu-west-1", replicaAt), ""},
		{
			"it encrypts for another bucket",
			replicationRole,
			"kms:Encrypt",
			replicaKey,
			through("eu-west-1", replicaAt+"2"),
			notAllowed,
		},
		{"it copies a delete marker", replicationRole, "s3:ReplicateDelete", replicaAt + "/x", nil, "DenyDeleteMarkers"},
		{"it copies back", replicationRole, "s3:ReplicateObject", dataAt + "/x", nil, notAllowed},
		{"it copies elsewhere", replicationRole, "s3:ReplicateObject", evidenceAt + "/x", nil, notAllowed},
		{"it writes", replicationRole, "s3:PutObject", replicaAt + "/x", once(nil), notAllowed},
		{
			"it changes a lock",
			replicationRole,
			"s3:PutObjectRetention",
			replicaAt + "/x",
			keys{mode: "COMPLIANCE", remaining: "365"},
			notAllowed,
		},
	},
}

const replicaKey = "arn:aws:kms:eu-west-1:012345678901:key/ffffffff-89ab-cdef-0123-456789abcdef"

// policyOfResource returns the policy of the resource that a request is about.
func policyOfResource(t *testing.T, files map[string]string, arn string) json.RawMessage {
	t.Helper()
	for prefix, at := range map[string][2]string{
		ownKey: {"aws_kms_key", "key"}, replicaKey: {"aws_kms_key", "replica_key"},
		evidenceAt: {"aws_s3_bucket_policy", "evidence_policy"}, replicaAt: {"aws_s3_bucket_policy", "replica_policy"},
		trailAt: {"aws_s3_bucket_policy", "trail_policy"}, "arn:aws:sns:": {"aws_sns_topic", "alarms"},
	} {
		if strings.HasPrefix(arn, prefix) {
			return synthesised(t, files, "whole", at[0], at[1])
		}
	}
	return synthesised(t, files, "whole", "aws_s3_bucket_policy", "policy")
}

// TestTopologyRoles judges the roles' policies, and each without each of its
// statements, beside the policies of the buckets and the keys.
func TestTopologyRoles(t *testing.T) {
	t.Parallel()
	files := topologyFiles(t)
	for name, strangers := range roleStrangers {
		t.Run(name, func(t *testing.T) {
			cases := append(roleCases[name], strangers...)
			policy := synthesised(t, files, "whole", "aws_iam_role_policy", name+"_role_policy")
			policy = bytes.ReplaceAll(policy, []byte("kms:EncryptionContext:aws:s3:arn"), []byte(standIn))
			identities := append([]lacking{{policy: policy}}, withoutEach(t, policy)...)
			var groups []iamsimulate.Group
			var judged [][]asked
			for resource, of := range byResource(t, files, cases) {
				group := iamsimulate.Group{Policy: json.RawMessage(resource)}
				for _, identity := range identities {
					for _, c := range of {
						group.Requests = append(group.Requests, c.request(identity.policy))
					}
				}
				groups, judged = append(groups, group), append(judged, of)
			}
			missed := map[string]bool{}
			for n, answer := range iamsimulate.RunGroups(t, groups) {
				for i, verdict := range answer.Verdicts {
					of := judged[n]
					c, sid := of[i%len(of)], identities[i/len(of)].sid
					wrong := c.wrong(verdict)
					missed[sid] = missed[sid] || wrong != ""
					if sid == "" && wrong != "" {
						t.Errorf("%s: %s %s", c.name, c.action, wrong)
					}
				}
			}
			for _, identity := range identities[1:] {
				if !missed[identity.sid] {
					t.Errorf("no case misses the statement %s", identity.sid)
				}
			}
		})
	}
}

// byResource groups cases by the policy of the resource that they are about.
func byResource(t *testing.T, files map[string]string, cases []asked) map[string][]asked {
	t.Helper()
	grouped := map[string][]asked{}
	for _, c := range cases {
		policy := string(policyOfResource(t, files, c.resource))
		grouped[policy] = append(grouped[policy], c)
	}
	return grouped
}
