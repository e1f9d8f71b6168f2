package check_test

import (
	"slices"
	"strings"
)

// outputOf gives the configuration a module s3, which is handed a name and returns
// it.
func outputOf(handed map[string]any) func(planJSON) {
	return calling(handed, from("var.name"))
}

// calling gives the configuration a module s3, with what is handed to it and what it
// returns.
func calling(handed, returned any) func(planJSON) {
	return func(p planJSON) {
		stackJSON(p).set("configuration.root_module.module_calls.s3", map[string]any{
			"source": "./s3", "expressions": map[string]any{"name": handed},
			"module": map[string]any{"outputs": map[string]any{"bucket_id": map[string]any{"expression": returned}},
				"variables": map[string]any{"name": map[string]any{}}}})
	}
}

// fromOutput has a guard take the name of its bucket from the output of a module.
func fromOutput(address string, handed map[string]any) func(planJSON) {
	return all(written(address, "bucket", from("module.s3.bucket_id", "module.s3")), outputOf(handed))
}

// twoBuckets has another locked bucket, so that what isn't followed is nobody's.
func twoBuckets(p planJSON) {
	secondBucket(p)
	change := p["resource_changes"].([]any)
	second := change[len(change)-1].(map[string]any)["change"].(map[string]any)
	second["actions"], second["before"] = []any{"create"}, nil
	second["after"] = map[string]any{"bucket": "acme-second"}
	delete(p, "prior_state")
}

const policyElsewhere = "policy-loosened " + thePolicyAt + ": what policy there was isn't known"

// lookedUp has the plan read the data source of a bucket in the apply.
func lookedUp(p planJSON) {
	p["resource_changes"] = append(p["resource_changes"].([]any), map[string]any{"address": "data.aws_s3_bucket.other",
		"mode": "data", "type": "aws_s3_bucket", "name": "other", "provider_name": "registry.terraform.io/hashicorp/aws",
		"change": map[string]any{"actions": []any{"read"}, "before": nil, "after": map[string]any{"bucket": "acme-other"}}})
}

// eitherBucket is an expression that chooses between the bucket, another guard of which
// there is none, and one that is looked up.
var eitherBucket = from("aws_s3_bucket_acl.none[0].id", "aws_s3_bucket_acl.none[0]", "aws_s3_bucket_acl.none",
	theBucketAt+".id", theBucketAt, "data.aws_s3_bucket.other.id", "data.aws_s3_bucket.other")

// copyingTo has the plan make the replication, whose destination isn't known yet.
func copyingTo(references ...any) func(planJSON) {
	return all(created(theReplicationAt), func(p planJSON) {
		change := stackJSON(p.changeOf(theReplicationAt))
		change.drop("after.rule.0.destination.0.bucket")
		change.set("after_unknown", map[string]any{"rule": []any{map[string]any{
			"destination": []any{map[string]any{"bucket": true}}}}})
		p.configured(theReplicationAt)["rule"] = []any{map[string]any{
			"destination": []any{map[string]any{"bucket": from(references...)}}}}
	})
}

// loggingTo has the plan make access logs whose bucket isn't known yet.
func loggingTo(references ...any) func(planJSON) {
	return all(created(theLoggingAt), func(p planJSON) {
		delete(p.changeOf(theLoggingAt)["after"].(map[string]any), "target_bucket")
		p.changeOf(theLoggingAt)["after_unknown"] = map[string]any{"target_bucket": true}
		p.configured(theLoggingAt)["target_bucket"] = from(references...)
	})
}

const theLoggingAt = "aws_s3_bucket_logging.access_logs"

// inModules moves the policies into the instances of a module with a for_each, which
// is handed the name of the bucket.
func inModules(forEach, handed map[string]any) func(planJSON) {
	return func(p planJSON) {
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			for _, r := range stackJSON(p).get(path).([]any) {
				r := r.(map[string]any)
				if key, is := strings.CutPrefix(r["address"].(string), thePolicyAt); is {
					r["address"] = "module.g" + key + "." + thePolicyAt
				}
			}
		}
		var inner map[string]any
		kept := slices.DeleteFunc(stackJSON(p).get("configuration.root_module.resources").([]any), func(r any) bool {
			is := r.(map[string]any)["address"] == thePolicyAt
			if is {
				inner = r.(map[string]any)
			}
			return is
		})
		delete(inner, "for_each_expression")
		inner["expressions"].(map[string]any)["bucket"] = from("var.bucket")
		stackJSON(p).set("configuration.root_module.resources", kept)
		stackJSON(p).set("configuration.root_module.module_calls.g", map[string]any{
			"source": "./g", "for_each_expression": forEach, "expressions": map[string]any{"bucket": handed},
			"module": map[string]any{"resources": []any{inner}, "variables": map[string]any{"bucket": map[string]any{}}}})
	}
}

// aclNames has a guard take the name of its bucket from an ACL.
func aclNames(address string) func(planJSON) {
	return all(more("aws_s3_bucket_acl", "acl", "create", nil, map[string]any{"acl": "private"}),
		written(address, "bucket", from("aws_s3_bucket_acl.acl.id", "aws_s3_bucket_acl.acl")))
}

// policiesElsewhere is found if no bucket is certainly the policies'.
var policiesElsewhere = []string{
	`guard-missing aws_s3_bucket.bucket["a"]: the plan declares no bucket policy for the bucket`,
	`guard-missing aws_s3_bucket.bucket["b"]: the plan declares no bucket policy for the bucket`,
	"policy-loosened " + thePolicyAt + `["a"]: what policy there was isn't known`,
	"policy-loosened " + thePolicyAt + `["b"]: what policy there was isn't known`,
}

// inCalled moves the last resource of the plan into the module s3.
func inCalled(p planJSON) {
	change := p["resource_changes"].([]any)
	last := change[len(change)-1].(map[string]any)
	last["address"] = "module.s3." + last["address"].(string)
}

// manyNames are references of an expression to the bucket and to what isn't there.
func manyNames(count int) func(planJSON) {
	names := []any{theBucketAt + ".id", theBucketAt}
	for len(names) < count {
		names = append(names, "var.root")
	}
	return written(thePolicyAt, "bucket", from(names...))
}

// eitherNew has the plan make another bucket, and a policy whose bucket an expression
// names.
func eitherNew(references ...any) func(planJSON) {
	return all(made("aws_s3_bucket", "data", map[string]any{"object_lock_enabled": true},
		map[string]any{"id": true, "bucket": true, "arn": true}, map[string]any{"object_lock_enabled": constant(true)}),
		written(thePolicyAt, "bucket", from(references...)))
}

// eitherVersioned has the plan make two buckets without a lock, and versioning of one.
func eitherVersioned(p planJSON) {
	for _, name := range []string{"x", "y"} {
		made("aws_s3_bucket", name, map[string]any{"bucket_prefix": name},
			map[string]any{"id": true, "bucket": true}, map[string]any{})(p)
	}
	made("aws_s3_bucket_versioning", "either",
		map[string]any{"versioning_configuration": []any{map[string]any{"status": "Enabled"}}},
		map[string]any{"bucket": true},
		map[string]any{"bucket": from("aws_s3_bucket.x.id", "aws_s3_bucket.x", "aws_s3_bucket.y.id", "aws_s3_bucket.y")})(p)
}

// unguarded are the findings for the other bucket, which has no guard but the policy
// that may be its own.
func unguarded() []string {
	all := []string{"lock-missing aws_s3_bucket.data"}
	for _, what := range []string{"versioning", "public access block", "ownership controls", "default encryption"} {
		all = append(all, "guard-missing aws_s3_bucket.data: the plan declares no "+what)
	}
	return all
}

// shownForEach has the lock and the bucket share a for_each, as a plan of JSON shows it.
func shownForEach(template string) func(planJSON) {
	expression := map[string]any{"constant_value": template, "references": []any{"local.names"}}
	return all(byValue(lockAddress, expression), forEachOf(theBucketAt, expression))
}

// followPairs are about references that lead through modules and other guards.
var followPairs = []pair{
	{name: "a policy whose bucket an output looks up", plan: "first-deploy-with-prefix",
		stops:  fromOutput(thePolicyAt, from("data.aws_s3_bucket.other.id", "data.aws_s3_bucket.other")),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: fromOutput(thePolicyAt, from(theBucketAt+".id", theBucketAt))},
	{name: "a policy whose bucket the output of a module looks up", plan: "first-deploy-with-prefix",
		stops: all(fromOutput(thePolicyAt, from(theBucketAt+".id", theBucketAt)),
			calling(from(theBucketAt+".id", theBucketAt), from("data.aws_s3_bucket.other.id", "data.aws_s3_bucket.other"))),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: fromOutput(thePolicyAt, from(theBucketAt+".id", theBucketAt))},
	{name: "a policy of a bucket or of one that is looked up", plan: "first-deploy-with-prefix",
		stops:  all(written(thePolicyAt, "bucket", eitherBucket), lookedUp),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: written(thePolicyAt, "bucket", eitherBucket)},
	{name: "a policy of the bucket of an output, or of one that is looked up", plan: "first-deploy-with-prefix",
		stops:  all(fromOutput(thePolicyAt, eitherBucket), lookedUp),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: fromOutput(thePolicyAt, eitherBucket)},
	{name: "a policy of the bucket of an output, if a local value says so", plan: "first-deploy-with-prefix",
		stops:  all(fromOutput(thePolicyAt, from("local.made", theBucketAt+".id", theBucketAt)), lookedUp),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: fromOutput(thePolicyAt, from("local.made", "var.root", theBucketAt+".id", theBucketAt))},
	{name: "a policy whose bucket an output names that leads to itself", plan: "first-deploy-with-prefix",
		stops:  fromOutput(thePolicyAt, from("module.s3.bucket_id", "module.s3", theBucketAt)),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: fromOutput(thePolicyAt, from("var.root", theBucketAt))},
	{name: "a policy whose bucket a local value may look up", plan: "first-deploy-with-prefix",
		stops:  all(written(thePolicyAt, "bucket", from("local.name")), lookedUp),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: written(thePolicyAt, "bucket", from("local.name"))},
	{name: "a policy that is new, whose bucket a local value names", plan: "no-change",
		stops: all(created(thePolicyAt), func(p planJSON) { stackJSON(p.changeOf(thePolicyAt)).drop("after.bucket") },
			unknown(thePolicyAt, map[string]any{"bucket": true}), written(thePolicyAt, "bucket", from("local.name"))),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: func(planJSON) {}},
	{name: "a policy whose bucket an output names, of two", plan: "first-deploy-with-prefix",
		stops: all(twoBuckets, written(thePolicyAt, "bucket", from("local.name"))),
		found: []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket",
			"lock-missing aws_s3_bucket.second", policyElsewhere},
		passes: fromOutput(thePolicyAt, from(theBucketAt+".id", theBucketAt))},
	{name: "a policy whose bucket another guard names, of two", plan: "first-deploy-for-each",
		stops: written(thePolicyAt, "bucket", instance(versioningAddress, `["a"]`, "id")),
		found: []string{`guard-missing aws_s3_bucket.bucket["b"]: the plan declares no bucket policy for the bucket`,
			"guard-doubled " + thePolicyAt + `["a"]`, "guard-doubled " + thePolicyAt + `["b"]`},
		passes: written(thePolicyAt, "bucket", from(versioningAddress, "each.key"))},
	{name: "locks by an expression over the buckets", plan: "first-deploy-for-each",
		stops: all(written(lockAddress, "bucket", from("each.value")), forEachOf(lockAddress, from(theBucketAt))),
		found: []string{
			"guard-unknown " + lockAddress + `["a"]: which bucket it belongs to is decided by each.value`,
			"guard-unknown " + lockAddress + `["b"]: which bucket it belongs to is decided by each.value`,
		},
		passes: all(written(lockAddress, "bucket", from("each.value.id", "each.value")),
			forEachOf(lockAddress, from(theBucketAt)))},
	{name: "a new replication to a bucket that isn't known", plan: "topology-first",
		stops:  copyingTo("data.aws_s3_bucket.other.arn", "data.aws_s3_bucket.other"),
		found:  []string{"guard-unknown " + theReplicationAt + ": rule.destination.bucket is not known"},
		passes: copyingTo("aws_s3_bucket.replica_bucket.arn", "aws_s3_bucket.replica_bucket")},
	{name: "a new replication to a bucket that isn't locked", plan: "topology-first",
		stops: copyingTo(theEvidenceAt+".arn", theEvidenceAt),
		found: []string{
			"replicated-elsewhere " + theReplicationAt + ": everything new is copied to arn:aws:s3:::acme-whole-evidence",
		},
		passes: copyingTo("aws_s3_bucket.replica_bucket.arn", "aws_s3_bucket.replica_bucket")},
	{name: "new access logs in a bucket that isn't known", plan: "topology-first",
		stops:  loggingTo("data.aws_s3_bucket.other.id", "data.aws_s3_bucket.other"),
		found:  []string{"guard-unknown " + theLoggingAt + ": target_bucket is not known"},
		passes: loggingTo(theEvidenceAt+".id", theEvidenceAt)},
	{name: "a policy of a bucket or of that of a module", plan: "first-deploy-with-prefix",
		stops: all(written(thePolicyAt, "bucket", from("var.other", "module.s3.bucket_id", "module.s3", theBucketAt+".id",
			theBucketAt)), calling(constant("x"), from("terraform_data.b.output", "terraform_data.b")),
			made("terraform_data", "b", map[string]any{}, map[string]any{"output": true}, map[string]any{}), inCalled),
		found: []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: all(written(thePolicyAt, "bucket", from("var.other", "module.s3.bucket_id", "module.s3", theBucketAt+".id",
			theBucketAt)), calling(from(theBucketAt+".id", theBucketAt), from("var.name")))},
	{name: "a policy of a bucket or of something else that the plan makes", plan: "first-deploy-with-prefix",
		stops: all(written(thePolicyAt, "bucket", from("terraform_data.b.output", "terraform_data.b", theBucketAt+".id",
			theBucketAt)), made("terraform_data", "b", map[string]any{}, map[string]any{"output": true}, map[string]any{})),
		found: []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: written(thePolicyAt, "bucket", from("terraform_data.b[0].output", "terraform_data.b[0]",
			"terraform_data.b", theBucketAt+".id", theBucketAt))},
	{name: "a new replication to a bucket or where a local value says", plan: "topology-first",
		stops: copyingTo("local.cross", "local.partner_arn", "aws_s3_bucket.replica_bucket.arn",
			"aws_s3_bucket.replica_bucket"),
		found:  []string{"guard-unknown " + theReplicationAt + ": rule.destination.bucket is not known"},
		passes: copyingTo("aws_s3_bucket.replica_bucket.arn", "aws_s3_bucket.replica_bucket")},
	{name: "a policy of one of two new buckets", plan: "first-deploy-with-prefix",
		stops: eitherNew(theBucketAt+".id", theBucketAt, "aws_s3_bucket.data.id", "aws_s3_bucket.data"),
		found: append(unguarded(), "guard-unknown "+thePolicyAt+
			": which bucket it belongs to is decided by an expression with several buckets"),
		passes: written(thePolicyAt, "bucket", from(theBucketAt+".id", theBucketAt))},
	{name: "a policy of one of two new buckets, by a for_each", plan: "first-deploy-with-prefix",
		stops: all(eitherNew("each.value"), forEachOf(thePolicyAt, from(theBucketAt+".id", theBucketAt,
			"aws_s3_bucket.data.id", "aws_s3_bucket.data"))),
		found: append(unguarded(), "guard-unknown "+thePolicyAt+
			": which bucket it belongs to is decided by an expression with several buckets"),
		passes: eachOf(theBucketAt+".id", theBucketAt)},
	{name: "a policy of two new buckets or of what a local value says", plan: "first-deploy-with-prefix",
		stops: eitherNew("local.x", theBucketAt+".id", theBucketAt, "aws_s3_bucket.data.id", "aws_s3_bucket.data"),
		found: append([]string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket"},
			append(append(unguarded(), "guard-missing aws_s3_bucket.data: the plan declares no bucket policy for the bucket"),
				policyElsewhere)...),
		passes: written(thePolicyAt, "bucket", from("local.x", theBucketAt+".id", theBucketAt))},
	{name: "a guard of one of two new buckets without a lock", plan: "no-change",
		stops: eitherVersioned, found: []string{"lock-missing aws_s3_bucket.x", "lock-missing aws_s3_bucket.y"},
		passes: func(planJSON) {}},
	{name: "a policy by an expression with very many names", plan: "first-deploy-with-prefix",
		stops:  manyNames(2000),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: manyNames(900)},
	{name: "locks by a for_each that is shown and may be a map", plan: "first-deploy-for-each",
		stops: shownForEach("${local.names}"), found: []string{
			"guard-unknown " + lockAddress + `["a"]: which bucket it belongs to is decided by each.value`,
			"guard-unknown " + lockAddress + `["b"]: which bucket it belongs to is decided by each.value`,
		},
		passes: shownForEach("${toset(local.names)}")},
	{name: "a policy whose bucket a guard names that isn't judged", plan: "first-deploy-with-prefix",
		stops:  all(aclNames(thePolicyAt), lookedUp),
		found:  []string{"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket", policyElsewhere},
		passes: aclNames(thePolicyAt)},
	{name: "policies by an attribute of each.value", plan: "first-deploy-for-each",
		stops:  written(thePolicyAt, "bucket", from(theBucketAt, "each.value.name", "each.value")),
		found:  policiesElsewhere,
		passes: written(thePolicyAt, "bucket", from(theBucketAt, "each.key"))},
	{name: "policies by a local value", plan: "first-deploy-for-each",
		stops: written(thePolicyAt, "bucket", from(theBucketAt, "local.pick")), found: policiesElsewhere,
		passes: written(thePolicyAt, "bucket", from(theBucketAt, "count.index", "each.key"))},
	{name: "policies of modules by the values of a map", plan: "first-deploy-for-each",
		stops: inModules(constant(map[string]any{"a": "b", "b": "b"}), from(theBucketAt, "each.value")),
		found: []string{
			`guard-missing aws_s3_bucket.bucket["a"]: the plan declares no bucket policy for the bucket`,
			`guard-doubled module.g["a"].` + thePolicyAt, `guard-doubled module.g["b"].` + thePolicyAt,
		},
		passes: inModules(constant(map[string]any{"a": "b", "b": "a"}), from(theBucketAt, "each.value"))},
}
