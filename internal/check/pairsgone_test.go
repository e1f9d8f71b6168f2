package check_test

import (
	"encoding/json"
	"slices"
	"strings"
)

// unmentioned has the plan not mention a resource that the state has with some
// values.
func unmentioned(address string, values func(before any) any) func(planJSON) {
	return func(p planJSON) {
		before := p.changeOf(address)["before"]
		for _, r := range stackJSON(p).get("prior_state.values.root_module.resources").([]any) {
			if r := r.(map[string]any); r["address"] == address {
				r["values"] = values(before)
			}
		}
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			stackJSON(p).set(path, slices.DeleteFunc(stackJSON(p).get(path).([]any),
				func(item any) bool { return item.(map[string]any)["address"] == address }))
		}
	}
}

func same(before any) any { return before }

func none(any) any { return nil }

// madeAgain has somebody have deleted a resource that the plan makes again.
func madeAgain(address string) func(planJSON) {
	return func(p planJSON) {
		change := p.changeOf(address)
		drift, _ := p["resource_drift"].([]any)
		kind, name, _ := strings.Cut(address, ".")
		p["resource_drift"] = append(drift, map[string]any{"address": address, "mode": "managed", "type": kind, "name": name,
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change":        map[string]any{"actions": []any{"delete"}, "before": change["before"], "after": nil}})
		change["actions"], change["before"] = []any{"create"}, nil
	}
}

func another(address string) func(planJSON) { return func(p planJSON) { ofAnother(p, address) } }

// deposedBucket adds a deposed object of a bucket, like that for evidence under an
// old name, which the plan deletes.
func deposedBucket(address, name string) func(planJSON) {
	return func(p planJSON) {
		text, err := json.Marshal(p.changeOf(theEvidenceAt)["before"])
		if err != nil {
			panic(err)
		}
		var was map[string]any
		if err := json.Unmarshal(text, &was); err != nil {
			panic(err)
		}
		was["bucket"], was["policy"] = name, ""
		_, label, _ := strings.Cut(address, ".")
		p["resource_changes"] = append(p["resource_changes"].([]any), map[string]any{"address": address, "mode": "managed",
			"type": "aws_s3_bucket", "name": label, "deposed": "abcd1234",
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change":        map[string]any{"actions": []any{"delete"}, "before": was, "after": nil}})
	}
}

// deposedInState has the state have a deposed object of a bucket.
func deposedInState(address string) func(planJSON) {
	return func(p planJSON) {
		const path = "prior_state.values.root_module.resources"
		all := stackJSON(p).get(path).([]any)
		stackJSON(p).set(path, append(all, map[string]any{"address": address, "deposed_key": "abcd1234", "mode": "managed",
			"type": "aws_s3_bucket", "values": p.changeOf(address)["before"]}))
	}
}

// lastChange returns the last change of a plan.
func (p planJSON) lastChange() map[string]any {
	all := p["resource_changes"].([]any)
	return all[len(all)-1].(map[string]any)
}

const (
	theEvidenceAt    = "aws_s3_bucket.evidence_bucket"
	theBatchPolicyAt = "aws_iam_role_policy.batch_role_policy"
	theAlarmAt       = "aws_cloudwatch_event_rule.alarm_bypass"
	theInventoryAt   = "aws_s3_bucket_inventory.inventory"
)

// movedPolicy has the plan give a managed policy of a role to another role, or the
// role another managed policy.
func movedPolicy(role, arn string) func(planJSON) {
	return more("aws_iam_role_policy_attachment", "more", "update",
		map[string]any{"role": "acme-whole-batch", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		map[string]any{"role": role, "policy_arn": arn})
}

// newRoles has the plan make all its roles.
func newRoles(p planJSON) {
	all(created(theBatchRoleAt), created("aws_iam_role.replication_role"), created("aws_iam_role.alarms_role"))(p)
}

// laterRole has the plan make a policy for a role that isn't known.
func laterRole(p planJSON) {
	more("aws_iam_role_policy", "more", "create", nil, map[string]any{"policy": allowing(`"s3:*"`)})(p)
	unknown("aws_iam_role_policy.more", map[string]any{"role": true})(p)
}

// stateWithout has the state and the plan have no policy of the bucket for evidence,
// which has one all the same.
func stateWithout(policy string) func(planJSON) {
	return all(unlisted("aws_s3_bucket_policy.evidence_policy"), both(theEvidenceAt, "policy", policy, policy),
		both(theEvidenceAt, "force_destroy", true, true))
}

func evidencePolicy(actions string) string {
	return strings.ReplaceAll(deniesTo(actions), "acme-access-logs", "acme-whole-evidence")
}

// elsewhereLogs are the access logs of a bucket that isn't in the plan.
func elsewhereLogs(bucket, prefix string) func(planJSON) {
	return more("aws_s3_bucket_logging", "more", "update",
		map[string]any{"bucket": "uploads", "target_bucket": "logs", "target_prefix": "a/"},
		map[string]any{"bucket": "uploads", "target_bucket": bucket, "target_prefix": prefix})
}

const again = ", and the plan makes it again"

// gonePairs are about what the plan doesn't mention, doesn't find or doesn't know
// of what records, copies and reports.
var gonePairs = []pair{
	{name: "a trail that the plan doesn't mention", plan: "topology",
		stops: unmentioned(theTrailAt, same), found: []string{"forgotten " + theTrailAt + ": the state has the trail"},
		passes: unmentioned(theTrailAt, renamed)},
	{name: "an alarm that the plan doesn't mention", plan: "topology",
		stops: unmentioned(theAlarmAt, same), found: []string{"forgotten " + theAlarmAt + ": the state has the alarm"},
		passes: unmentioned(theAlarmAt, renamed)},
	{name: "a role that the plan doesn't mention", plan: "topology",
		stops: all(unmentioned(theBatchRoleAt, same), unmentioned(theBatchPolicyAt, same)),
		found: []string{"forgotten " + theBatchRoleAt + ": the state has the role",
			"forgotten " + theBatchPolicyAt + ": the state has the role's policy"},
		passes: all(unmentioned(theBatchRoleAt, renamed), unmentioned(theBatchPolicyAt, renamed))},
	{name: "a trail without values that the plan doesn't mention", plan: "topology",
		stops: unmentioned(theTrailAt, none), found: []string{"forgotten " + theTrailAt + ": the state has the trail"},
		passes: unmentioned(theTrailAt, renamed)},
	{name: "a trail that is made again", plan: "topology",
		stops: madeAgain(theTrailAt), found: []string{
			"records-stopped " + theTrailAt + ": Terraform did not find the trail" + again},
		passes: all(another(theTrailAt), madeAgain(theTrailAt))},
	{name: "an alarm that is made again", plan: "topology",
		stops: madeAgain(theAlarmAt), found: []string{
			"records-stopped " + theAlarmAt + ": Terraform did not find the alarm" + again},
		passes: created(theAlarmAt)},
	{name: "the role of S3 Batch Operations that is made again", plan: "topology",
		stops: madeAgain(theBatchRoleAt), found: []string{
			"records-stopped " + theBatchRoleAt + ": Terraform did not find the role" + again},
		passes: created(theBatchRoleAt)},
	{name: "a notification that is made again", plan: "topology",
		stops: madeAgain("aws_s3_bucket_notification.notification"), found: []string{
			"records-stopped aws_s3_bucket_notification.notification: Terraform did not find the notification"},
		passes: created("aws_s3_bucket_notification.notification")},
	{name: "a replication that is made again", plan: "topology",
		stops: madeAgain(theReplicationAt), found: []string{
			"records-stopped " + theReplicationAt + ": Terraform did not find the replication" + again},
		passes: all(notLocked, madeAgain(theReplicationAt))},
	{
		name:  "a role's policy that becomes another role's",
		plan:  "topology",
		stops: both(theBatchPolicyAt, "role", "acme-whole-batch", "acme-whole-other"),
		found: []string{
			"policy-loosened " + theBatchPolicyAt + `: role of the role's policy goes from "acme-whole-batch" to`,
		},
		passes: both(theBatchPolicyAt, "role", "acme-whole-batch", "acme-whole-batch"),
	},
	{name: "a role's policy whose role isn't known", plan: "topology",
		stops: later(theBatchPolicyAt, "role"), found: []string{"guard-unknown " + theBatchPolicyAt + ": role is not known"},
		passes: all(newRoles, created(theBatchPolicyAt), later(theBatchPolicyAt, "role"))},
	{name: "a managed policy that becomes another role's", plan: "topology",
		stops: movedPolicy("acme-whole-other", "arn:aws:iam::aws:policy/ReadOnlyAccess"), found: []string{
			"policy-loosened aws_iam_role_policy_attachment.more: role of the role's managed policy goes from"},
		passes: movedPolicy("acme-whole-batch", "arn:aws:iam::aws:policy/ReadOnlyAccess")},
	{name: "another managed policy in the place of one", plan: "topology",
		stops: movedPolicy("acme-whole-batch", adminARN), found: []string{
			"policy-loosened aws_iam_role_policy_attachment.more: policy_arn of the role's managed policy goes from"},
		passes: movedPolicy("acme-whole-batch", "arn:aws:iam::aws:policy/ReadOnlyAccess")},
	{name: "a new policy whose role isn't known, beside a role elsewhere", plan: "topology",
		stops:  all(copier, newRoles, laterRole),
		found:  []string{"policy-loosened aws_iam_role_policy.more: statement Work"},
		passes: all(newRoles, laterRole)},
	{name: "a deposed bucket for evidence", plan: "topology",
		stops: deposedBucket(theEvidenceAt, "acme-whole-old"), found: []string{
			"destroyed " + theEvidenceAt + ": the plan destroys the bucket"},
		passes: deposedBucket("aws_s3_bucket.other", "acme-whole-old")},
	{name: "a deposed bucket that the plan doesn't mention", plan: "topology",
		stops: deposedInState(theBucketAt), found: []string{
			"forgotten " + theBucketAt + ": the state has the bucket, and the plan says nothing of it"},
		passes: all(deposedInState(theEvidenceAt), func(p planJSON) {
			deposedBucket(theEvidenceAt, "acme-whole-old")(p)
			p.lastChange()["change"] = map[string]any{"actions": []any{"no-op"}, "before": nil, "after": nil}
			p.lastChange()["type"] = "aws_sqs_queue"
		})},
	{name: "a trail that becomes another", plan: "topology",
		stops: both(theTrailAt, "name", "acme-whole-trail", "elsewhere"), found: []string{
			"destroyed " + theTrailAt + ": the name of the trail goes from acme-whole-trail to elsewhere"},
		passes: both(theTrailAt, "name", "acme-whole-trail", "acme-whole-trail")},
	{
		name:  "a bucket for evidence whose policy isn't in the plan",
		plan:  "topology",
		stops: stateWithout(evidencePolicy(`["s3:DeleteObject","s3:DeleteObjectVersion"]`)),
		found: []string{
			"force-destroy " + theEvidenceAt,
			"guard-missing " + theEvidenceAt + ": the plan declares no bucket policy for the bucket",
		},
		passes: stateWithout(evidencePolicy(`"s3:DeleteObject"`)),
	},
	{name: "global events of a trail", plan: "topology",
		stops:  both(theTrailAt, "include_global_service_events", true, false),
		found:  []string{"records-stopped " + theTrailAt + ": include_global_service_events of the trail changes"},
		passes: both(theTrailAt, "include_global_service_events", false, true)},
	{name: "global events of a trail that aren't known", plan: "topology",
		stops: all(both(theTrailAt, "include_global_service_events", true, true),
			later(theTrailAt, "include_global_service_events")),
		found:  []string{"guard-unknown " + theTrailAt + ": include_global_service_events is not known"},
		passes: later(theTrailAt, "include_global_service_events")},
	{name: "the key of a trail", plan: "topology",
		stops:  both(theTrailAt, "kms_key_id", keyARN, otherKeyARN),
		found:  []string{"records-stopped " + theTrailAt + ": kms_key_id of the trail changes"},
		passes: both(theTrailAt, "kms_key_id", "", keyARN)},
	{
		name: "the filter of an inventory",
		plan: "topology",
		stops: both(
			theInventoryAt,
			"filter",
			[]any{map[string]any{"prefix": "a/"}},
			[]any{map[string]any{"prefix": "a/b/"}},
		),
		found: []string{
			"records-stopped " + theInventoryAt + `: the inventory lists only keys with the prefix "a/b/", it was "a/"`,
		},
		passes: both(
			theInventoryAt,
			"filter",
			[]any{map[string]any{"prefix": "a/b/"}},
			[]any{map[string]any{"prefix": "a/"}},
		),
	},
	{name: "a new filter of an inventory", plan: "topology",
		stops:  both(theInventoryAt, "filter", []any{}, []any{map[string]any{"prefix": "a/b/"}}),
		found:  []string{"records-stopped " + theInventoryAt},
		passes: both(theInventoryAt, "filter", []any{map[string]any{"prefix": "a/"}}, []any{})},
	{name: "the access logs of a bucket elsewhere", plan: "no-change",
		stops:  elsewhereLogs("other-logs", "a/"),
		found:  []string{"records-stopped aws_s3_bucket_logging.more: target_bucket of the access logs changes"},
		passes: elsewhereLogs("logs", "b/")},
	{name: "the prefix of the access logs", plan: "topology",
		stops:  both("aws_s3_bucket_logging.access_logs", "target_prefix", "a/", "b/"),
		found:  []string{"records-stopped aws_s3_bucket_logging.access_logs: target_prefix of the access logs changes"},
		passes: both("aws_s3_bucket_logging.access_logs", "target_prefix", "a/", "a/")},
}
