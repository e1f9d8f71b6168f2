package bucket_test

import (
	"maps"
	"slices"
	"strings"
)

const (
	elsewhere = "999999999999"
	ruleAt    = "arn:aws:events:us-east-1:012345678901:rule/acme-whole-deletions"
)

// sealedEverywhere are the actions that only guardians have on every bucket of the
// topology, told here again.
var sealedEverywhere = []string{
	"DeleteBucket", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketObjectLockConfiguration",
	"PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketVersioning",
	"PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration",
}

// seals asks for each sealed action on a bucket as somebody who isn't a guardian,
// among them the roles and services of the topology.
func seals(at string) []asked {
	strangers := []who{root, admin, lookalike, namesake, foreigner, batchRole, replicationRole, alarmsRole, trail}
	var all []asked
	for i, action := range sealedEverywhere {
		by := strangers[i%len(strangers)]
		all = append(all, asked{action + " by " + by.principal, by, "s3:" + action, at, nil, "SealConfiguration"})
	}
	return all
}

// logged is an access log of the data bucket, with other keys.
func logged(what, key string, others keys, want string) asked {
	return asked{"access logs " + what, logDelivery, "s3:PutObject", evidenceAt + "/" + key, about(others), want}
}

// listed is an inventory of the data bucket, with other keys.
func listed(what, key string, others keys, want string) asked {
	all := about(ownersACL)
	maps.Copy(all, others)
	return asked{"an inventory " + what, inventoryService, "s3:PutObject", evidenceAt + "/" + key, all, want}
}

// published is a message to the topic.
func published(what string, by who, with keys, want string) asked {
	return asked{"a message: " + what, by, "sns:Publish", topicAt, with, want}
}

// strangersTo are requests that nobody needs, or that a service needs though it is
// no part of the topology, by the policy that judges them.
var strangersTo = map[string][]asked{
	"policy": slices.Concat(seals(dataAt), []asked{
		{"a bypass by a job", batchRole, "s3:BypassGovernanceRetention", dataAt + "/x", nil, "DenyGovernanceBypass"},
		{"an overwrite if unchanged", writer, "s3:PutObject", dataAt + "/x", put(keys{"s3:if-match": "e"}), "DenyOverwrite"},
		{
			"an overwrite by a copy", writer, "s3:PutObject", dataAt + "/x",
			put(keys{"s3:x-amz-copy-source": "acme-whole/y"}), "DenyOverwrite",
		},
		{"a part of an upload", writer, "s3:PutObject", dataAt + "/x", keys{creates: "false"}, ""},
		{"a grant", admin, "s3:PutObjectAcl", dataAt + "/x", keys{"s3:x-amz-grant-read": "id=1"}, "SealObjectACLs"},
		{"a service that reads", inventoryService, "s3:GetObject", dataAt + "/x", about(nil), notAllowed},
		{"log delivery into the data", logDelivery, "s3:PutObject", dataAt + "/x", about(put(nil)), notAllowed},
		{"a foreign reader", foreigner, "s3:GetObject", dataAt + "/x", nil, notAllowed},
		{"an anonymous reader", nobody, "s3:GetObject", dataAt + "/x", nil, notAllowed},
		{
			"a copy under another key", replication, "s3:ReplicateObject", dataAt + "/x",
			keys{algorithm: "aws:kms", kmsKey: keyARN}, "DenyOtherEncryption",
		},
		{"a copy on hold", replication, "s3:ReplicateObject", dataAt + "/x", keys{eventHold: "ON"}, "DenyEventHold"},
	}),
	"evidence_policy": slices.Concat(seals(evidenceAt), []asked{
		{"another key for a report", admin, "s3:UpdateObjectEncryption", evidenceAt + "/x", nil, "DenyEvidenceDeletion"},
		{"a guardian's key", deployer, "s3:UpdateObjectEncryption", evidenceAt + "/x", nil, "DenyEvidenceDeletion"},
		logged("without a source", "access-logs/x", keys{"aws:SourceArn": "-"}, notAllowed),
		logged("of a bucket named alike", "access-logs/x", keys{"aws:SourceArn": dataAt + "2"}, notAllowed),
		logged("of the replica", "access-logs/x", keys{"aws:SourceArn": replicaAt}, notAllowed),
		logged("beside their folder", "access-logs2/x", nil, notAllowed),
		logged("as manifests", "batch-manifests/x", nil, notAllowed),
		logged("by plain HTTP", "access-logs/x", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"),
		logged("with the owner's ACL", "access-logs/x", ownersACL, ""),
		logged("with AES256", "access-logs/x", keys{algorithm: "AES256"}, ""),
		{
			"logs are deleted", logDelivery, "s3:DeleteObject", evidenceAt + "/access-logs/x", about(nil),
			"DenyEvidenceDeletion",
		},
		{"logs are granted", logDelivery, "s3:PutObjectAcl", evidenceAt + "/access-logs/x", about(ownersACL), notAllowed},
		listed("of no account", "inventory/x", keys{"aws:SourceAccount": "-"}, notAllowed),
		listed("of another account", "inventory/x", keys{"aws:SourceAccount": elsewhere}, notAllowed),
		listed("without a source", "inventory/x", keys{"aws:SourceArn": "-"}, notAllowed),
		listed("of the trail", "inventory/x", keys{"aws:SourceArn": trailAt}, notAllowed),
		listed("as a manifest", "batch-manifests/x", nil, notAllowed),
		listed("with AES256", "inventory/x", keys{algorithm: "AES256"}, ""),
		listed("with a key", "inventory/x", keys{algorithm: "aws:kms"}, "DenyOtherEncryption"),
		{
			"another service's inventory", service("config.amazonaws.com"), "s3:PutObject", evidenceAt + "/inventory/x",
			about(ownersACL), notAllowed,
		},
		{"another account's reader", foreigner, "s3:GetObject", evidenceAt + "/inventory/x", nil, notAllowed},
		{
			"a job deletes a report", batchRole, "s3:DeleteObjectVersion", evidenceAt + "/batch-reports/x", nil,
			"DenyEvidenceDeletion",
		},
		{
			"a report with a key", writer, "s3:PutObject", evidenceAt + "/x", put(keys{algorithm: "aws:kms"}),
			"DenyOtherEncryption",
		},
	}),
	"trail_policy": slices.Concat(seals(trailAt), []asked{
		{"no trail looks at the bucket", trail, "s3:GetBucketAcl", trailAt, nil, notAllowed},
		{"no trail writes logs", trail, "s3:PutObject", logs, ownersACL, notAllowed},
		{
			"a trail of another Region writes logs", trail, "s3:PutObject", logs,
			keys{"aws:SourceArn": strings.Replace(theTrail, "us-east-1", "eu-west-1", 1), acl: ownersACL[acl]}, notAllowed,
		},
		{"the trail reads logs", trail, "s3:GetObject", logs, keys{"aws:SourceArn": theTrail}, notAllowed},
		{"the trail deletes logs", trail, "s3:DeleteObjectVersion", logs, keys{"aws:SourceArn": theTrail}, notAllowed},
		{"the trail hides logs", trail, "s3:DeleteObject", logs, keys{"aws:SourceArn": theTrail}, "DenyDeleteMarkers"},
		{
			"the trail writes by plain HTTP", trail, "s3:PutObject", logs,
			keys{"aws:SourceArn": theTrail, acl: ownersACL[acl], secure: "false", tls: "-"}, "DenyInsecureTransport",
		},
		{
			"the trail writes with a key", trail, "s3:PutObject", logs,
			keys{"aws:SourceArn": theTrail, acl: ownersACL[acl], algorithm: "aws:kms"}, "DenyOtherEncryption",
		},
		{
			"the trail writes with AES256", trail, "s3:PutObject", logs,
			keys{"aws:SourceArn": theTrail, acl: ownersACL[acl], algorithm: "AES256"}, "",
		},
		{"AWS Config writes", service("config.amazonaws.com"), "s3:PutObject", logs, ownersACL, notAllowed},
		{"another account's reader", foreigner, "s3:GetObject", logs, nil, notAllowed},
		{"a log under an event hold", writer, "s3:PutObject", logs, keys{eventHold: "ON"}, "DenyEventHold"},
	}),
	"replica_policy": slices.Concat(seals(replicaAt), []asked{
		{
			"a copy under two layers", replicationRole, "s3:ReplicateObject", replicaAt + "/x",
			keys{algorithm: "aws:kms:dsse"}, "DenyOtherReplicaEncryption",
		},
		{
			"a copy under a key of the client", replicationRole, "s3:ReplicateObject", replicaAt + "/x",
			keys{customer: "AES256"}, "DenyCustomerProvidedKey",
		},
		{"a copy on hold", replicationRole, "s3:ReplicateObject", replicaAt + "/x", keys{eventHold: "ON"}, "DenyEventHold"},
		{
			"a copy by plain HTTP", replicationRole, "s3:ReplicateObject", replicaAt + "/x",
			keys{secure: "false", tls: "-"}, "DenyInsecureTransport",
		},
		{"a foreign copy", foreigner, "s3:ReplicateObject", replicaAt + "/x", nil, notAllowed},
		{"a copy by the service itself", inventoryService, "s3:ReplicateObject", replicaAt + "/x", about(nil), notAllowed},
		{
			"a shorter lock of a copy", replicationRole, "s3:PutObjectRetention", replicaAt + "/x",
			keys{mode: "COMPLIANCE", remaining: "1"}, "DenyRetentionBelowDefault",
		},
	}),
	"alarms": {
		published("the alarms", alarmsRole, nil, ""),
		published("by plain HTTP", alarmsRole, keys{secure: "false"}, "DenyInsecurePublish"),
		published("by a rule itself", eventBridge, keys{"aws:SourceArn": ruleAt, "aws:SourceAccount": owner}, notAllowed),
		published("by no rule", eventBridge, nil, notAllowed),
		published("by a foreign rule", eventBridge,
			keys{"aws:SourceArn": strings.Replace(ruleAt, owner, elsewhere, 1)}, notAllowed),
		published("by the role's namesake elsewhere", session(elsewhere, "acme-whole-alarms"), nil, notAllowed),
		published("of no account", inventoryService, about(keys{"aws:SourceAccount": "-"}), notAllowed),
		published("of no bucket", inventoryService, about(keys{"aws:SourceArn": "-"}), notAllowed),
		published("of the evidence bucket", inventoryService, about(keys{"aws:SourceArn": evidenceAt}), notAllowed),
		published("of a metric", service("cloudwatch.amazonaws.com"), keys{"aws:SourceAccount": owner}, notAllowed),
		{"a foreign subscription", foreigner, "sns:Subscribe", topicAt, nil, notAllowed},
		{"a foreign permission", foreigner, "sns:AddPermission", topicAt, nil, notAllowed},
		{"a foreign policy", foreigner, "sns:SetTopicAttributes", topicAt, nil, notAllowed},
		{"a foreign deletion", foreigner, "sns:DeleteTopic", topicAt, nil, notAllowed},
	},
	"key":         keyStrangers(ownKey),
	"replica_key": keyStrangers(replicaKey),
}

// keyStrangers are requests for a key of the topology.
func keyStrangers(key string) []asked {
	return []asked{
		{"a deletion by the role for jobs", batchRole, "kms:ScheduleKeyDeletion", key, nil, "DenyKeyLoss"},
		{"a deletion by the role that copies", replicationRole, "kms:ScheduleKeyDeletion", key, nil, "DenyKeyLoss"},
		{"a deletion by the root", root, "kms:ScheduleKeyDeletion", key, nil, "DenyKeyLoss"},
		{"a deletion by a guardian", deployer, "kms:ScheduleKeyDeletion", key, nil, ""},
		{"a disabled key", admin, "kms:DisableKey", key, nil, "DenyKeyLoss"},
		{"lost material", lookalike, "kms:DeleteImportedKeyMaterial", key, nil, "DenyKeyLoss"},
		{"a policy by the root", root, "kms:PutKeyPolicy", key, nil, "SealKeyPolicy"},
		{"a policy by an administrator", admin, "kms:PutKeyPolicy", key, nil, "SealKeyPolicy"},
		{"a policy by a guardian", custodian, "kms:PutKeyPolicy", key, nil, ""},
		{"a grant by an administrator", admin, "kms:CreateGrant", key, nil, ""},
		{"a foreign grant", foreigner, "kms:CreateGrant", key, nil, notAllowed},
		{"a foreign reader", foreigner, "kms:Decrypt", key, through("us-east-1", dataAt), notAllowed},
		{"a foreign deletion", namesake, "kms:ScheduleKeyDeletion", key, nil, "DenyKeyLoss"},
		{"S3 itself", inventoryService, "kms:Decrypt", key, about(nil), notAllowed},
		{"CloudTrail", trail, "kms:GenerateDataKey", key, keys{"aws:SourceArn": theTrail}, notAllowed},
		{"a writer through S3", writer, "kms:GenerateDataKey", key, through("us-east-1", dataAt), ""},
	}
}
