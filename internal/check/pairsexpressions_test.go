package check_test

import "strings"

// made adds a resource that the plan makes.
func made(kind, name string, after, unknown, expressions map[string]any) func(planJSON) {
	return func(p planJSON) {
		address := kind + "." + name
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": address, "mode": "managed", "type": kind, "name": name,
				"provider_name": "registry.terraform.io/hashicorp/aws",
				"change": map[string]any{"actions": []any{"create"}, "before": nil, "after": after,
					"after_unknown": unknown}})
		config := stackJSON(p).get("configuration.root_module").(map[string]any)
		config["resources"] = append(config["resources"].([]any),
			map[string]any{"address": address, "mode": "managed", "type": kind, "name": name,
				"provider_config_key": "aws", "expressions": expressions})
	}
}

// encryptedAnew has the plan make a default encryption with a key that it makes
// too, for a bucket with some encryption.
func encryptedAnew(algorithm, key string) func(planJSON) {
	const name = "kms_master_key_id"
	was := map[string]any{"sse_algorithm": algorithm, name: key}
	return all(
		made("aws_kms_key", "new", map[string]any{"deletion_window_in_days": 30.0, "enable_key_rotation": true},
			map[string]any{"arn": true, "key_id": true, "policy": true}, map[string]any{}),
		both(theBucketAt, "server_side_encryption_configuration", rules(was), rules(was)), created(theEncryptionAt),
		func(p planJSON) {
			stackJSON(p.changeOf(theEncryptionAt)).set("after.rule.0."+byDefaultAt,
				[]any{map[string]any{"sse_algorithm": "aws:kms"}})
		},
		unknown(theEncryptionAt, map[string]any{
			"rule": []any{map[string]any{byDefaultAt: []any{map[string]any{name: true}}}},
		}),
		written(theEncryptionAt, "rule", []any{map[string]any{byDefaultAt: []any{map[string]any{
			"sse_algorithm": constant("aws:kms"), name: from("aws_kms_key.new.arn", "aws_kms_key.new")}}}}))
}

const byDefaultAt = "apply_server_side_encryption_by_default"

// rules is the default encryption that a bucket itself has.
func rules(byDefault any) []any {
	return []any{map[string]any{"rule": []any{map[string]any{byDefaultAt: []any{byDefault}}}}}
}

// policyFromNothing has the plan make the policy of an existing bucket that had
// none.
func policyFromNothing(statements string) func(planJSON) {
	return all(created(thePolicyAt), both(theBucketAt, "policy", "", ""), func(p planJSON) {
		stackJSON(p.changeOf(thePolicyAt)).set("after.policy", `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
	})
}

// firstOwn has a bucket that had no policy get one by its own argument.
func firstOwn(policy string) func(planJSON) {
	return all(unlisted(thePolicyAt), written(theBucketAt, "policy", from("local.policy")),
		both(theBucketAt, "policy", "", policy))
}

// sealedPolicy is a key's policy that nobody can change again.
var sealedPolicy = `{"Version":"2012-10-17","Statement":[` + keyAllow + "," + keyDeny("kms:PutKeyPolicy", "") + `]}`

// roleFrom has the provider assume a role by an expression.
func roleFrom(expression any, variables map[string]any) func(planJSON) {
	return all(regionFrom(constant("us-east-1"), variables), func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.assume_role",
			[]any{map[string]any{"role_arn": expression}})
	})
}

// expressionPairs are about expressions of which a plan shows only what they
// refer to.
var expressionPairs = []pair{
	{name: "a lock of a bucket with a longer name", plan: "first-deploy",
		stops: setAfter(lockAddress, "bucket", "acme-training-data-archive"),
		found: []string{"lock-missing " + theBucketAt,
			"retention-shortened " + lockAddress + ": what default retention there was isn't known"},
		passes: setAfter(lockAddress, "bucket", "acme-training-data")},
	{name: "a policy of a key with a longer name", plan: "key-without-policy",
		stops: all(keyPolicyOf("one", from("aws_kms_key.key.key_id", "aws_kms_key.key")),
			setAfter("aws_kms_key_policy.one", "key_id", otherKeyARN)),
		found:  []string{"policy-loosened aws_kms_key_policy.one: what policy there was isn't known"},
		passes: keyPolicyOf("one", from("aws_kms_key.key.key_id", "aws_kms_key.key"))},
	{name: "a policy that allows, where there was none", plan: "no-change",
		stops: policyFromNothing(`{"Sid":"All","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`),
		found: []string{"policy-loosened " + thePolicyAt + ": statement All is new, and allows s3:* on *"},
		passes: policyFromNothing(`{"Sid":"All","Effect":"Deny","Principal":"*","Action":"s3:DeleteObjectVersion",` +
			`"Resource":"*"}`)},
	{name: "a bucket's own policy that allows, where there was none", plan: "no-change",
		stops:  firstOwn(openKeyPolicy),
		found:  []string{"policy-loosened " + theBucketAt + ": statement AllowThroughIAM is new"},
		passes: firstOwn(emptyPolicy)},
	{name: "lifecycle rules of a dynamic block", plan: "no-change",
		stops:  unknown(theBucketAt, map[string]any{"lifecycle_rule": true}),
		found:  []string{"guard-unknown " + theBucketAt + ": lifecycle_rule is not known"},
		passes: unknown(theBucketAt, map[string]any{"cors_rule": true})},
	{name: "a dynamic block of a bucket that exists", plan: "no-change",
		stops:  unknown(theBucketAt, map[string]any{"versioning": []any{map[string]any{"enabled": true}}}),
		found:  []string{"guard-unknown " + theBucketAt + ": versioning.enabled is not known"},
		passes: unknown(theBucketAt, map[string]any{"versioning": []any{map[string]any{}}})},
	{name: "a new key in place of another", plan: "no-change",
		stops:  encryptedAnew("aws:kms", keyARN),
		found:  []string{"guard-unknown " + theEncryptionAt + ": rule." + byDefaultAt + ".kms_master_key_id is not known"},
		passes: encryptedAnew("AES256", "")},
	{name: "a policy by an expression with a variable that is null", plan: "key-kept",
		stops: all(written("aws_kms_key.key", "policy", from("var.id")), variable("id", nil),
			both("aws_kms_key.key", "policy", keyPolicy, sealedPolicy)),
		found: []string{
			"policy-loosened aws_kms_key.key: statement DenyKeyLoss is gone",
			"locked-out aws_kms_key.key: nobody can change this policy again",
		},
		passes: all(written("aws_kms_key.key", "policy", from("var.id")), variable("id", nil),
			both("aws_kms_key.key", "policy", sealedPolicy, sealedPolicy))},
	{name: "a Region by a variable that is none", plan: "no-change",
		stops:  regionFrom(from("var.env"), map[string]any{"env": "us-gov-west-1"}),
		found:  []string{"region-changed " + theBucketAt},
		passes: regionFrom(from("var.env"), map[string]any{"env": "prod"})},
	{name: "a role by a variable that is none", plan: "key-kept",
		stops: roleFrom(from("var.role"), map[string]any{"role": "arn:aws:iam::" + otherAccount + ":role/deployer"}),
		found: []string{
			"deployer-locked-out aws_kms_key.key", "account-changed aws_kms_key.key", "locked-out " + thePolicyAt,
		},
		passes: roleFrom(from("var.role"), map[string]any{"role": "arn:aws:iam::" + otherAccount + ":user/deployer"})},
	{name: "the inline replication of a bucket", plan: "no-change",
		stops: inlineCopies([]any{}, "arn:aws:s3:::acme-copies"),
		found: []string{
			"replicated-elsewhere " + theBucketAt + ": everything new is copied to arn:aws:s3:::acme-copies " + otherAccount,
		},
		passes: inlineCopies(inlineRules("arn:aws:s3:::acme-copies"), "arn:aws:s3:::acme-copies")},
	{
		name: "a replication in the bucket's own argument to where isn't known",
		plan: "no-change",
		stops: all(inlineCopies(nil, ""), unknown(theBucketAt, map[string]any{"replication_configuration": []any{
			map[string]any{"rules": []any{map[string]any{"destination": []any{map[string]any{"bucket": true}}}}}}})),
		found: []string{
			"guard-unknown " + theBucketAt + ": replication_configuration.rules.destination.bucket is not known",
		},
		passes: inlineCopies(inlineRules("arn:aws:s3:::acme-copies"), "arn:aws:s3:::acme-copies"),
	},
	{name: "an inline replication that isn't known", plan: "no-change",
		stops:  unknown(theBucketAt, map[string]any{"replication_configuration": true}),
		found:  []string{"guard-unknown " + theBucketAt + ": replication_configuration is not known"},
		passes: unknown(theBucketAt, map[string]any{"website": true})},
	{name: "an object whose lock isn't known", plan: "no-change",
		stops: made("aws_s3_object", "x", map[string]any{"bucket": "acme-elsewhere"},
			map[string]any{"object_lock_mode": true}, map[string]any{"object_lock_mode": from("terraform_data.x.output")}),
		found: []string{"guard-unknown aws_s3_object.x: object_lock_mode is not known"},
		passes: made("aws_s3_object", "x", map[string]any{"bucket": "acme-elsewhere"},
			map[string]any{"object_lock_mode": true}, map[string]any{})},
	{name: "a lock in a new bucket itself", plan: "first-deploy",
		stops: inNewBucket(), found: []string{"lock-missing " + theBucketAt + ": the bucket has no lock configuration"},
		passes: inNewBucket(retained(90)...)},
	{name: "a lifecycle that the bucket shows without sizes", plan: "no-change",
		stops: all(created(theLifecycleAt), both(theBucketAt, "lifecycle_rule", shownRules(1), shownRules(1))),
		found: []string{
			"expires-sooner " + theLifecycleAt + `: rule "expire-noncurrent-versions" expires versions, and it can't`,
		},
		passes: all(created(theLifecycleAt), both(theBucketAt, "lifecycle_rule", shownRules(1), shownRules(1)),
			setAfter(theLifecycleAt, "rule", []any{}))},
	{name: "events that a rule waits for", plan: "topology",
		stops: all(both(theNotificationAt, "eventbridge", true, false), bothPatterns(theDeletionsAt,
			`{"source":["aws.s3"],"detail-type":["Object Deleted"],"detail":{"bucket":{"name":["acme-whole"]}}}`)),
		found: []string{"records-stopped " + theNotificationAt +
			": the bucket's events are no longer sent to EventBridge, and " + theDeletionsAt + " waits"},
		passes: all(both(theNotificationAt, "eventbridge", true, false), bothPatterns(theDeletionsAt,
			`{"source":["aws.s3"],"detail-type":["Object Deleted"],"detail":{"bucket":{"name":["acme-elsewhere"]}}}`))},
	{name: "events that a rule waits for without a source", plan: "topology",
		stops: waited(`{"detail-type":["Object Deleted"],"detail":{"bucket":{"name":["acme-whole"]}}}`),
		found: []string{noEvents + theDeletionsAt + " waits"},
		passes: waited(`{"detail-type":["EC2 Instance State-change Notification"],` +
			`"detail":{"bucket":{"name":["acme-whole"]}}}`)},
	{name: "events that a rule waits for by a prefix of the source", plan: "topology",
		stops:  waited(`{"source":[{"prefix":"aws.s"}],"detail":{"bucket":{"name":["acme-whole"]}}}`),
		found:  []string{noEvents + theDeletionsAt + " waits"},
		passes: waited(`{"source":["aws.ec2"],"detail":{"bucket":{"name":["acme-whole"]}}}`)},
	{name: "events that a rule waits for by alternatives", plan: "topology",
		stops: waited(`{"$or":[{"source":["aws.s3"]},{"source":["acme"]}],"detail":{"bucket":{"name":["acme-whole"]}}}`),
		found: []string{noEvents + theDeletionsAt + " waits"},
		passes: waited(`{"source":["acme"],"$or":[{"detail-type":["Object Deleted"]},{"detail-type":["x"]}],` +
			`"detail":{"bucket":{"name":["acme-whole"]}}}`)},
	{name: "events that a rule waits for whose pattern can't be read", plan: "topology",
		stops:  waited(`{"source":["aws.ec2"],"detail-type":"x","detail":{"bucket":{"name":["acme-whole"]}}}`),
		found:  []string{noEvents + theDeletionsAt + " waits"},
		passes: waited(`{"source":["aws.ec2"],"detail-type":["x"],"detail":{"bucket":{"name":["acme-whole"]}}}`)},
	{name: "events that a rule waits for and that stay", plan: "topology",
		stops:  all(both(theNotificationAt, "eventbridge", true, false), ruleOf(`{"source":["aws.s3"]}`)),
		found:  []string{noEvents + "aws_cloudwatch_event_rule.all waits"},
		passes: all(both(theNotificationAt, "eventbridge", true, true), ruleOf(`{"source":["aws.s3"]}`))},
	{name: "events that a rule of all buckets waits for", plan: "topology",
		stops: all(both(theNotificationAt, "eventbridge", true, false), ruleOf(`{"source":["aws.s3"]}`)),
		found: []string{noEvents + "aws_cloudwatch_event_rule.all waits"},
		passes: all(both(theNotificationAt, "eventbridge", true, false),
			ruleOf(`{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"]}`))},
	{name: "events that a rule may wait for that isn't known", plan: "topology",
		stops: all(both(theNotificationAt, "eventbridge", true, false), ruleOf(""),
			unknown("aws_cloudwatch_event_rule.all", map[string]any{"event_pattern": true})),
		found: []string{noEvents + "aws_cloudwatch_event_rule.all waits"},
		passes: all(both(theNotificationAt, "eventbridge", true, false), ruleOf(""),
			both("aws_cloudwatch_event_rule.all", "schedule_expression", "rate(1 day)", "rate(1 day)"))},
	{name: "copies of another account", plan: "no-change",
		stops: all(having(thePolicyAt, copiesFrom("s3:ReplicateObject")), lose(thePolicyAt, "Copies")),
		found: []string{
			"records-stopped " + thePolicyAt + ": statement Copies is gone, and " + notAnymore + " s3:replicateobject",
		},
		passes: all(having(thePolicyAt, copiesFrom("s3:RestoreObject")), lose(thePolicyAt, "Copies"))},
	{name: "a key that a replication can't use any more", plan: "topology",
		stops: gain("aws_kms_key.key", denyingCopies(`"kms:Decrypt"`)),
		found: []string{
			"records-stopped aws_kms_key.key: statement More may deny kms:Decrypt to AWS:" + theReplicationARN,
		},
		passes: gain("aws_kms_key.key", denyingCopies(`"kms:Sign"`))},
	{name: "a key's policy that nobody wrote, with a denial of copies", plan: "topology",
		stops: gain("aws_kms_key.key", denyingCopies(`"kms:Encrypt"`)),
		found: []string{"records-stopped aws_kms_key.key: statement More may deny kms:Encrypt to AWS:" + theReplicationARN},
		passes: all(gain("aws_kms_key.key", denyingCopies(`"kms:Encrypt"`)),
			func(p planJSON) { delete(p.configured("aws_kms_key.key"), "policy") })},
	{name: "a denial where each value of a lock", plan: "topology",
		stops: gain(theTrailPolicyAt, denying(`"s3:PutObject"`, "acme-whole-trail", ofLock("ForAllValues:StringEquals"))),
		found: []string{
			"records-stopped " + theTrailPolicyAt + ": statement More may deny s3:PutObject to Service:cloudtrail",
		},
		passes: gain(theTrailPolicyAt, denying(`"s3:PutObject"`, "acme-whole-trail", ofLock("ForAnyValue:StringEquals")))},
	{name: "a denial of TLS that services use", plan: "topology",
		stops: gain(theTrailPolicyAt, denying(`"s3:PutObject"`, "acme-whole-trail", belowTLS("1.4"))),
		found: []string{
			"records-stopped " + theTrailPolicyAt + ": statement More may deny s3:PutObject to Service:cloudtrail",
		},
		passes: gain(theTrailPolicyAt, denying(`"s3:PutObject"`, "acme-whole-trail", belowTLS("1.2")))},
	{name: "a denial of all but a policy variable", plan: "no-change",
		stops: deniedAnew(`"Resource":"arn:aws:s3:::acme-training-data/alice/*"`,
			`"NotResource":"arn:aws:s3:::acme-training-data/${aws:username}/*"`),
		found: []string{"policy-loosened " + thePolicyAt + ": statement Deletions no longer denies s3:deleteobjectversion"},
		passes: deniedAnew(`"Resource":"arn:aws:s3:::acme-training-data/alice/*"`,
			`"NotResource":"arn:aws:s3:::acme-training-data/bob/*"`)},
	{name: "a lock by a condition on each.key", plan: "first-deploy-for-each",
		stops: written(lockAddress, "bucket", from(theBucketAt, "each.key", "each.key")),
		found: []string{
			"guard-unknown " + lockAddress + `["a"]: which bucket it belongs to is decided by an expression`,
			"guard-unknown " + lockAddress + `["b"]: which bucket it belongs to is decided by an expression`,
		},
		passes: written(lockAddress, "bucket", from(theBucketAt, "each.key", theBucketAt, "each.key"))},
}

func setAfter(address, path string, value any) func(planJSON) {
	return func(p planJSON) { stackJSON(p.changeOf(address)).set("after."+path, value) }
}

const (
	theNotificationAt = "aws_s3_bucket_notification.notification"
	theDeletionsAt    = "aws_cloudwatch_event_rule.alarm_deletions"
)

const noEvents = "records-stopped " + theNotificationAt +
	": the bucket's events are no longer sent to EventBridge, and "

// waited has the bucket's events no longer sent to EventBridge, where a rule has a pattern.
func waited(pattern string) func(planJSON) {
	return all(both(theNotificationAt, "eventbridge", true, false), bothPatterns(theDeletionsAt, pattern))
}

// ruleOf adds a rule of EventBridge that names no bucket.
func ruleOf(pattern string) func(planJSON) {
	rule := map[string]any{"name": "all", "state": "ENABLED", "event_pattern": pattern}
	return more("aws_cloudwatch_event_rule", "all", "no-op", rule, rule)
}

// inlineRules is a replication in the bucket's own argument.
func inlineRules(destination string) []any {
	return []any{map[string]any{"role": guardianARN, "rules": []any{map[string]any{"id": "all", "status": "Enabled",
		"destination": []any{map[string]any{"bucket": destination, "account_id": otherAccount}}}}}}
}

func inlineCopies(before []any, destination string) func(planJSON) {
	return both(theBucketAt, "replication_configuration", before, inlineRules(destination))
}

// inNewBucket has a new bucket declare its lock itself, as before version 4 of the
// provider.
func inNewBucket(rule ...any) func(planJSON) {
	return func(p planJSON) {
		unlisted(lockAddress)(p)
		after := p.changeOf(theBucketAt)["after"].(map[string]any)
		delete(after, "object_lock_enabled")
		after["object_lock_configuration"] = []any{map[string]any{"object_lock_enabled": "Enabled", "rule": rule}}
		stackJSON(p.changeOf(theBucketAt)).set("after_unknown.object_lock_configuration", []any{})
		delete(p.configured(theBucketAt), "object_lock_enabled")
		p.configured(theBucketAt)["object_lock_configuration"] = []any{
			map[string]any{"object_lock_enabled": constant("Enabled")},
		}
	}
}

// shownRules is the lifecycle that a bucket itself shows.
func shownRules(days float64) []any {
	return []any{map[string]any{"id": "expire-noncurrent-versions", "enabled": true, "prefix": "",
		"noncurrent_version_expiration": []any{map[string]any{"days": days}}}}
}

func bothPatterns(address, pattern string) func(planJSON) {
	return both(address, "event_pattern", pattern, pattern)
}

// copiesFrom allows a role of another account an action on the objects.
func copiesFrom(action string) string {
	return `{"Sid":"Copies","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + otherAccount +
		`:role/copies"},"Action":"` + action + `","Resource":"arn:aws:s3:::acme-training-data/*"}`
}

// denyingCopies denies the role of the replication the use of a key.
func denyingCopies(action string) string {
	condition := `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"` + theReplicationARN + `"}}`
	return strings.Replace(denying(action, "x", condition), "arn:aws:s3:::x/*", "*", 1)
}

func ofLock(operator string) string {
	return `,"Condition":{"` + operator + `":{"s3:object-lock-mode":"GOVERNANCE"}}`
}

func belowTLS(version string) string {
	return `,"Condition":{"NumericLessThan":{"s3:TlsVersion":"` + version + `"}}`
}

// deniedAnew has a policy deny deletions of some resources, and then of others.
func deniedAnew(before, after string) func(planJSON) {
	policy := func(resources string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"Deletions","Effect":"Deny","Principal":"*",` +
			`"Action":"s3:DeleteObjectVersion",` + resources + `}]}`
	}
	return both(thePolicyAt, "policy", policy(before), policy(after))
}
