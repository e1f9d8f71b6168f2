package check_test

import "strings"

// secondLogs has the plan make access logs of a bucket.
func secondLogs(bucket string) func(planJSON) {
	return more("aws_s3_bucket_logging", "more", "create", nil,
		map[string]any{"bucket": bucket, "target_bucket": "acme-elsewhere", "target_prefix": "x/"})
}

// secondReplication copies nothing: it has the filter of a prefix without objects.
func secondReplication(bucket string) func(planJSON) {
	return func(p planJSON) {
		second := clone(p.changeOf(theReplicationAt)["after"].(map[string]any))
		second.set("bucket", bucket)
		second.set("rule.0.filter", []any{map[string]any{"prefix": "none/"}})
		more("aws_s3_bucket_replication_configuration", "more", "create", nil, map[string]any(second))(p)
	}
}

// secondInventory has the plan make an inventory of a bucket.
func secondInventory(name string) func(planJSON) {
	return func(p planJSON) {
		second := clone(p.changeOf(theInventoryAt)["after"].(map[string]any))
		second.set("name", name)
		more("aws_s3_bucket_inventory", "more", "create", nil, map[string]any(second))(p)
	}
}

// inventoryOf has the plan make an inventory of the same name.
func inventoryOf(bucket string) func(planJSON) {
	return func(p planJSON) {
		secondInventory(stackJSON(p.changeOf(theInventoryAt)).get("after.name").(string))(p)
		p.lastChange()["change"].(map[string]any)["after"].(map[string]any)["bucket"] = bucket
	}
}

// unnamed has a rule and its target, a topic elsewhere in the name, which are about a
// bucket by the rule's pattern alone.
func unnamed(bucket string, kept bool) func(planJSON) {
	action, after := "delete", func(map[string]any) any { return nil }
	if kept {
		action, after = "no-op", func(values map[string]any) any { return values }
	}
	rule := map[string]any{"name": "tamper", "event_bus_name": "default", "state": "ENABLED",
		"event_pattern": `{"source":["aws.s3"],"detail":{"requestParameters":{"bucketName":["` + bucket + `"]}}}`}
	target := map[string]any{"rule": "tamper", "arn": "arn:aws:sns:us-east-1:012345678901:alerts", "target_id": "x",
		"role_arn": "arn:aws:iam::012345678901:role/publisher"}
	topic := map[string]any{"name": "alerts", "arn": "arn:aws:sns:us-east-1:012345678901:alerts"}
	return all(more("aws_cloudwatch_event_rule", "tamper", "no-op", rule, rule),
		more("aws_cloudwatch_event_target", "tamper", action, target, after(target)),
		more("aws_sns_topic", "alerts", action, topic, after(topic)))
}

// namedRule has the plan make a rule of EventBridge that waits for something else.
func namedRule(name string) func(planJSON) {
	return more("aws_cloudwatch_event_rule", "more", "create", nil,
		map[string]any{"name": name, "state": "ENABLED", "event_pattern": `{"source":["aws.ec2"]}`})
}

// topicPolicies adds policies of two topics, which stay as they are.
func topicPolicies(one, two string) func(planJSON) {
	policy := func(name, arn string) func(planJSON) {
		values := map[string]any{"arn": arn, "policy": publishable(`{"Service":"events.amazonaws.com"}`, "")}
		return more("aws_sns_topic_policy", name, "no-op", values, values)
	}
	return all(policy("one", one), policy("two", two))
}

// secondRolePolicy adds a policy that allows a role nothing, of the name that the
// policies of the replication's role have.
func secondRolePolicy(role string) func(planJSON) {
	return more("aws_iam_role_policy", "more", "create", nil, map[string]any{
		"role": role, "name": "replication", "policy": `{"Version":"2012-10-17","Statement":[]}`})
}

// secondTarget has the plan make a target of an alarm.
func secondTarget(id string) func(planJSON) {
	return more("aws_cloudwatch_event_target", "more", "create", nil,
		map[string]any{"rule": "acme-whole-bypass", "target_id": id, "arn": "arn:aws:sqs:us-east-1:012345678901:more"})
}

// showing has the bucket show access logs or a replication, which the plan has a
// resource make.
func showing(address, argument string, shown any) func(planJSON) {
	return all(created(address), both(theBucketAt, argument, shown, shown))
}

// madeWith has the plan make a resource with the value of an argument that isn't in the
// configuration, as of a dynamic block.
func madeWith(address, argument string, value any) func(planJSON) {
	return func(p planJSON) { stackJSON(p.changeOf(address)).set("after."+argument, value) }
}

// shownCopies is the replication that the bucket shows, with the filter of a prefix and
// a role.
func shownCopies(prefix, role string) func(planJSON) {
	return func(p planJSON) {
		shown := clone(p.changeOf(theBucketAt)["before"].(map[string]any)).get("replication_configuration").([]any)
		stackJSON(shown[0].(map[string]any)).set("rules.0.filter.0.prefix", prefix)
		stackJSON(shown[0].(map[string]any)).set("role", role)
		showing(theReplicationAt, "replication_configuration", shown)(p)
	}
}

// shownRule changes the rule of the replication that the bucket shows.
func shownRule(path string, value any) func(planJSON) {
	return func(p planJSON) {
		stackJSON(p.changeOf(theBucketAt)).set("before.replication_configuration.0.rules.0."+path, value)
		stackJSON(p.changeOf(theBucketAt)).set("after.replication_configuration.0.rules.0."+path, value)
	}
}

// copyingMarkers has the replication copy delete markers.
var copyingMarkers = changedRule("delete_marker_replication", []any{map[string]any{"status": "Enabled"}})

// alertsGo has the plan delete a topic.
func alertsGo(p planJSON) {
	more("aws_sns_topic", "alerts", "delete",
		map[string]any{"name": "alerts", "arn": "arn:aws:sns:us-east-1:012345678901:copies"}, nil)(p)
}

// alerting is a notification of failed copies of a bucket.
func alerting(bucket string) map[string]any { return notices(bucket, "topic", failedCopies) }

// twoLocks has a dynamic block of an existing bucket set the lock beside the resource.
func twoLocks(mode string, days float64) func(planJSON) {
	lock := func(mode string, days float64) []any {
		return []any{map[string]any{"object_lock_enabled": "Enabled", "rule": []any{map[string]any{
			"default_retention": []any{map[string]any{"mode": mode, "days": days}}}}}}
	}
	return both(theBucketAt, "object_lock_configuration", lock("COMPLIANCE", 90), lock(mode, days))
}

// laterTopicPolicy has the plan make a policy for the topic that isn't known yet.
func laterTopicPolicy(p planJSON) {
	topicPolicy(theTopicARN, "")(p)
	delete(p.lastChange()["change"].(map[string]any)["after"].(map[string]any), "policy")
	p.lastChange()["change"].(map[string]any)["after_unknown"] = map[string]any{"policy": true}
}

// doubledPairs are about resources of which AWS keeps the last, and about what new ones
// replace.
var doubledPairs = []pair{
	{name: "access logs beside others", plan: "topology",
		stops: secondLogs("acme-whole"), found: []string{
			"guard-doubled " + theLoggingAt + ": 2 resources declare the access logs of the same bucket",
			"guard-doubled aws_s3_bucket_logging.more",
			"records-stopped aws_s3_bucket_logging.more: target_bucket of the access logs changes",
			"records-stopped aws_s3_bucket_logging.more: target_prefix of the access logs changes",
		},
		passes: secondLogs("acme-elsewhere")},
	{name: "a replication beside another", plan: "topology",
		stops: secondReplication("acme-whole"), found: []string{
			"guard-doubled aws_s3_bucket_replication_configuration.more: 2 resources declare the replication",
			"records-stopped aws_s3_bucket_replication_configuration.more: which objects are copied",
			"guard-doubled " + theReplicationAt,
		},
		passes: func(p planJSON) {
			secondBucket(p)
			secondReplication("acme-second")(p)
		}},
	{name: "a notification beside that of failed copies", plan: "topology",
		stops: notified("create", nil, notices("acme-whole", "lambda_function", newObjects)), found: []string{
			"guard-doubled aws_s3_bucket_notification.n: 2 resources declare the notification of failed copies",
			"guard-doubled " + theNotificationAt,
		},
		passes: notified("create", nil, notices("acme-whole-replica", "lambda_function", newObjects))},
	{name: "an inventory of the same name", plan: "topology",
		stops: inventoryOf("acme-whole"),
		found: []string{
			"guard-doubled " + theInventoryAt + ": 2 resources declare the inventory of the same name",
			"guard-doubled aws_s3_bucket_inventory.more",
		},
		passes: secondInventory("another")},
	{name: "an inventory of the same name, of another bucket", plan: "topology",
		stops:  inventoryOf("acme-whole"),
		found:  []string{"guard-doubled " + theInventoryAt, "guard-doubled aws_s3_bucket_inventory.more"},
		passes: inventoryOf("acme-whole-replica")},
	{name: "a rule of the same name", plan: "topology",
		stops: all(unnamed("acme-whole", true), namedRule("tamper")), found: []string{
			"guard-doubled aws_cloudwatch_event_rule.more: 2 resources declare the alarm of the same name",
			"guard-doubled aws_cloudwatch_event_rule.tamper",
		},
		passes: all(unnamed("acme-whole", true), namedRule("tamper2"))},
	{name: "a target of the same name", plan: "topology",
		stops: secondTarget("alarms"), found: []string{
			"guard-doubled " + theTargetAt + ": 2 resources declare the alarm's target of the same name",
			"guard-doubled aws_cloudwatch_event_target.more",
		},
		passes: secondTarget("more")},
	{name: "two policies of a topic", plan: "topology",
		stops: topicPolicies(theTopicARN, theTopicARN), found: []string{
			"guard-doubled aws_sns_topic_policy.one: 2 resources declare the policy of the topic for alarms of the same topic",
			"guard-doubled aws_sns_topic_policy.two",
		},
		passes: topicPolicies(theTopicARN, strings.Replace(theTopicARN, "us-east-1", "eu-west-1", 1))},
	{name: "a role's policy of the same name", plan: "topology",
		stops: secondRolePolicy("acme-whole-replication"), found: []string{
			"guard-doubled aws_iam_role_policy.more: 2 resources declare the role's policy of the same name",
			"guard-doubled aws_iam_role_policy.replication_role_policy",
		},
		passes: secondRolePolicy("acme-whole-reader")},
	{name: "access logs in the bucket itself beside the resource", plan: "topology",
		stops:  written(theBucketAt, "logging", []any{}),
		found:  []string{"guard-doubled " + theBucketAt + ": its argument logging and a resource both declare"},
		passes: written(theBucketAt, "website", []any{})},
	{name: "a dynamic block of access logs in a new bucket beside the resource", plan: "topology-first",
		stops: madeWith(theBucketAt, "logging", []any{map[string]any{"target_bucket": "acme-elsewhere"}}),
		found: []string{
			"guard-doubled " + theBucketAt + ": its argument logging and a resource both declare",
		},
		passes: madeWith(theBucketAt, "logging", []any{})},
	{name: "new access logs in place of those that the bucket shows", plan: "topology",
		stops: showing(theLoggingAt, "logging", []any{
			map[string]any{"target_bucket": "acme-elsewhere", "target_prefix": "access-logs/"},
		}),
		found:  []string{"records-stopped " + theLoggingAt + ": target_bucket of the access logs changes"},
		passes: showing(theLoggingAt, "logging", []any{})},
	{name: "a new replication in place of one that the bucket shows", plan: "topology",
		stops:  all(shownCopies("a/", theReplicationARN), changedRule("filter.0.prefix", "a/b/")),
		found:  []string{copiesFewer},
		passes: all(shownCopies("a/b/", theReplicationARN), changedRule("filter.0.prefix", "a/"))},
	{name: "a new replication by another role than the bucket shows", plan: "topology",
		stops:  shownCopies("", guardianARN),
		found:  []string{"records-stopped " + theReplicationAt + ": the role of the replication goes from " + guardianARN},
		passes: shownCopies("", theReplicationARN)},
	{name: "metrics that the bucket shows and a new replication lacks", plan: "topology",
		stops:  all(shownCopies("", theReplicationARN), changedRule("destination.0.metrics", []any{})),
		found:  []string{"records-stopped " + theReplicationAt + ": destination.metrics of the replication"},
		passes: shownCopies("", theReplicationARN)},
	{name: "objects under a KMS key that the bucket shows as copied", plan: "topology",
		stops: all(shownCopies("", theReplicationARN), changedRule("source_selection_criteria", []any{})),
		found: []string{
			"records-stopped " + theReplicationAt + ": source_selection_criteria.sse_kms_encrypted_objects of the replication",
		},
		passes: shownCopies("", theReplicationARN)},
	{name: "delete markers that a new replication copies", plan: "topology",
		stops: all(shownCopies("", theReplicationARN), copyingMarkers),
		found: []string{"records-stopped " + theReplicationAt + ": delete markers are copied to"},
		passes: all(shownCopies("", theReplicationARN), copyingMarkers,
			shownRule("delete_marker_replication_status", "Enabled"))},
	{name: "another account that the bucket shows as the destination", plan: "topology",
		stops: all(shownCopies("", theReplicationARN), changedRule("destination.0.bucket", "arn:aws:s3:::acme-other"),
			changedRule("destination.0.account", otherAccount), shownRule("destination.0.bucket", "arn:aws:s3:::acme-other")),
		found: []string{"replicated-elsewhere " + theReplicationAt},
		passes: all(shownCopies("", theReplicationARN), changedRule("destination.0.bucket", "arn:aws:s3:::acme-other"),
			changedRule("destination.0.account", otherAccount), shownRule("destination.0.bucket", "arn:aws:s3:::acme-other"),
			shownRule("destination.0.account_id", otherAccount))},
	{name: "the topic of a notification of failed copies", plan: "topology",
		stops:  all(alertsGo, notified("no-op", alerting("acme-elsewhere"), alerting("acme-elsewhere"))),
		found:  []string{"destroyed aws_sns_topic.alerts: the plan destroys the topic for alarms"},
		passes: all(secondBucket, alertsGo, notified("no-op", alerting("acme-second"), alerting("acme-second")))},
	{name: "the role of an alarm of another name", plan: "topology",
		stops:  all(unnamed("acme-whole", true), publisherGoes),
		found:  []string{"destroyed aws_iam_role_policy.more: the plan destroys the role's policy"},
		passes: all(unnamed("acme-other", true), publisherGoes)},
	{name: "a dynamic block of a lock beside the resource", plan: "no-change",
		stops: twoLocks("GOVERNANCE", 1), found: []string{
			"mode-weakened " + theBucketAt + ": the mode of the default retention goes from COMPLIANCE to GOVERNANCE",
			"retention-shortened " + theBucketAt + ": the default retention goes from 90 to 1 day",
			"guard-doubled " + theBucketAt + ": its argument object_lock_configuration and a resource",
		},
		passes: twoLocks("COMPLIANCE", 90)},
	{name: "the target and the topic of an alarm of another name", plan: "topology",
		stops: unnamed("acme-whole", false), found: []string{
			"destroyed aws_cloudwatch_event_target.tamper: the plan destroys the alarm's target",
			"destroyed aws_sns_topic.alerts: the plan destroys the topic for alarms",
		},
		passes: unnamed("acme-other", false)},
	{name: "a new policy of a topic that isn't known", plan: "topology",
		stops:  laterTopicPolicy,
		found:  []string{"records-stopped aws_sns_topic_policy.other: it replaces the policy that the topic has"},
		passes: all(created(theTopicAt), laterTopicPolicy)},
}
