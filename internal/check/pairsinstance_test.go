package check_test

import (
	"maps"
	"strings"
)

// instance is a reference to an instance of a resource, as Terraform writes it.
func instance(resource, key, attribute string) map[string]any {
	return from(resource+key+"."+attribute, resource+key, resource)
}

// ofInstance has a guard name its bucket by a key that is written out.
func ofInstance(address, key string) func(planJSON) {
	return written(address, "bucket", instance(theBucketAt, key, "bucket"))
}

// apart turns both instances of each guard into resources of their own, and has
// them name a bucket by a key that is written out.
func apart(keys map[string]string) func(planJSON) {
	return func(p planJSON) {
		own := func(address string) string {
			resource, key, _ := strings.Cut(address, `["`)
			return resource + "_" + strings.TrimSuffix(key, `"]`)
		}
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			for _, r := range stackJSON(p).get(path).([]any) {
				if r := r.(map[string]any); r["type"] != "aws_s3_bucket" {
					r["address"] = own(r["address"].(string))
				}
			}
		}
		var configured []any
		for _, r := range stackJSON(p).get("configuration.root_module.resources").([]any) {
			r := r.(map[string]any)
			if r["type"] == "aws_s3_bucket" {
				configured = append(configured, r)
				continue
			}
			for guard, bucket := range keys {
				one := map[string]any(clone(r))
				one["address"] = r["address"].(string) + "_" + guard
				delete(one, "for_each_expression")
				expressions := maps.Clone(r["expressions"].(map[string]any))
				expressions["bucket"] = instance(theBucketAt, `["`+bucket+`"]`, "bucket")
				one["expressions"] = expressions
				configured = append(configured, one)
			}
		}
		stackJSON(p).set("configuration.root_module.resources", configured)
	}
}

// twoKeys has two instances of a key, and a policy for each of some instances.
func twoKeys(of ...string) func(planJSON) {
	return func(p planJSON) {
		copied("aws_kms_key.key", `aws_kms_key.key["b"]`)(p)
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			for _, r := range stackJSON(p).get(path).([]any) {
				if r := r.(map[string]any); r["address"] == "aws_kms_key.key" {
					r["address"] = `aws_kms_key.key["a"]`
				}
			}
		}
		for i, key := range of {
			keyPolicyOf("of_"+string(rune('a'+i)), instance("aws_kms_key.key", key, "key_id"))(p)
		}
	}
}

// forEachOf sets the for_each of a resource.
func forEachOf(address string, expression any) func(planJSON) {
	return func(p planJSON) {
		for _, r := range stackJSON(p).get("configuration.root_module.resources").([]any) {
			if r := r.(map[string]any); r["address"] == address {
				r["for_each_expression"] = expression
			}
		}
	}
}

// byValue has a guard be of the bucket that each.value names.
func byValue(address string, forEach any) func(planJSON) {
	return all(written(address, "bucket", from(theBucketAt, "each.value")), forEachOf(address, forEach))
}

// variable gives a variable of the root module a value.
func variable(name string, value any) func(planJSON) {
	return func(p planJSON) { p["variables"] = map[string]any{name: map[string]any{"value": value}} }
}

// instancePairs are about guards of one of several instances.
var instancePairs = []pair{
	{name: "locks by a key that is written out", plan: "first-deploy-for-each",
		stops: ofInstance(lockAddress, `["a"]`),
		found: []string{
			`lock-missing aws_s3_bucket.bucket["b"]: the bucket has no lock configuration`,
			"guard-doubled " + lockAddress + `["a"]`, "guard-doubled " + lockAddress + `["b"]`,
		},
		passes: written(lockAddress, "bucket", from(theBucketAt, "each.key"))},
	{name: "policies by a key that is written out", plan: "first-deploy-for-each",
		stops: ofInstance(thePolicyAt, `["a"]`),
		found: []string{
			`guard-missing aws_s3_bucket.bucket["b"]: the plan declares no bucket policy for the bucket`,
			"guard-doubled " + thePolicyAt + `["a"]`, "guard-doubled " + thePolicyAt + `["b"]`,
		},
		passes: written(thePolicyAt, "bucket", from(theBucketAt, "each.key"))},
	{name: "locks by an index that is written out", plan: "first-deploy-counted",
		stops: ofInstance(lockAddress, "[1]"),
		found: []string{
			"lock-missing aws_s3_bucket.bucket[0]: the bucket has no lock configuration",
			"guard-doubled " + lockAddress + "[0]", "guard-doubled " + lockAddress + "[1]",
		},
		passes: written(lockAddress, "bucket", from(theBucketAt, "count.index"))},
	{name: "guards of their own", plan: "first-deploy-for-each",
		stops: all(apart(map[string]string{"a": "a", "b": "b"}), ofInstance(lockAddress+"_b", `["a"]`)),
		found: []string{
			`lock-missing aws_s3_bucket.bucket["b"]: the bucket has no lock configuration`,
			"guard-doubled " + lockAddress + "_a", "guard-doubled " + lockAddress + "_b",
		},
		passes: apart(map[string]string{"a": "a", "b": "b"})},
	{name: "policies of one of two keys", plan: "key-without-policy",
		stops: twoKeys(`["a"]`, `["a"]`), found: []string{
			"guard-doubled aws_kms_key_policy.of_a: 2 resources declare the key policy of the same key",
			"guard-doubled aws_kms_key_policy.of_b",
		},
		passes: twoKeys(`["a"]`, `["b"]`)},
	{name: "locks by the values of a map", plan: "first-deploy-for-each",
		stops: byValue(lockAddress, constant(map[string]any{"a": "b", "b": "b"})), found: []string{
			`lock-missing aws_s3_bucket.bucket["a"]: the bucket has no lock configuration`,
			"guard-doubled " + lockAddress + `["a"]`, "guard-doubled " + lockAddress + `["b"]`,
		},
		passes: byValue(lockAddress, constant(map[string]any{"a": "b", "b": "a"}))},
	{name: "locks by the values of a map that isn't shown", plan: "first-deploy-for-each",
		stops: byValue(lockAddress, from("local.names")), found: []string{
			"guard-unknown " + lockAddress + `["a"]: which bucket it belongs to is decided by each.value`,
			"guard-unknown " + lockAddress + `["b"]: which bucket it belongs to is decided by each.value`,
		},
		passes: all(byValue(lockAddress, from("local.names")), byValue(theBucketAt, from("local.names")))},
	{name: "locks by the values of a map that a function makes", plan: "first-deploy-for-each",
		stops: byValue(lockAddress, constant(`${tomap({a = "b", b = "b"})}`)), found: []string{
			"guard-unknown " + lockAddress + `["a"]: which bucket it belongs to is decided by each.value`,
			"guard-unknown " + lockAddress + `["b"]: which bucket it belongs to is decided by each.value`,
		},
		passes: byValue(lockAddress, constant(`${toset(["a", "b"])}`))},
	{name: "locks by the values of a variable", plan: "first-deploy-for-each",
		stops:  all(byValue(lockAddress, from("var.names")), variable("names", map[string]any{"a": "b", "b": "a"})),
		found:  []string{"guard-unknown " + lockAddress + `["a"]`, "guard-unknown " + lockAddress + `["b"]`},
		passes: all(byValue(lockAddress, from("var.names")), variable("names", []any{"a", "b"}))},
	{name: "locks for each bucket", plan: "first-deploy-for-each",
		stops: all(written(lockAddress, "bucket", from("each.value.bucket_domain_name", "each.value")),
			forEachOf(lockAddress, from(theBucketAt))),
		found: []string{`lock-missing aws_s3_bucket.bucket["a"]`, `lock-missing aws_s3_bucket.bucket["b"]`,
			"retention-shortened " + lockAddress, "retention-shortened " + lockAddress},
		passes: all(written(lockAddress, "bucket", from("each.value.id", "each.value")),
			forEachOf(lockAddress, from(theBucketAt)))},
	{name: "a lock by a key without an instance", plan: "first-deploy-with-prefix",
		stops: ofInstance(lockAddress, `["elsewhere"]`), found: []string{
			"lock-missing " + theBucketAt, "retention-shortened " + lockAddress,
		},
		passes: written(lockAddress, "bucket", from("local.bucket"))},
}
