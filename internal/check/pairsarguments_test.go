package check_test

const (
	theTrailAlarmAt = "aws_cloudwatch_event_rule.alarm_trail"
	allEvents       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
)

// noLifecycle takes the resource with the lifecycle out of the plan.
func noLifecycle(p planJSON) { unlisted(theLifecycleAt)(p) }

// expiring are lifecycle rules as the bucket itself has them.
func expiring(days float64) []any {
	return []any{map[string]any{"id": "own", "enabled": true, "prefix": "",
		"noncurrent_version_expiration": []any{map[string]any{"days": days}}}}
}

// alias has an alias of a key point to another key.
func alias(name, was, is string) func(planJSON) {
	values := func(key string) map[string]any {
		return map[string]any{"name": name, "arn": "arn:aws:kms:us-east-1:012345678901:" + name, "target_key_id": key}
	}
	return more("aws_kms_alias", "a", "update", values(was), values(is))
}

// encryptedBy has the default encryption name a key.
func encryptedBy(name string) func(planJSON) {
	return both(theEncryptionAt, "rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id", name, name)
}

// blocking is a default encryption of version 6 of the provider.
func blocking(before, after []any) func(planJSON) {
	return both(theEncryptionAt, "rule.0.blocked_encryption_types", before, after)
}

// aKey has a key with a policy that a separate resource may have set since.
func aKey(found string, separate bool) func(planJSON) {
	return func(p planJSON) {
		key := func(policy string) map[string]any {
			return map[string]any{"key_id": "k", "id": "k", "arn": keyARN, "policy": policy}
		}
		more("aws_kms_key", "k", "no-op", key(found), key(found))(p)
		path := "configuration.root_module.resources"
		stackJSON(p).set(path, append(stackJSON(p).get(path).([]any), map[string]any{"address": "aws_kms_key.k",
			"mode": "managed", "type": "aws_kms_key", "name": "k", "provider_config_key": "aws",
			"expressions": map[string]any{"enable_key_rotation": constant(true)}}))
		p["resource_drift"] = []any{map[string]any{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key",
			"name": "k", "provider_name": "registry.terraform.io/hashicorp/aws",
			"change": map[string]any{"actions": []any{"update"}, "before": key(keyPolicy), "after": key(found)}}}
		if separate {
			policy := map[string]any{"key_id": "k", "policy": found}
			more("aws_kms_key_policy", "k", "no-op", policy, policy)(p)
		}
	}
}

// argumentPairs are about arguments of what guards, records or copies.
var argumentPairs = []pair{
	{name: "an alarm of fewer management events", plan: "topology",
		stops:  both(theTrailAlarmAt, "state", allEvents, "ENABLED"),
		found:  []string{"records-stopped " + theTrailAlarmAt + ": state of the alarm goes from " + allEvents},
		passes: both(theTrailAlarmAt, "state", "ENABLED", allEvents)},
	{name: "a topic with a key", plan: "topology",
		stops:  both(theTopicAt, "kms_master_key_id", "", "alias/aws/sns"),
		found:  []string{"records-stopped " + theTopicAt + ": kms_master_key_id of the topic for alarms changes"},
		passes: both(theTopicAt, "kms_master_key_id", nil, "")},
	{name: "delete markers that are copied", plan: "topology",
		stops:  changedRule("delete_marker_replication.0.status", "Enabled"),
		found:  []string{"records-stopped " + theReplicationAt + ": delete markers are copied to"},
		passes: ruleWas("delete_marker_replication.0.status", "Enabled")},
	{name: "an encryption that is no longer blocked", plan: "no-change",
		stops:  blocking([]any{"SSE-C"}, []any{"NONE"}),
		found:  []string{"encryption-weakened " + theEncryptionAt + ": the default encryption no longer blocks SSE-C"},
		passes: blocking([]any{"NONE"}, []any{"SSE-C"})},
	{name: "an encryption whose blocks aren't known", plan: "no-change",
		stops: blocking([]any{"SSE-C"}, nil),
		found: []string{"encryption-weakened " + theEncryptionAt + ": the default encryption no longer blocks SSE-C"},
		passes: all(blocking([]any{"SSE-C"}, nil), unknown(theEncryptionAt,
			map[string]any{"rule": []any{map[string]any{"blocked_encryption_types": true}}}))},
	{name: "a lifecycle in a dynamic block of the bucket", plan: "no-change",
		stops:  all(noLifecycle, both(theBucketAt, "lifecycle_rule", expiring(3650), expiring(1))),
		found:  []string{"expires-sooner " + theBucketAt + `: rule "own" expires versions sooner`},
		passes: all(noLifecycle, both(theBucketAt, "lifecycle_rule", expiring(1), expiring(3650)))},
	{name: "an encryption in a dynamic block of the bucket", plan: "no-change",
		stops: both(theBucketAt, "server_side_encryption_configuration", kmsRule, []any{}),
		found: []string{
			"guard-doubled " + theBucketAt,
			"encryption-weakened " + theBucketAt + `: the default encryption is ""`,
		},
		passes: both(theBucketAt, "server_side_encryption_configuration", kmsRule, kmsRule)},
	{
		name: "versioning in a dynamic block of the bucket",
		plan: "no-change",
		stops: both(
			theBucketAt,
			"versioning",
			[]any{map[string]any{"enabled": true}},
			[]any{map[string]any{"enabled": false}},
		),
		found: []string{
			"versioning-off " + theBucketAt + ": versioning is not enabled in the bucket's own argument",
			"guard-doubled " + theBucketAt,
		},
		passes: both(theBucketAt, "versioning", []any{map[string]any{"enabled": false}},
			[]any{map[string]any{"enabled": false}}),
	},
	{name: "the alias of the key of a default encryption", plan: "no-change",
		stops:  all(encryptedBy("alias/data"), alias("alias/data", "one", "two")),
		found:  []string{"encryption-weakened aws_kms_alias.a: the alias, which a default encryption names, goes from"},
		passes: all(encryptedBy("alias/data"), alias("alias/other", "one", "two"))},
	{name: "the alias that a default encryption names by its ARN", plan: "no-change",
		stops:  all(encryptedBy("arn:aws:kms:us-east-1:012345678901:alias/data"), alias("alias/data", "one", "two")),
		found:  []string{"encryption-weakened aws_kms_alias.a: the alias, which a default encryption names, goes from"},
		passes: all(encryptedBy("arn:aws:kms:us-east-1:012345678901:alias/data"), alias("alias/data", "one", "one"))},
	{name: "a key's policy that somebody has changed by hand", plan: "no-change",
		stops:  aKey(openKeyPolicy, false),
		found:  []string{"policy-loosened aws_kms_key.k: statement DenyKeyLoss is gone"},
		passes: aKey(openKeyPolicy, true)},
}
