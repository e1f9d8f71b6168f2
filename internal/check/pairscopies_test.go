package check_test

const theReplicationAt = "aws_s3_bucket_replication_configuration.replication"

// ruleWas changes what the rule of the replication was.
func ruleWas(path string, value any) func(planJSON) {
	return func(p planJSON) { stackJSON(p.changeOf(theReplicationAt)).set("before.rule.0."+path, value) }
}

// notLocked has the replication go to a bucket that isn't in the plan.
func notLocked(p planJSON) {
	all(ruleWas("destination.0.bucket", "arn:aws:s3:::acme-other"),
		changedRule("destination.0.bucket", "arn:aws:s3:::acme-other"))(p)
}

// acted sets what the plan does to a resource. What it deletes or forgets alone
// has nothing after.
func acted(address string, actions ...any) func(planJSON) {
	return func(p planJSON) {
		change := p.changeOf(address)
		change["actions"] = actions
		if len(actions) == 1 {
			change["after"] = nil
		}
	}
}

// roleUnknown has the role of the replication be one that isn't known yet.
func roleUnknown(p planJSON) {
	written(theReplicationAt, "role", from("aws_iam_role.other.arn", "aws_iam_role.other"))(p)
	unknown(theReplicationAt, map[string]any{"role": true})(p)
	delete(p.changeOf(theReplicationAt)["after"].(map[string]any), "role")
}

const copiesFewer = "records-stopped " + theReplicationAt +
	": which objects are copied to arn:aws:s3:::acme-whole-replica changes"

// copyPairs are about the replication to a locked bucket.
var copyPairs = []pair{
	{name: "a replication of a prefix", plan: "topology",
		stops: changedRule("filter.0.prefix", "nothing/"), found: []string{copiesFewer},
		passes: ruleWas("filter.0.prefix", "nothing/")},
	{name: "a replication of an old prefix", plan: "topology",
		stops: all(changedRule("filter", []any{}), changedRule("prefix", "nothing/")), found: []string{copiesFewer},
		passes: all(changedRule("filter", []any{}), changedRule("prefix", ""))},
	{name: "a replication of a tag", plan: "topology",
		stops: changedRule("filter.0.tag", []any{map[string]any{"key": "copy", "value": "yes"}}), found: []string{copiesFewer},
		passes: ruleWas("filter.0.tag", []any{map[string]any{"key": "copy", "value": "yes"}})},
	{name: "a replication of a prefix and tags", plan: "topology",
		stops: all(ruleWas("filter.0.and", []any{map[string]any{"prefix": "a/", "tags": map[string]any{"b": "c"}}}),
			changedRule("filter.0.and", []any{map[string]any{"prefix": "a/", "tags": map[string]any{"b": "d"}}})),
		found: []string{copiesFewer},
		passes: all(ruleWas("filter.0.and", []any{map[string]any{"prefix": "a/b/", "tags": map[string]any{"b": "c"}}}),
			changedRule("filter.0.and", []any{map[string]any{"prefix": "a/", "tags": map[string]any{"b": "c"}}}))},
	{name: "a replication of a tag whose value is a list", plan: "topology",
		stops: all(ruleWas("filter.0.tag", []any{map[string]any{"key": "a", "value": []any{"x"}}}),
			changedRule("filter.0.tag", []any{map[string]any{"key": "a", "value": []any{"y"}}})),
		found: []string{copiesFewer},
		passes: all(ruleWas("filter.0.tag", []any{map[string]any{"key": "a", "value": []any{"x"}}}),
			changedRule("filter.0.tag", []any{map[string]any{"key": "a", "value": []any{"x"}}}))},
	{name: "a replication by a condition that isn't known here", plan: "topology",
		stops:  changedRule("filter.0.size_greater_than", 5.0),
		found:  []string{copiesFewer},
		passes: changedRule("filter.0.size_greater_than", nil)},
	{name: "a filter of several that is narrowed by something unknown", plan: "topology",
		stops: all(ruleWas("filter.0.and", []any{map[string]any{"prefix": "a/"}}),
			changedRule("filter.0.and", []any{map[string]any{"prefix": "a/", "size_greater_than": 5.0}})),
		found: []string{copiesFewer},
		passes: all(ruleWas("filter.0.and", []any{map[string]any{"prefix": "a/"}}),
			changedRule("filter.0.and", []any{map[string]any{"prefix": "a/", "size_greater_than": nil}}))},
	{name: "a replication of objects under a KMS key", plan: "topology",
		stops: changedRule("source_selection_criteria.0.sse_kms_encrypted_objects.0.status", "Disabled"),
		found: []string{"records-stopped " + theReplicationAt + ": source_selection_criteria.sse_kms_encrypted_objects"},
		passes: all(ruleWas("source_selection_criteria.0.sse_kms_encrypted_objects.0.status", "Disabled"),
			changedRule("priority", 2.0))},
	{name: "a replication without selection", plan: "topology",
		stops:  changedRule("source_selection_criteria", []any{}),
		found:  []string{"records-stopped " + theReplicationAt + ": source_selection_criteria.sse_kms_encrypted_objects"},
		passes: ruleWas("source_selection_criteria", []any{})},
	{name: "a replication without metrics", plan: "topology",
		stops:  changedRule("destination.0.metrics", []any{}),
		found:  []string{"records-stopped " + theReplicationAt + ": destination.metrics"},
		passes: ruleWas("destination.0.metrics", []any{})},
	{name: "a replication under another key", plan: "topology",
		stops:  changedRule("destination.0.encryption_configuration.0.replica_kms_key_id", otherKeyARN),
		found:  []string{"records-stopped " + theReplicationAt + ": the key of what is copied to"},
		passes: changedRule("destination.0.storage_class", "STANDARD_IA")},
	{name: "a replication by another role", plan: "topology",
		stops:  both(theReplicationAt, "role", guardianARN, secondARN),
		found:  []string{"records-stopped " + theReplicationAt + ": the role of the replication goes from"},
		passes: all(notLocked, both(theReplicationAt, "role", guardianARN, secondARN))},
	{name: "a replication by a role in the making", plan: "topology",
		stops: roleUnknown, found: []string{"guard-unknown " + theReplicationAt + ": role is not known"},
		passes: all(created(theReplicationAt), roleUnknown)},
	{name: "a replication elsewhere by a role in the making", plan: "topology",
		stops: roleUnknown, found: []string{"guard-unknown " + theReplicationAt + ": role is not known"},
		passes: all(notLocked, roleUnknown)},
	{name: "a replication that is replaced", plan: "topology",
		stops:  acted(theReplicationAt, "delete", "create"),
		found:  []string{"records-stopped " + theReplicationAt + ": the plan destroys the replication and makes another one"},
		passes: all(notLocked, acted(theReplicationAt, "delete", "create"))},
	{name: "a replication that is destroyed", plan: "topology",
		stops: acted(theReplicationAt, "delete"), found: []string{
			"records-stopped " + theReplicationAt + ": nothing is copied to arn:aws:s3:::acme-whole-replica any longer",
		},
		passes: all(notLocked, acted(theReplicationAt, "delete"))},
	{name: "a replication that is forgotten", plan: "topology",
		stops:  acted(theReplicationAt, "forget"),
		found:  []string{"forgotten " + theReplicationAt + ": the plan drops the replication from the state"},
		passes: all(notLocked, acted(theReplicationAt, "forget"))},
	{name: "a second rule of a replication", plan: "topology",
		stops: twoRules("", "a/"), found: []string{"records-stopped " + theReplicationAt + ": destination.metrics"},
		passes: twoRules("a/", "b/")},
}

// twoRules has the replication copy one prefix as before and another one without
// metrics.
func twoRules(was, added string) func(planJSON) {
	return func(p planJSON) {
		all(ruleWas("filter.0.prefix", was), changedRule("filter.0.prefix", was))(p)
		rules := stackJSON(p.changeOf(theReplicationAt)).get("after.rule").([]any)
		second := clone(rules[0].(map[string]any))
		second.set("filter.0.prefix", added)
		second.set("destination.0.metrics", []any{})
		stackJSON(p.changeOf(theReplicationAt)).set("after.rule", append(rules, map[string]any(second)))
	}
}
