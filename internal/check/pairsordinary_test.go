package check_test

import "strings"

// notices is a notification of a bucket, for some event, by an argument.
func notices(bucket, argument, event string) map[string]any {
	return map[string]any{"bucket": bucket, argument: []any{map[string]any{
		argument + "_arn": "arn:aws:sns:us-east-1:012345678901:copies", "events": []any{event}}}}
}

const (
	failedCopies = "s3:Replication:OperationFailedReplication"
	newObjects   = "s3:ObjectCreated:*"
)

// notified has a notification of a bucket change.
func notified(action string, before, after any) func(planJSON) {
	return more("aws_s3_bucket_notification", "n", action, before, after)
}

// laterTopic is a topic's block of a notification that isn't known until the apply.
var laterTopic = map[string]any{"topic": []any{map[string]any{"topic_arn": true}}}

// laterNotice has an argument of a notification that isn't known until the apply.
func laterNotice(argument string) func(planJSON) {
	after := notices("acme-training-data", "topic", newObjects)
	delete(after["topic"].([]any)[0].(map[string]any), argument)
	return all(notified("update", notices("acme-training-data", "topic", newObjects), after),
		unknown("aws_s3_bucket_notification.n", map[string]any{"topic": []any{map[string]any{argument: true}}}))
}

// rolePolicyGoes has the plan delete a policy of a role that isn't in the plan.
func rolePolicyGoes(policy string) func(planJSON) {
	return more("aws_iam_role_policy", "reader", "delete", map[string]any{"role": "trainer", "policy": policy}, nil)
}

// onlyOf is a statement of a role's policy about the data.
func onlyOf(effect, actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"Work","Effect":"` + effect + `","Action":` + actions +
		`,"Resource":"arn:aws:s3:::acme-training-data/*"}]}`
}

// roleGoes deletes a role that has an inline policy for the data.
func roleGoes(name, policy string) func(planJSON) {
	return more("aws_iam_role", "r", "delete", map[string]any{"name": name, "inline_policy": inlined("data", policy),
		"arn": "arn:aws:iam::012345678901:role/" + name}, nil)
}

// keyPolicyFor is a key's policy that also allows a role.
func keyPolicyFor(role string) string {
	return `{"Version":"2012-10-17","Statement":[` + keyAllow + "," +
		keyAllowing("arn:aws:iam::012345678901:role/"+role, "kms:Decrypt") + `]}`
}

// readOnly is a managed policy of the role reader.
var readOnly = map[string]any{"role": "reader", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}

// trusted adds a role that a service may assume.
func trusted(service string) func(planJSON) {
	role := map[string]any{"name": "trainer", "assume_role_policy": `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"` + service + `"}}]}`}
	return more("aws_iam_role", "trainer", "no-op", role, role)
}

// topicGoes has the plan delete a topic that has the bucket's name.
func topicGoes(policy string) func(planJSON) {
	return more("aws_sns_topic", "jobs", "delete", map[string]any{"name": "acme-training-data-jobs", "policy": policy,
		"arn": "arn:aws:sns:us-east-1:012345678901:acme-training-data-jobs"}, nil)
}

// publishable is the policy of a topic to which somebody may publish.
func publishable(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal +
		`,"Action":"sns:Publish","Resource":"*"` + condition + `}]}`
}

// jobsTarget is an alarm of the bucket whose target is the topic.
func jobsTarget(arn string) func(planJSON) {
	target := map[string]any{"arn": arn, "rule": "acme-training-data-jobs"}
	return more("aws_cloudwatch_event_target", "jobs", "no-op", target, target)
}

const ownersOnly = `,"Condition":{"StringEquals":{"AWS:SourceOwner":"012345678901"}}`

// ordinaryPairs are about resources of types that are judged which neither
// record nor copy locked data.
var ordinaryPairs = []pair{
	{name: "arguments of a new bucket without Object Lock", plan: "first-deploy-with-logs",
		stops: all(written("aws_s3_bucket.logs", "versioning", []any{map[string]any{"enabled": constant(false)}}),
			written("aws_s3_bucket.logs", "policy", from("terraform_data.text.output")),
			unknown("aws_s3_bucket.logs", map[string]any{"policy": true}),
			func(p planJSON) {
				stackJSON(p.changeOf("aws_s3_bucket.logs")).set("after.versioning",
					[]any{map[string]any{"enabled": false}})
			}),
		found:  []string{"lock-missing aws_s3_bucket.logs: the bucket is made without Object Lock"},
		passes: unlisted("aws_s3_bucket.logs")},
	{name: "a bucket without Object Lock in place of another one", plan: "other-bucket",
		stops: func(p planJSON) {
			c := stackJSON(p.changeOf("aws_s3_bucket.logs"))
			c.set("actions", []any{"delete", "create"})
			c.set("after.bucket", "acme-logs")
		},
		found:  []string{"lock-missing aws_s3_bucket.logs: the bucket is made without Object Lock"},
		passes: func(p planJSON) { p.changeOf("aws_s3_bucket.logs")["actions"] = []any{"update"} }},
	{name: "a notification of a bucket elsewhere that goes", plan: "no-change",
		stops:  notified("delete", notices("uploads", "topic", failedCopies), nil),
		found:  []string{"destroyed aws_s3_bucket_notification.n: the plan destroys the notification of failed copies"},
		passes: notified("delete", notices("uploads", "lambda_function", newObjects), nil)},
	{name: "a notification that gets another receiver", plan: "no-change",
		stops: notified("update", notices("acme-training-data", "topic", failedCopies),
			notices("acme-training-data", "queue", failedCopies)),
		found: []string{"records-stopped aws_s3_bucket_notification.n: topic of the notification of failed copies changes"},
		passes: notified("update", notices("acme-training-data", "topic", newObjects),
			notices("acme-training-data", "queue", failedCopies))},
	{name: "a queue of failed copies beside a topic that isn't known", plan: "no-change",
		stops: all(notified("update", notices("acme-training-data", "queue", failedCopies),
			map[string]any{"bucket": "acme-training-data"}), unknown("aws_s3_bucket_notification.n", laterTopic)),
		found: []string{
			"guard-unknown aws_s3_bucket_notification.n: topic.topic_arn is not known",
			"records-stopped aws_s3_bucket_notification.n: queue of the notification of failed copies changes",
		},
		passes: all(notified("create", nil, map[string]any{"bucket": "acme-training-data"}),
			unknown("aws_s3_bucket_notification.n", laterTopic))},
	{name: "events of a notification that aren't known", plan: "no-change",
		stops:  laterNotice("events"),
		found:  []string{"guard-unknown aws_s3_bucket_notification.n: topic.events is not known"},
		passes: laterNotice("topic_arn")},
	{name: "a queue for failed copies", plan: "no-change",
		stops: notified("update", notices("acme-training-data", "queue", failedCopies),
			notices("acme-training-data", "queue", "s3:Replication:OperationReplicatedAfterThreshold")),
		found: []string{"records-stopped aws_s3_bucket_notification.n: queue of the notification of failed copies changes"},
		passes: notified("update", notices("acme-training-data", "queue", failedCopies),
			notices("acme-training-data", "queue", "s3:Replication:*"))},
	{name: "a role's policy that allows and goes", plan: "no-change",
		stops:  rolePolicyGoes(onlyOf("Deny", `"s3:*"`)),
		found:  []string{"destroyed aws_iam_role_policy.reader: the plan destroys the role's policy"},
		passes: rolePolicyGoes(onlyOf("Allow", `"s3:*"`))},
	{name: "a role's policy that locks and goes", plan: "no-change",
		stops:  rolePolicyGoes(onlyOf("Allow", `["s3:GetObject","s3:PutObjectRetention"]`)),
		found:  []string{"destroyed aws_iam_role_policy.reader: the plan destroys the role's policy"},
		passes: rolePolicyGoes(onlyOf("Allow", `["s3:GetObject","s3:PutObject"]`))},
	{name: "a policy of S3's role that goes", plan: "no-change",
		stops: all(trusted("batchoperations.s3.amazonaws.com"), rolePolicyGoes(onlyOf("Allow", `"s3:*"`))),
		found: []string{"destroyed aws_iam_role_policy.reader: the plan destroys the role's policy"},
		passes: all(trusted("sagemaker.amazonaws.com"),
			rolePolicyGoes(onlyOf("Allow", `["s3:GetObject","s3:PutObjectRetention"]`)))},
	{name: "a role that locks and goes", plan: "no-change",
		stops:  roleGoes("renewer", onlyOf("Allow", `["s3:GetObject","s3:PutObjectRetention"]`)),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `["s3:GetObject","s3:PutObject"]`))},
	{name: "a role that denies and goes", plan: "no-change",
		stops:  roleGoes("reader", onlyOf("Deny", `"s3:GetObject"`)),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a role that the bucket policy names and that goes", plan: "no-change",
		stops:  roleGoes("deployer", onlyOf("Allow", `"s3:GetObject"`)),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("deployer2", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a role with a managed policy that goes", plan: "no-change",
		stops: all(roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`)), more("aws_iam_role_policy_attachment", "a",
			"no-op", readOnly, readOnly)),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a deleted role with its own managed policy", plan: "no-change",
		stops: all(roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`)), func(p planJSON) {
			p.lastChange()["change"].(map[string]any)["before"].(map[string]any)["managed_policy_arns"] = []any{adminARN}
		}),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a role that may do all but something and goes", plan: "no-change",
		stops:  roleGoes("reader", strings.Replace(onlyOf("Allow", `"s3:GetObject"`), `"Action"`, `"NotAction"`, 1)),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a role that a key's policy names and that goes", plan: "key-kept",
		stops: all(roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`)), both("aws_kms_key.key", "policy",
			keyPolicyFor("reader"), keyPolicyFor("reader"))),
		found: []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: all(roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`)), both("aws_kms_key.key", "policy",
			keyPolicyFor("writer"), keyPolicyFor("writer")))},
	{name: "a role whose policies aren't known and that goes", plan: "no-change",
		stops: more("aws_iam_role", "r", "delete", map[string]any{"name": "acme-training-data-reader",
			"arn": "arn:aws:iam::012345678901:role/reader"}, nil),
		found:  []string{"destroyed aws_iam_role.r: the plan destroys the role"},
		passes: roleGoes("reader", onlyOf("Allow", `"s3:GetObject"`))},
	{name: "a topic with the bucket's name that goes", plan: "no-change",
		stops:  topicGoes(publishable(`{"Service":"events.amazonaws.com"}`, "")),
		found:  []string{"destroyed aws_sns_topic.jobs: the plan destroys the topic for alarms"},
		passes: topicGoes(publishable(`{"AWS":"arn:aws:iam::012345678901:root"}`, ""))},
	{name: "a topic for its owner that goes", plan: "no-change",
		stops:  topicGoes(publishable(`"*"`, "")),
		found:  []string{"destroyed aws_sns_topic.jobs: the plan destroys the topic for alarms"},
		passes: topicGoes(publishable(`{"AWS":"*"}`, ownersOnly))},
	{name: "a topic that is an alarm's target and goes", plan: "no-change",
		stops:  all(topicGoes(""), jobsTarget("arn:aws:sns:us-east-1:012345678901:acme-training-data-jobs")),
		found:  []string{"destroyed aws_sns_topic.jobs: the plan destroys the topic for alarms"},
		passes: all(topicGoes(""), jobsTarget("arn:aws:sns:us-east-1:012345678901:alarms"))},
	{name: "access logs of a bucket that may be locked", plan: "no-change",
		stops: more("aws_s3_bucket_logging", "l", "update", map[string]any{"bucket": "uploads", "target_bucket": "x"},
			map[string]any{"bucket": "uploads", "target_bucket": "y"}),
		found: []string{"records-stopped aws_s3_bucket_logging.l: target_bucket of the access logs changes"},
		passes: all(secondBucket, more("aws_s3_bucket_logging", "l", "update",
			map[string]any{"bucket": "acme-second", "target_bucket": "x"},
			map[string]any{"bucket": "acme-second", "target_bucket": "y"}))},
}
