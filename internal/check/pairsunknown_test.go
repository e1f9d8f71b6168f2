package check_test

import "strings"

// fromModule is a plan in modules of which the bucket's policy isn't known, and
// is what the module's call hands to it.
func fromModule(handed any) func(planJSON) {
	return func(p planJSON) {
		for _, c := range p["resource_changes"].([]any) {
			c := c.(map[string]any)
			if strings.HasSuffix(c["address"].(string), ".aws_s3_bucket.bucket") {
				stackJSON(c).set("change.after_unknown.policy", true)
			}
		}
		call := stackJSON(p).get("configuration.root_module.module_calls.dataset").(map[string]any)
		stackJSON(call).set("expressions.policy", handed)
		stackJSON(call).set("module.variables", map[string]any{"name": map[string]any{}, "policy": map[string]any{}})
		for _, r := range stackJSON(call).get("module.resources").([]any) {
			if r := stackJSON(r.(map[string]any)); r["type"] == "aws_s3_bucket" {
				r.set("expressions.policy", from("var.policy"))
			}
		}
	}
}

// withoutExpressions has a resource without any argument, as Terraform writes
// its configuration.
func withoutExpressions(address string) func(planJSON) {
	return func(p planJSON) {
		for _, r := range stackJSON(p).get("configuration.root_module.resources").([]any) {
			if r := r.(map[string]any); r["address"] == address {
				delete(r, "expressions")
			}
		}
	}
}

// regionFrom gives the provider its Region by an expression, and the variables
// some values.
func regionFrom(expression any, variables map[string]any) func(planJSON) {
	return func(p planJSON) {
		values := map[string]any{}
		for name, value := range variables {
			values[name] = map[string]any{"value": value}
		}
		p["variables"] = values
		stackJSON(p).set("configuration.provider_config.aws.expressions.region", expression)
	}
}

// unknownPairs are about what isn't known when the plan is made, and about what
// the configuration says of it.
var unknownPairs = []pair{
	{name: "whether bucket keys are used", plan: "no-change",
		stops: unknown(theEncryptionAt, map[string]any{
			"rule": []any{
				map[string]any{
					"bucket_key_enabled":                      true,
					"apply_server_side_encryption_by_default": []any{map[string]any{"sse_algorithm": true}},
				},
			},
		}),
		found: []string{
			"guard-unknown " + theEncryptionAt + ": rule.apply_server_side_encryption_by_default.sse_algorithm is not known",
		},
		passes: unknown(theEncryptionAt, map[string]any{"rule": []any{map[string]any{"bucket_key_enabled": true}}})},
	{name: "the policy of a key without arguments", plan: "key-without-policy",
		stops: written("aws_kms_key.key", "policy", from("data.aws_iam_policy_document.p.json")),
		found: []string{"guard-unknown aws_kms_key.key: policy is not known when the plan is made: it refers to " +
			"data.aws_iam_policy_document.p.json; use a value that is known then"},
		passes: withoutExpressions("aws_kms_key.key")},
	{name: "what a call hands to its module", plan: "first-deploy-in-modules",
		stops: fromModule(from("terraform_data.policy.output")),
		found: []string{`guard-doubled module.dataset["raw.eu"].aws_s3_bucket.bucket: `,
			`guard-unknown module.dataset["raw.eu"].aws_s3_bucket.bucket: policy is not known`,
			`guard-doubled module.dataset["raw.us"].aws_s3_bucket.bucket: `,
			`guard-unknown module.dataset["raw.us"].aws_s3_bucket.bucket: policy is not known`},
		passes: fromModule(constant(nil))},
	{name: "a Region by a variable alone", plan: "no-change",
		stops:  regionFrom(from("var.region"), map[string]any{"region": "us-west-2"}),
		found:  []string{"region-changed " + theBucketAt},
		passes: regionFrom(from("var.region"), map[string]any{"region": "us-east-1"})},
	{name: "a Region by a variable in a template", plan: "no-change",
		stops: regionFrom(map[string]any{
			"constant_value": "${var.region}",
			"references":     []any{"var.region"},
		}, map[string]any{"region": "us-west-2"}), found: []string{"region-changed " + theBucketAt},
		passes: regionFrom(map[string]any{
			"constant_value": "${var.region}-2",
			"references":     []any{"var.region"},
		}, map[string]any{"region": "us-west"})},
	{name: "a Region by a local value of a variable's name", plan: "no-change",
		stops:  regionFrom(from("var.region"), map[string]any{"region": "us-west-2"}),
		found:  []string{"region-changed " + theBucketAt},
		passes: regionFrom(from("local.region"), map[string]any{"local.region": "us-west-2"})},
	{name: "an own policy that is written as null", plan: "no-change",
		stops: all(written(theBucketAt, "policy", from("var.policy")),
			both(theBucketAt, "policy", openKeyPolicy, openKeyPolicy)), found: []string{"guard-doubled " + theBucketAt},
		passes: all(written(theBucketAt, "policy", constant(nil)), both(theBucketAt, "policy", keyPolicy, openKeyPolicy))},
	{name: "an own policy that isn't known", plan: "no-change",
		stops: all(written(theBucketAt, "policy", from("data.aws_iam_policy_document.p.json")),
			both(theBucketAt, "policy", nil, nil), unknown(theBucketAt, map[string]any{"policy": true})),
		found:  []string{"guard-doubled " + theBucketAt, "guard-unknown " + theBucketAt},
		passes: all(written(theBucketAt, "policy", from("local.nothing")), both(theBucketAt, "policy", nil, nil))},
}
