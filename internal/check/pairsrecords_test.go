package check_test

const (
	theTrailAt  = "aws_cloudtrail.trail"
	theTrailKey = "arn:aws:kms:us-east-1:012345678901:key/11111111-2222-3333-4444-555555555555"
	theTopicAt  = "aws_sns_topic.alarms"
	theTargetAt = "aws_cloudwatch_event_target.alarm_bypass_target"
	theTopicARN = "arn:aws:sns:us-east-1:012345678901:acme-whole-alarms"
)

// later has an argument of a resource be known after the apply alone.
func later(address, argument string) func(planJSON) {
	return func(p planJSON) {
		written(address, argument, from("data.external.x.result", "data.external.x"))(p)
		unknown(address, map[string]any{argument: true})(p)
		delete(p.changeOf(address)["after"].(map[string]any), argument)
	}
}

// topicPolicy has the plan make a policy for a topic.
func topicPolicy(arn, policy string) func(planJSON) {
	return func(p planJSON) {
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": "aws_sns_topic_policy.other", "mode": "managed", "type": "aws_sns_topic_policy",
				"name": "other", "provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
					"actions": []any{"create"}, "before": nil,
					"after": map[string]any{"arn": arn, "policy": policy}}})
	}
}

// sameTopicPolicy gives the topic a policy like the one that the plan makes.
func sameTopicPolicy(p planJSON) {
	both(theTopicAt, "policy", emptyPolicy, emptyPolicy)(p)
	topicPolicy(theTopicARN, emptyPolicy)(p)
}

// topicDrift has the state record a policy of the topic that another resource
// has replaced since.
func topicDrift(p planJSON) {
	change := p.changeOf(theTopicAt)
	was := map[string]any(clone(change["before"].(map[string]any)))
	was["policy"] = emptyPolicy
	p["resource_drift"] = []any{map[string]any{"address": theTopicAt, "mode": "managed", "type": "aws_sns_topic",
		"name": "alarms", "provider_name": "registry.terraform.io/hashicorp/aws",
		"change": map[string]any{"actions": []any{"update"}, "before": was, "after": change["before"]}}}
}

// undeclared has the configuration leave out an argument.
func undeclared(address, argument string) func(planJSON) {
	return func(p planJSON) { delete(p.configured(address), argument) }
}

// offAlarm has the plan make an alarm that is off and whose pattern isn't known yet.
func offAlarm(references ...any) func(planJSON) {
	return made("aws_cloudwatch_event_rule", "off", map[string]any{"name": "off", "state": "DISABLED"},
		map[string]any{"event_pattern": true}, map[string]any{"event_pattern": from(references...)})
}

// recordPairs are about the trail, the alarms and their topic.
var recordPairs = []pair{
	{name: "an alarm that is off, beside a new bucket whose name isn't known", plan: "first-deploy-with-prefix",
		stops: offAlarm(theBucketAt+".id", theBucketAt), found: []string{
			"guard-unknown aws_cloudwatch_event_rule.off: event_pattern is not known",
			"records-stopped aws_cloudwatch_event_rule.off: the alarm is stopped or weakened: state is DISABLED",
		},
		passes: offAlarm("aws_s3_bucket.other.id", "aws_s3_bucket.other")},
	{name: "a trail's prefix that isn't known", plan: "topology",
		stops:  later(theTrailAt, "s3_key_prefix"),
		found:  []string{"guard-unknown " + theTrailAt + ": s3_key_prefix is not known"},
		passes: all(created(theTrailAt), later(theTrailAt, "s3_key_prefix"))},
	{name: "a trail's key that isn't known", plan: "topology",
		stops:  all(both(theTrailAt, "kms_key_id", theTrailKey, nil), later(theTrailAt, "kms_key_id")),
		found:  []string{"guard-unknown " + theTrailAt + ": kms_key_id is not known"},
		passes: all(both(theTrailAt, "kms_key_id", "", nil), later(theTrailAt, "kms_key_id"))},
	{name: "an alarm's message that isn't known", plan: "topology",
		stops:  later(theTargetAt, "input_path"),
		found:  []string{"guard-unknown " + theTargetAt + ": input_path is not known"},
		passes: all(later(theTargetAt, "input_path"), undeclared(theTargetAt, "input_path"))},
	{name: "a topic's policy that isn't known", plan: "topology",
		stops:  later(theTopicAt, "policy"),
		found:  []string{"guard-unknown " + theTopicAt + ": policy is not known"},
		passes: all(created(theTopicAt), later(theTopicAt, "policy"))},
	{name: "another policy for the topic", plan: "topology",
		stops:  topicPolicy(theTopicARN, emptyPolicy),
		found:  []string{"records-stopped aws_sns_topic_policy.other: it replaces the policy that the topic has"},
		passes: sameTopicPolicy},
	{name: "a policy for a new topic", plan: "topology",
		stops: all(created(theTopicAt),
			topicPolicy("arn:aws:sns:us-east-1:012345678901:acme-whole-elsewhere", emptyPolicy)),
		found:  []string{"records-stopped aws_sns_topic_policy.other: it replaces the policy that the topic has"},
		passes: all(created(theTopicAt), topicPolicy(theTopicARN, emptyPolicy))},
	{name: "a topic's policy that another resource has set", plan: "topology",
		stops: topicDrift, found: []string{"records-stopped " + theTopicAt + ": policy of the topic for alarms changes"},
		passes: all(topicDrift, undeclared(theTopicAt, "policy"))},
}
