package check_test

import "strings"

// topologyEdges are changes of a plan of the whole topology, one for each way in
// which a record can be stopped: a separate plan for each would be large.
var topologyEdges = []edge{
	{
		"logs that go elsewhere",
		"topology",
		both("aws_s3_bucket_logging.access_logs", "target_bucket", "acme-whole-evidence", "acme-other"),
		"records-stopped",
		"target_bucket of the access logs changes",
	},
	{
		"logs under another prefix",
		"topology",
		both("aws_s3_bucket_logging.access_logs", "target_prefix", "access-logs/", "x/"),
		"records-stopped",
		"target_prefix of the access logs changes",
	},
	{"logs that are new", "topology", created("aws_s3_bucket_logging.access_logs"), "", ""},
	{
		"an inventory that is off",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "enabled", true, false),
		"records-stopped",
		"enabled is false",
	},
	{
		"an inventory of current versions",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "included_object_versions", "All", "Current"),
		"records-stopped",
		"included_object_versions of the inventory changes",
	},
	{
		"an inventory that goes elsewhere",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "destination.0.bucket.0.bucket_arn", "arn:aws:s3:::a", "arn:aws:s3:::b"),
		"records-stopped",
		"destination of the inventory changes",
	},
	{
		"an inventory without the dates",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "optional_fields", []any{
			"ObjectLockMode",
			"ObjectLockRetainUntilDate",
		}, []any{"ObjectLockMode"}),
		"records-stopped",
		"loses the column ObjectLockRetainUntilDate",
	},
	{
		"an inventory with more columns",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "optional_fields", []any{"ObjectLockMode"}, []any{
			"ObjectLockMode",
			"Size",
		}),
		"",
		"",
	},
	{
		"an inventory that is rarer",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "schedule.0.frequency", "Daily", "Weekly"),
		"records-stopped",
		"every week, it was every day",
	},
	{
		"an inventory that is more frequent",
		"topology",
		both("aws_s3_bucket_inventory.inventory", "schedule.0.frequency", "Weekly", "Daily"),
		"",
		"",
	},
	{
		"a trail without validation",
		"topology",
		both("aws_cloudtrail.trail", "enable_log_file_validation", true, false),
		"records-stopped",
		"enable_log_file_validation is not true",
	},
	{
		"a trail into another bucket",
		"topology",
		both("aws_cloudtrail.trail", "s3_bucket_name", "acme-whole-trail", "acme-other"),
		"records-stopped",
		"s3_bucket_name of the trail changes",
	},
	{
		"a trail of other events",
		"topology",
		both("aws_cloudtrail.trail", "advanced_event_selector.1.field_selector.0.equals", []any{"Management"},
			[]any{"NetworkActivity"}),
		"records-stopped",
		"advanced_event_selector of the trail changes",
	},
	{"a trail of something else", "topology", func(p planJSON) {
		ofAnother(p, "aws_cloudtrail.trail")
		both("aws_cloudtrail.trail", "enable_logging", true, false)(p)
	}, "", ""},
	{"a trail of a bucket that it names by a reference", "topology", func(p planJSON) {
		ofAnother(p, "aws_cloudtrail.trail")
		p.configured("aws_cloudtrail.trail")["s3_key_prefix"] = map[string]any{
			"references": []any{"aws_s3_bucket.bucket.bucket", "aws_s3_bucket.bucket"},
		}
		p.changeOf("aws_cloudtrail.trail")["after_unknown"] = map[string]any{"s3_key_prefix": true}
		both("aws_cloudtrail.trail", "enable_logging", true, false)(p)
	}, "records-stopped", "enable_logging is false"},
	{
		"an alarm that is off",
		"topology",
		both("aws_cloudwatch_event_rule.alarm_deletions", "state", "ENABLED", "DISABLED"),
		"records-stopped",
		"state is DISABLED",
	},
	{
		"an alarm that is off in the old way",
		"topology",
		both("aws_cloudwatch_event_rule.alarm_deletions", "is_enabled", true, false),
		"records-stopped",
		"is_enabled is false",
	},
	{
		"an alarm for other events",
		"topology",
		both("aws_cloudwatch_event_rule.alarm_deletions", "event_pattern", `{"source":["aws.s3"]}`, `{"source":["aws.ec2"]}`),
		"records-stopped",
		"event_pattern of the alarm changes",
	},
	{"an alarm of another bucket that is off", "topology", func(p planJSON) {
		ofAnother(p, "aws_cloudwatch_event_rule.alarm_deletions")
		both("aws_cloudwatch_event_rule.alarm_deletions", "state", "ENABLED", "DISABLED")(p)
	}, "", ""},
	{
		"an alarm that goes elsewhere",
		"topology",
		both("aws_cloudwatch_event_target.alarm_deletions_target", "arn",
			"arn:aws:sns:us-east-1:012345678901:acme-whole-alarms", "arn:aws:sns:us-east-1:012345678901:other"),
		"records-stopped",
		"arn of the alarm's target changes",
	},
	{
		"an alarm with another input",
		"topology",
		both("aws_cloudwatch_event_target.alarm_deletions_target", "input", "", "{}"),
		"records-stopped",
		"input of the alarm's target changes",
	},
	{
		"an input that is written in another way",
		"topology",
		both("aws_cloudwatch_event_target.alarm_deletions_target", "input", "", nil),
		"",
		"",
	},
	{
		"a topic that accepts nothing",
		"topology",
		both("aws_sns_topic.alarms", "policy", keyPolicy, emptyPolicy),
		"records-stopped",
		"policy of the topic for alarms changes",
	},
	{
		"no notification of failed copies",
		"topology",
		both("aws_s3_bucket_notification.notification", "topic", notices("", "topic", failedCopies)["topic"], []any{}),
		"records-stopped",
		"topic of the notification of failed copies changes",
	},
	{
		"a replication that stops",
		"topology",
		changedRule("status", "Disabled"),
		"records-stopped",
		"nothing is copied to arn:aws:s3:::acme-whole-replica any longer",
	},
	{
		"a replication that goes elsewhere",
		"topology",
		changedRule("destination.0.bucket", "arn:aws:s3:::acme-other"),
		"replicated-elsewhere",
		"everything new is copied to arn:aws:s3:::acme-other",
	},
	{
		"a replication to another account",
		"topology",
		changedRule("destination.0.account", otherAccount),
		"replicated-elsewhere",
		"arn:aws:s3:::acme-whole-replica " + otherAccount,
	},
	{"a role that more may assume", "topology", func(p planJSON) {
		const trust = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowService","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
		both("aws_iam_role.replication_role", "assume_role_policy", trust,
			strings.Replace(trust, `{"Service":"s3.amazonaws.com"}`, `{"Service":["s3.amazonaws.com","ec2.amazonaws.com"]}`,
				1))(p)
	}, "policy-loosened", "AllowService"},
	{
		"a role's policy that can't be read",
		"topology",
		both("aws_iam_role_policy.batch_role_policy", "policy", keyPolicy, "{}{}"),
		"policy-loosened",
		"can't be judged that it is not looser: what it becomes",
	},
	{"a role of something else", "topology", func(p planJSON) {
		both("aws_iam_role.replication_role", "name", "other", "other")(p)
		ofAnother(p, "aws_iam_role.replication_role")
		both("aws_iam_role.replication_role", "assume_role_policy", keyPolicy, openKeyPolicy)(p)
	}, "", ""},
	{"a first evidence policy that lets versions be deleted", "topology-first", func(p planJSON) {
		c := stackJSON(p.changeOf("aws_s3_bucket_policy.evidence_policy"))
		replaced("after.policy", `"s3:DeleteObject","s3:DeleteObjectVersion",`, `"s3:DeleteObject",`)(c)
	}, "lock-missing", "the bucket is made without Object Lock"},
	{
		"evidence that Terraform may empty",
		"topology",
		both("aws_s3_bucket.evidence_bucket", "force_destroy", false, true),
		"force-destroy",
		"force_destroy is on for the bucket",
	},
}

// changedRule changes the rule of the replication.
func changedRule(path string, value any) func(planJSON) {
	return func(p planJSON) {
		stackJSON(p.changeOf("aws_s3_bucket_replication_configuration.replication")).set("after.rule.0."+path, value)
	}
}

// created has the plan make what was there.
func created(address string) func(planJSON) {
	return func(p planJSON) {
		c := p.changeOf(address)
		c["before"], c["actions"] = nil, []any{"create"}
	}
}

// ofAnother has a resource be about another bucket.
func ofAnother(p planJSON, address string) {
	c := p.changeOf(address)
	for _, side := range []string{"before", "after"} {
		c[side] = renamed(c[side])
	}
}

func renamed(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(v, "acme-whole", "acme-wholesale")
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = renamed(v[key])
		}
	}
	return value
}
