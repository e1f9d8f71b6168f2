package check_test

import "strings"

// encrypted is a default encryption as a plan has it.
func encrypted(algorithm, key string) []any {
	return []any{
		map[string]any{
			"apply_server_side_encryption_by_default": []any{
				map[string]any{"sse_algorithm": algorithm, "kms_master_key_id": key},
			},
		},
	}
}

// filtered sets the filter of the rule that deletes old versions.
func filtered(before, after map[string]any) func(planJSON) {
	return both(theLifecycleAt, "rule.1.filter.0", before, after)
}

// deniesTo is the policy of a bucket for logs that denies everybody some actions
// on its objects.
func deniesTo(actions string) string {
	return `{"Version":"2012-10-17","Statement":[` + deny(actions, `"Resource":"arn:aws:s3:::acme-access-logs/*"`, "") +
		`]}`
}

// logged gives the bucket for logs a policy.
func logged(policy string) func(planJSON) {
	return all(copied(thePolicyAt, "aws_s3_bucket_policy.logs"),
		both("aws_s3_bucket_policy.logs", "bucket", "acme-access-logs", "acme-access-logs"),
		both("aws_s3_bucket_policy.logs", "policy", policy, policy))
}

// newLifecycle gives a bucket in the making its own lifecycle.
func newLifecycle(p planJSON) {
	written(theBucketAt, "lifecycle_rule", []any{})(p)
	stackJSON(p.changeOf(theBucketAt)).set("after.lifecycle_rule", ending(365))
	delete(p.changeOf(theBucketAt)["after_unknown"].(map[string]any), "lifecycle_rule")
}

// ending is a rule of a bucket's own lifecycle that deletes old versions.
func ending(days float64) []any {
	return []any{
		map[string]any{
			"id":                            "old",
			"enabled":                       true,
			"prefix":                        "",
			"noncurrent_version_expiration": []any{map[string]any{"days": days}},
		},
	}
}

// trusting adds a role whose name is made of the bucket's, and who may assume
// it.
func trusting(before, after string) func(planJSON) {
	return func(p planJSON) {
		values := func(account string) map[string]any {
			return map[string]any{
				"name": "acme-training-data-copies",
				"assume_role_policy": `{"Version":"2012-10-17","Statement":[{"Sid":"Trust","Effect":"Allow","Principal":{"AWS":"` +
					account + `"},"Action":"sts:AssumeRole"}]}`,
			}
		}
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": "aws_iam_role.copies", "mode": "managed", "type": "aws_iam_role", "name": "copies",
				"provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
					"actions": []any{"update"},
					"before":  values(before),
					"after":   values(after),
				}})
	}
}

// keyPolicyGoes has a key's policy in its own resource go from one text to
// another, while the key says what the provider found.
func keyPolicyGoes(before, after string) func(planJSON) {
	return all(func(p planJSON) { delete(p.configured("aws_kms_key.key"), "policy") },
		both("aws_kms_key.key", "policy", openKeyPolicy, openKeyPolicy), func(p planJSON) {
			change := p.changeOf("aws_kms_key_policy.second")
			change["actions"], change["before"] = []any{"update"}, map[string]any(clone(change["after"].(map[string]any)))
		}, both("aws_kms_key_policy.second", "policy", before, after))
}

// ownPairs are about guards in the bucket's own arguments, and about evidence,
// encryption and lifecycles.
var ownPairs = []pair{
	{name: "KMS with a key in the place of AES256", plan: "no-change",
		stops:  both(theEncryptionAt, "rule", encrypted("aws:kms", keyARN), encrypted("aws:kms", otherKeyARN)),
		found:  []string{"encryption-weakened " + theEncryptionAt + ": the key of the default encryption goes from"},
		passes: both(theEncryptionAt, "rule", encrypted("AES256", ""), encrypted("aws:kms", keyARN))},
	{name: "a bucket whose policy denies deletions", plan: "other-bucket",
		stops: all(logged(deniesTo(`["s3:DeleteObject","s3:DeleteObjectVersion"]`)),
			both("aws_s3_bucket.logs", "force_destroy", true, true)),
		found: []string{"force-destroy aws_s3_bucket.logs", "guard-missing aws_s3_bucket.logs: the plan declares no versioning for the bucket",
			"guard-missing aws_s3_bucket.logs",
			"guard-missing aws_s3_bucket.logs", "guard-missing aws_s3_bucket.logs",
			"destroyed aws_s3_bucket_public_access_block.logs"},
		passes: all(logged(deniesTo(`"s3:DeleteObjectVersion"`)), both("aws_s3_bucket.logs", "force_destroy", true, true))},
	{name: "a bucket whose policy can't be read", plan: "other-bucket",
		stops: all(logged(strings.Replace(deniesTo(`"s3:DeleteObject*"`), `"Statement"`, `"Statements"`, 1)),
			both(thePolicyAt, "policy", keyPolicy, `{"Statement":[{}]}`)),
		found:  []string{"policy-loosened " + thePolicyAt},
		passes: all(logged(`{"Statement":[{}]}`), both("aws_s3_bucket.logs", "force_destroy", true, true))},
	{name: "who may assume a role", plan: "no-change",
		stops: trusting(guardianARN, "*"), found: []string{"policy-loosened aws_iam_role.copies: statement Trust "},
		passes: trusting("*", guardianARN)},
	{name: "a key policy beside a key that was found open", plan: "second-key-policy",
		stops: keyPolicyGoes(keyPolicy, openKeyPolicy), found: []string{
			"policy-loosened aws_kms_key_policy.second: statement DenyKeyLoss is gone",
		},
		passes: keyPolicyGoes(openKeyPolicy, openKeyPolicy)},
	{name: "a policy of another version, without variables", plan: "key-kept",
		stops: both("aws_kms_key.key", "policy", keyPolicy, strings.Replace(openKeyPolicy, "2012-10-17", "2008-10-17", 1)),
		found: []string{
			"policy-loosened aws_kms_key.key: statement DenyKeyLoss is gone",
		},
		passes: both("aws_kms_key.key", "policy", keyPolicy, strings.Replace(keyPolicy, "2012-10-17", "2008-10-17", 1))},
	{name: "sizes in a lifecycle's filter", plan: "no-change",
		stops: filtered(map[string]any{"object_size_greater_than": 1000.0},
			map[string]any{"object_size_greater_than": 500.0}),
		found:  []string{"expires-sooner " + theLifecycleAt},
		passes: filtered(map[string]any{"prefix": ""}, map[string]any{"prefix": "", "object_size_greater_than": 0.0})},
	{name: "an own lifecycle that is switched off", plan: "no-change",
		stops:  all(unlisted(theLifecycleAt), ownLifecycle(rule(true, "days", 365.0), rule(true, "days", 1.0))),
		found:  []string{"expires-sooner " + theBucketAt},
		passes: all(unlisted(theLifecycleAt), ownLifecycle(rule(true, "days", 365.0), rule(false, "days", 1.0)))},
	{name: "an own lifecycle of a bucket that is there", plan: "no-change",
		stops:  all(unlisted(theLifecycleAt), ownLifecycle(nil, ending(365))),
		found:  []string{"expires-sooner " + theBucketAt},
		passes: all(unlisted(theLifecycleAt), ownLifecycle(ending(365), ending(365)))},
	{name: "an own lifecycle of a new bucket", plan: "first-deploy",
		stops:  newLifecycle,
		found:  []string{"guard-doubled " + theBucketAt},
		passes: all(unlisted(theLifecycleAt), newLifecycle)},
	{name: "a lifecycle of a bucket elsewhere", plan: "no-change",
		stops: all(madeElsewhere(theLifecycleAt, "bucket"), written(theLifecycleAt, "bucket", constant("elsewhere"))),
		found: []string{"expires-sooner " + theLifecycleAt},
		passes: all(madeElsewhere(theLifecycleAt, "bucket"), written(theLifecycleAt, "bucket", constant("elsewhere")),
			func(p planJSON) { stackJSON(p.changeOf(theLifecycleAt)).set("after.rule", []any{}) })},
}
