package check_test

// movedTo has the plan make a guard again, for another bucket.
func movedTo(address, bucket string) func(planJSON) {
	return func(p planJSON) {
		c := p.changeOf(address)
		c["actions"] = []any{"delete", "create"}
		c["after"] = map[string]any(clone(c["before"].(map[string]any)))
		stackJSON(c).set("after.bucket", bucket)
	}
}

// policyMoved has the policy of a bucket become that of another one.
func policyMoved(from, to string) func(planJSON) {
	return more("aws_s3_bucket_policy", "p", "update", map[string]any{"bucket": from, "policy": emptyPolicy},
		map[string]any{"bucket": to, "policy": emptyPolicy})
}

// policyNamedBy has a plan without another locked bucket make a policy, whose
// bucket is named by a reference.
func policyNamedBy(reference string) func(planJSON) {
	return func(p planJSON) {
		unlocked(p)
		for _, address := range []string{
			thePolicyAt, theEncryptionAt, theLifecycleAt, lockAddress, "aws_s3_bucket_versioning.versioning",
			"aws_s3_bucket_ownership_controls.ownership", "aws_s3_bucket_public_access_block.public_access_block",
		} {
			unlisted(address)(p)
		}
		more("aws_s3_bucket_policy", "p", "create", nil, map[string]any{"policy": emptyPolicy})(p)
		unknown("aws_s3_bucket_policy.p", map[string]any{"bucket": true})(p)
		path := "configuration.root_module.resources"
		stackJSON(p).set(path, append(stackJSON(p).get(path).([]any), map[string]any{
			"address": "aws_s3_bucket_policy.p", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "p",
			"provider_config_key": "aws", "expressions": map[string]any{"bucket": from(reference)}}))
	}
}

// hardened has somebody have added the denial of deletions to the evidence bucket by
// hand, which the plan takes out again or keeps.
func hardened(keeps bool) func(planJSON) {
	return func(p planJSON) {
		both("aws_s3_bucket.evidence_bucket", "policy", "", "")(p)
		change := p.changeOf(theEvidencePolicyAt)
		found := map[string]any(clone(change["before"].(map[string]any)))
		lose(theEvidencePolicyAt, "DenyEvidenceDeletion")(p)
		was := map[string]any(clone(change["after"].(map[string]any)))
		if keeps {
			change["after"] = found
		}
		p["resource_drift"] = []any{map[string]any{"address": theEvidencePolicyAt, "mode": "managed",
			"type": "aws_s3_bucket_policy", "name": "evidence_policy",
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change":        map[string]any{"actions": []any{"update"}, "before": was, "after": found}}}
	}
}

// movedPairs are about guards that become those of another bucket.
var movedPairs = []pair{
	{name: "access logs that become another bucket's", plan: "topology",
		stops:  all(secondBucket, movedTo("aws_s3_bucket_logging.access_logs", "acme-second")),
		found:  []string{"destroyed aws_s3_bucket_logging.access_logs: the plan destroys the access logs"},
		passes: secondBucket},
	{name: "an inventory that becomes another bucket's", plan: "topology",
		stops:  all(secondBucket, movedTo("aws_s3_bucket_inventory.inventory", "acme-second")),
		found:  []string{"destroyed aws_s3_bucket_inventory.inventory: the plan destroys the inventory"},
		passes: secondBucket},
	{name: "a notification that becomes another bucket's", plan: "topology",
		stops:  all(secondBucket, movedTo("aws_s3_bucket_notification.notification", "acme-second")),
		found:  []string{"destroyed aws_s3_bucket_notification.notification: the plan destroys the notification"},
		passes: secondBucket},
	{name: "a replication that becomes another bucket's", plan: "topology",
		stops:  all(secondBucket, movedTo(theReplicationAt, "acme-second")),
		found:  []string{"records-stopped " + theReplicationAt + ": the plan destroys the replication and makes another one"},
		passes: secondBucket},
	{name: "a policy that becomes that of a bucket elsewhere", plan: "no-change",
		stops:  all(secondBucket, policyMoved("acme-second", "acme-elsewhere")),
		found:  []string{"policy-loosened aws_s3_bucket_policy.p: what policy there was isn't known"},
		passes: all(secondBucket, policyMoved("acme-second", "acme-second"))},
	{name: "a policy that was that of a bucket elsewhere", plan: "no-change",
		stops: all(secondBucket, policyMoved("acme-elsewhere", "acme-second"),
			acted("aws_s3_bucket_policy.p", "delete", "create")),
		found: []string{"destroyed aws_s3_bucket_policy.p: the plan destroys the bucket policy and makes another one"},
		passes: all(secondBucket, policyMoved("acme-second", "acme-second"),
			acted("aws_s3_bucket_policy.p", "delete", "create"))},
	{name: "evidence whose deletion somebody has denied by hand", plan: "topology",
		stops:  hardened(false),
		found:  []string{"policy-loosened " + theEvidencePolicyAt + ": statement DenyEvidenceDeletion is gone"},
		passes: hardened(true)},
	{name: "a policy whose bucket a data source names", plan: "no-change",
		stops:  policyNamedBy("data.aws_s3_bucket.locked.id"),
		found:  []string{"policy-loosened aws_s3_bucket_policy.p: what policy there was isn't known"},
		passes: policyNamedBy(theBucketAt + ".id")},
}
