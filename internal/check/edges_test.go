package check_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// An edge is a change of a real plan, and what is found in it by which rule, or
// nothing where rule is empty.
type edge struct {
	name, plan string
	change     func(p planJSON)
	rule, want string
}

// keyPolicyUntil is keyPolicy with a condition whose operator isn't compared.
func keyPolicyUntil(date string) string {
	return strings.Replace(keyPolicy, `"Resource":"*"}]}`,
		`"Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"`+date+`"}}}]}`, 1)
}

// edges are changes that no local run of Terraform makes, such as those of other
// versions of the provider.
var edges = []edge{
	{"nothing", "no-change", func(planJSON) {}, "", ""},
	{
		"MFA delete off",
		"no-change",
		both("aws_s3_bucket_versioning.versioning", "versioning_configuration.0.mfa_delete", "Enabled", "Disabled"),
		"versioning-off",
		"MFA delete is switched off",
	},
	{
		"rarer rotation",
		"key-kept",
		both("aws_kms_key.key", "rotation_period_in_days", 365, 730),
		"key-rotation-off",
		"every 730 days, it was 365",
	},
	{"the longest window written out", "key-kept", both("aws_kms_key.key", "deletion_window_in_days", nil, 30), "", ""},
	{
		"a shorter window written out",
		"key-kept",
		both("aws_kms_key.key", "deletion_window_in_days", nil, 7),
		"key-deletion-sooner",
		"from 30 to 7",
	},
	{
		"weaker of two KMS algorithms",
		"no-change",
		both("aws_s3_bucket_server_side_encryption_configuration.encryption",
			"rule.0.apply_server_side_encryption_by_default.0.sse_algorithm", "aws:kms:dsse", "aws:kms"),
		"encryption-weakened",
		"from aws:kms:dsse to aws:kms",
	},
	{
		"KMS in the place of AES256",
		"no-change",
		both("aws_s3_bucket_server_side_encryption_configuration.encryption",
			"rule.0.apply_server_side_encryption_by_default.0.sse_algorithm", "AES256", "aws:kms"),
		"",
		"",
	},
	{"years that are shorter", "retention-in-years", func(p planJSON) {
		both("aws_s3_bucket_object_lock_configuration.object_lock", "rule.0.default_retention.0.days", 366, nil)(p)
	}, "retention-shortened", "from 366 to 365 days"},
	{"another account by the owner", "no-change", func(p planJSON) {
		both("aws_s3_bucket_object_lock_configuration.object_lock", "expected_bucket_owner", "012345678901",
			"012345678901")(p)
		p.allow(otherAccount)
	}, "account-changed", "it is in account 012345678901"},
	{"the same account", "key-kept", func(p planJSON) { p.allow("012345678901") }, "", ""},
	{"another account by the identity", "no-change", func(p planJSON) {
		p.changeOf("aws_s3_bucket.bucket")["before_identity"] = map[string]any{"account_id": "012345678901"}
		p.allow(otherAccount)
	}, "account-changed", "aws_s3_bucket.bucket"},
	{"another account by a role", "key-kept", func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.assume_role", []any{
			map[string]any{"role_arn": map[string]any{"constant_value": "arn:aws:iam::" + otherAccount + ":role/deployer"}},
		})
	}, "account-changed", "assumes a role in " + otherAccount},
	{"another account by the last role of a chain", "key-kept", func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.assume_role", []any{
			map[string]any{"role_arn": map[string]any{"constant_value": guardianARN}},
			map[string]any{"role_arn": map[string]any{"constant_value": "arn:aws:iam::" + otherAccount + ":role/deployer"}}})
	}, "account-changed", "assumes a role in " + otherAccount},
	{"another account by a web identity", "key-kept", func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.assume_role_with_web_identity", []any{
			map[string]any{"role_arn": map[string]any{"constant_value": "arn:aws:iam::" + otherAccount + ":role/deployer"}},
		})
	}, "account-changed", "assumes a role in " + otherAccount},
	{"the account forbidden", "key-kept", func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.forbidden_account_ids",
			map[string]any{"constant_value": []any{"012345678901"}})
	}, "account-changed", "which its provider isn't allowed to use"},
	{"a Region that is an expression", "no-change", func(p planJSON) {
		stackJSON(p).set("configuration.provider_config.aws.expressions.region.constant_value", "${local.region}")
	}, "", ""},
	{"the bucket's own Region", "no-change", func(p planJSON) {
		p.configured("aws_s3_bucket.bucket")["region"] = map[string]any{"constant_value": "eu-west-1"}
		p.changeOf("aws_s3_bucket.bucket")["after"].(map[string]any)["region"] = "eu-west-1"
	}, "region-changed", "its argument region says eu-west-1"},
	{"versioning in the bucket itself", "no-change", func(p planJSON) {
		p.configured("aws_s3_bucket.bucket")["versioning"] = []any{}
		both("aws_s3_bucket.bucket", "versioning", []any{map[string]any{"enabled": true}},
			[]any{map[string]any{"enabled": false}})(p)
	}, "versioning-off", "own argument"},
	{"a policy in the bucket itself", "no-change", func(p planJSON) {
		p.configured("aws_s3_bucket.bucket")["policy"] = map[string]any{}
		both("aws_s3_bucket.bucket", "policy", keyPolicy, openKeyPolicy)(p)
	}, "policy-loosened", "DenyKeyLoss is gone"},
	{
		"a policy that the provider found",
		"no-change",
		both("aws_s3_bucket.bucket", "policy", keyPolicy, openKeyPolicy),
		"",
		"",
	},
	{"a lock in the bucket itself", "destroy-lock", func(p planJSON) {
		p.configured("aws_s3_bucket.bucket")["object_lock_configuration"] = []any{}
		p.changeOf("aws_s3_bucket.bucket")["after"].(map[string]any)["object_lock_configuration"] = []any{
			map[string]any{
				"object_lock_enabled": "Enabled",
				"rule": []any{
					map[string]any{"default_retention": []any{map[string]any{"mode": "GOVERNANCE", "days": 1.0}}},
				},
			},
		}
	}, "mode-weakened", "aws_s3_bucket.bucket"},
	{
		"a policy that can't be read",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", keyPolicy, `{"Statement":[{}]}`),
		"policy-loosened",
		"can't be judged that it is not looser: what it becomes",
	},
	{
		"a policy that could not be read",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", `{}{}`, keyPolicy),
		"policy-loosened",
		"can't be judged that it is not looser: what it was",
	},
	{
		"a policy that is emptied",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", keyPolicy, ""),
		"policy-loosened",
		"can't be judged",
	},
	{
		"a policy of another version",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", strings.Replace(keyPolicy, "kms:DisableKey", "kms:${x}", 1),
			strings.Replace(strings.Replace(keyPolicy, "kms:DisableKey", "kms:${x}", 1), "2012-10-17", "2008-10-17", 1)),
		"policy-loosened",
		"changes its version",
	},
	{
		"a condition that can't be compared",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", keyPolicyUntil("2027-01-01"), keyPolicyUntil("2028-01-01")),
		"policy-loosened",
		"; it can't be judged that the policy is not looser",
	},
	{
		"a policy of another version that loses its variable",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", strings.Replace(keyPolicy, "kms:DisableKey", "kms:${x}", 1),
			strings.Replace(keyPolicy, "2012-10-17", "2008-10-17", 1)),
		"policy-loosened",
		"changes its version",
	},
	{
		"a policy of another version that gets a variable",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", keyPolicy,
			strings.Replace(strings.Replace(keyPolicy, "kms:DisableKey", "kms:${x}", 1), "2012-10-17", "2008-10-17", 1)),
		"policy-loosened",
		"changes its version",
	},
	{
		"a policy of another version, with a variable in disguise",
		"no-change",
		both("aws_s3_bucket_policy.policy", "policy", strings.Replace(keyPolicy, "kms:DisableKey", `kms:\u0024{x}`, 1),
			strings.Replace(strings.Replace(keyPolicy, "kms:DisableKey", `kms:\u0024{x}`, 1), "2012-10-17", "2008-10-17", 1)),
		"policy-loosened",
		"changes its version",
	},
	{"a rule that is unknown as a whole", "no-change", func(p planJSON) {
		p.changeOf("aws_s3_bucket_ownership_controls.ownership")["after_unknown"] = map[string]any{"rule": true}
	}, "guard-unknown", "rule is not known"},
	{"a deposed bucket", "no-change", func(p planJSON) {
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": "aws_s3_bucket.bucket", "deposed": "0123abcd", "mode": "managed", "type": "aws_s3_bucket",
				"provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
					"actions": []any{"delete"},
					"before":  map[string]any{"object_lock_enabled": true},
				}})
	}, "destroyed", "aws_s3_bucket.bucket"},
	{
		"a deposed policy that is gone",
		"no-change",
		deposedAndGone("aws_s3_bucket_policy", "policy"),
		"forgotten",
		"Terraform did not find it",
	},
	{
		"a deposed bucket that is gone",
		"no-change",
		deposedAndGone("aws_s3_bucket", "bucket"),
		"bucket-gone",
		"Terraform did not find it",
	},
	{"a deposed queue that is gone", "no-change", deposedAndGone("aws_sqs_queue", "q"), "", ""},
	{
		"an action that the bucket triggers",
		"no-change",
		triggered("action_invocations", "lifecycle_action_trigger", "triggering_resource_address", "aws_s3_bucket.bucket"),
		"provisioner",
		"the bucket triggers action.aws_lambda_invoke.tidy",
	},
	{
		"an action that the policy triggers later",
		"no-change",
		triggered("deferred_action_invocations", "lifecycle_action_trigger", "triggering_resource_address",
			"aws_s3_bucket_policy.policy"),
		"provisioner",
		"the bucket policy triggers",
	},
	{
		"an action that is called for the lock",
		"no-change",
		triggered("action_invocations", "invoke_action_trigger", "calling_resource_address",
			"aws_s3_bucket_object_lock_configuration.object_lock"),
		"provisioner",
		"the lock configuration triggers",
	},
	{
		"an action that is called for a bucket that isn't here",
		"no-change",
		triggered("action_invocations", "lifecycle_action_trigger", "triggering_resource_address",
			`module.a["x"].aws_s3_bucket.b[0]`),
		"provisioner",
		"doesn't tell for which resource",
	},
	{
		"an action that is called for nothing",
		"no-change",
		triggered("action_invocations", "invoke_action_trigger", "", ""),
		"provisioner",
		"action.aws_lambda_invoke.tidy",
	},
	{
		"an action of a trigger to come",
		"no-change",
		triggered("action_invocations", "other_trigger", "", ""),
		"provisioner",
		"action.aws_lambda_invoke.tidy",
	},
	{
		"an action that a queue triggers",
		"no-change",
		triggered("action_invocations", "lifecycle_action_trigger", "triggering_resource_address", "aws_sqs_queue.q"),
		"",
		"",
	},
	{
		"an action that an unlocked bucket triggers",
		"other-bucket",
		triggered("action_invocations", "lifecycle_action_trigger", "triggering_resource_address", "aws_s3_bucket.logs"),
		"",
		"",
	},
	{
		"an object that loses its mode",
		"object-kept-longer",
		both("aws_s3_object.manifest", "object_lock_mode", "COMPLIANCE", nil),
		"object-unlocked",
		"the object's retention mode goes from COMPLIANCE to",
	},
	{
		"an object in GOVERNANCE that loses its mode",
		"object-kept-longer",
		both("aws_s3_object.manifest", "object_lock_mode", "GOVERNANCE", nil),
		"object-unlocked",
		"the object's retention mode goes from GOVERNANCE to",
	},
	{
		"an object that becomes compliant",
		"object-kept-longer",
		both("aws_s3_object.manifest", "object_lock_mode", "GOVERNANCE", "COMPLIANCE"),
		"",
		"",
	},
	{"provider 6: every resource in the Region of the provider", "no-change", regions("us-east-1", ""), "", ""},
	{"provider 6: a bucket in another Region", "no-change", regions("eu-west-1", "eu-west-1"), "", ""},
	{"provider 6: a bucket that moves to another Region", "no-change", func(p planJSON) {
		regions("us-east-1", "eu-west-1")(p)
		for _, key := range []string{"actions"} {
			p.changeOf("aws_s3_bucket.bucket")[key] = []any{"delete", "create"}
		}
	}, "region-changed", "its argument region says eu-west-1"},
	{"provider 6: a bucket whose Region the provider no longer has", "no-change", func(p planJSON) {
		regions("us-east-1", "")(p)
		stackJSON(p).set("configuration.provider_config.aws.expressions.region.constant_value", "eu-west-1")
	}, "region-changed", "now in eu-west-1"},
	{
		"a role that only plans and is no guardian",
		"tags",
		callerIs("arn:aws:sts::012345678901:assumed-role/intern/ci"),
		"",
		"",
	},
	{
		"a role that plans beside other roles",
		"tags",
		func(p planJSON) {
			all(gain(thePolicyAt, unreadable), callerIs(intern))(p)
			resources := stackJSON(p).get("prior_state.values.root_module.resources").([]any)
			values := map[string]any{"arn": "arn:aws:iam::012345678901:role/deployer"}
			resources = append(resources,
				map[string]any{"address": "data.aws_iam_role.r", "mode": "data", "type": "aws_iam_role", "values": values},
				map[string]any{"address": "aws_caller_identity.c", "mode": "managed", "type": "aws_caller_identity", "values": values})
			stackJSON(p).set("prior_state.values.root_module.resources", resources)
		},
		"deployer-locked-out",
		"the role that made the plan, arn:aws:iam::012345678901:role/intern, is denied s3:GetBucketPolicy by statement No, " +
			"which every later plan needs",
	},
	{
		"a deployer that reads its own name and is a guardian",
		"tags",
		callerIs("arn:aws:sts::012345678901:assumed-role/deployer/ci"),
		"",
		"",
	},
	{"a default encryption that goes to a key in the making", "first-deploy-with-key", func(p planJSON) {
		stackJSON(p).set("prior_state.values.root_module.resources", []any{map[string]any{
			"address": "aws_kms_key.other", "mode": "managed", "type": "aws_kms_key", "values": map[string]any{}}})
		p["resource_changes"] = append(p["resource_changes"].([]any), map[string]any{"address": "aws_kms_key.other",
			"mode": "managed", "type": "aws_kms_key", "name": "other",
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change":        map[string]any{"actions": []any{"no-op"}, "before": map[string]any{}, "after": map[string]any{}}})
		c := p.changeOf("aws_s3_bucket_server_side_encryption_configuration.encryption")
		c["actions"] = []any{"update"}
		c["before"] = map[string]any{
			"rule": []any{
				map[string]any{"apply_server_side_encryption_by_default": []any{map[string]any{"sse_algorithm": "AES256"}}},
			},
		}
	}, "guard-unknown", "kms_master_key_id is not known"},
	{"a default encryption with a key of another name", "first-deploy-with-key", func(p planJSON) {
		p.configured("aws_s3_bucket_server_side_encryption_configuration.encryption")["rule"] = []any{map[string]any{"apply_server_side_encryption_by_default": []any{map[string]any{
			"sse_algorithm":     map[string]any{"constant_value": "aws:kms"},
			"kms_master_key_id": map[string]any{"references": []any{"terraform_data.key.output"}}}}}}
	}, "guard-unknown", "kms_master_key_id is not known"},
	{"two policies of a bucket whose name isn't known", "first-deploy-with-prefix", func(p planJSON) {
		var second map[string]any
		for _, c := range p["resource_changes"].([]any) {
			if c := c.(map[string]any); c["address"] == "aws_s3_bucket_policy.policy" {
				second = map[string]any(clone(c))
			}
		}
		second["address"] = "aws_s3_bucket_policy.second"
		p["resource_changes"] = append(p["resource_changes"].([]any), second)
		config := stackJSON(p).get("configuration.root_module").(map[string]any)
		config["resources"] = append(config["resources"].([]any),
			map[string]any{"address": "aws_s3_bucket_policy.second", "mode": "managed", "type": "aws_s3_bucket_policy",
				"name": "second", "provider_config_key": "aws",
				"expressions": map[string]any{
					"bucket": map[string]any{"references": []any{"aws_s3_bucket.bucket.bucket", "aws_s3_bucket.bucket"}},
				}})
	}, "guard-doubled", "2 resources declare the bucket policy of the same bucket"},
	{"an encryption that replaces the bucket's own, weaker", "second-encryption", func(p planJSON) {
		stackJSON(p.changeOf("aws_s3_bucket.bucket")).set("before.server_side_encryption_configuration", kmsRule)
	}, "encryption-weakened", "from aws:kms to AES256"},
	{"a rotation that is set", "key-kept", both("aws_kms_key.key", "rotation_period_in_days", nil, 730), "", ""},
	{
		"a material that expires earlier",
		"key-expires",
		both("aws_kms_external_key.key", "valid_to", "2031-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
		"key-disabled",
		"expires at 2030-01-01",
	},
	{"two policies of one key", "second-key-policy", func(planJSON) {}, "guard-doubled", "both declare the key policy"},
	{
		"a lifecycle in the bucket itself, sooner",
		"no-change",
		ownLifecycle(rule(true, "days", 365.0), rule(true, "days", 364.0)),
		"expires-sooner",
		"aws_s3_bucket.bucket",
	},
	{
		"a lifecycle in the bucket itself, on an earlier day",
		"no-change",
		ownLifecycle(rule(true, "date", "2031-01-01T00:00:00Z"), rule(true, "date", "2030-01-01T00:00:00Z")),
		"expires-sooner",
		"aws_s3_bucket.bucket",
	},
	{
		"a lifecycle in the bucket itself, off",
		"no-change",
		ownLifecycle(rule(true, "days", 365.0), rule(false, "days", 1.0)),
		"guard-doubled",
		"lifecycle_rule",
	},
	{
		"a section of a later format",
		"no-change",
		func(p planJSON) { p["later"] = []any{map[string]any{"address": "a.b"}} },
		"unread",
		"plan.later",
	},
	{"a lock that the plan doesn't mention", "no-change", func(p planJSON) {
		p["resource_changes"] = slices.DeleteFunc(p["resource_changes"].([]any),
			func(c any) bool { return strings.Contains(c.(map[string]any)["address"].(string), "object_lock") })
		p["planned_values"] = map[string]any{}
	}, "forgotten", "says nothing of it"},
	{"create, then forget", "no-change", func(p planJSON) {
		p.changeOf("aws_s3_bucket_policy.policy")["actions"] = []any{"create", "forget"}
	}, "forgotten", "drops the bucket policy"},
	{"a key that is gone", "key-kept", gone("aws_kms_key", "key"), "bucket-gone", "the key 0123 is in the state"},
	{
		"a key that is gone and dropped",
		"no-change",
		gone("aws_kms_key", "key"),
		"bucket-gone",
		"the key 0123 is in the state",
	},
	{
		"a key policy that is gone and dropped",
		"no-change",
		gone("aws_kms_key_policy", "policy"),
		"forgotten",
		"nothing declares it any longer",
	},
	{
		"a policy made for a bucket elsewhere",
		"no-change",
		madeElsewhere("aws_s3_bucket_policy.policy", "bucket"),
		"policy-loosened",
		"what policy there was isn't known",
	},
	{
		"an encryption made for a bucket elsewhere",
		"no-change",
		madeElsewhere("aws_s3_bucket_server_side_encryption_configuration.encryption", "bucket"),
		"encryption-weakened",
		"what default encryption there was isn't known",
	},
	{"a policy made for a key elsewhere", "second-key-policy", func(p planJSON) {
		madeElsewhere("aws_kms_key_policy.second", "key_id")(p)
		p.configured("aws_kms_key_policy.second")["key_id"] = map[string]any{"constant_value": "elsewhere"}
	}, "policy-loosened", "what policy there was isn't known"},
	{"two policies of a bucket elsewhere", "second-policy", func(p planJSON) {
		both("aws_s3_bucket_policy.policy", "bucket", "elsewhere", "elsewhere")(p)
		madeElsewhere("aws_s3_bucket_policy.second", "bucket")(p)
		for _, address := range []string{"aws_s3_bucket_policy.policy", "aws_s3_bucket_policy.second"} {
			p.configured(address)["bucket"] = map[string]any{"constant_value": "elsewhere"}
		}
	}, "guard-doubled", "2 resources declare the bucket policy"},
	{
		"a material that expires later",
		"key-expires",
		both("aws_kms_external_key.key", "valid_to", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
		"",
		"",
	},
	{"a guard of a bucket elsewhere", "no-change", func(p planJSON) {
		both("aws_s3_bucket_public_access_block.public_access_block", "bucket", "elsewhere", "elsewhere")(p)
		p.changeOf("aws_s3_bucket_public_access_block.public_access_block")["actions"] = []any{"delete"}
	}, "destroyed", "public_access_block"},
}

type planJSON stackJSON

// changeOf returns the change of a resource.
func (p planJSON) changeOf(address string) map[string]any {
	for _, c := range p["resource_changes"].([]any) {
		if c := c.(map[string]any); c["address"] == address {
			return c["change"].(map[string]any)
		}
	}
	panic("no change of " + address)
}

// configured returns the arguments of a resource of the root module.
func (p planJSON) configured(address string) map[string]any {
	for _, r := range stackJSON(p).get("configuration.root_module.resources").([]any) {
		if r := r.(map[string]any); r["address"] == address {
			return r["expressions"].(map[string]any)
		}
	}
	panic("no configuration of " + address)
}

func (p planJSON) allow(account string) {
	stackJSON(p).set("configuration.provider_config.aws.expressions.allowed_account_ids",
		map[string]any{"constant_value": []any{account}})
}

// both sets what an attribute was and what it will be.
func both(address, path string, before, after any) func(planJSON) {
	return func(p planJSON) {
		c := stackJSON(p.changeOf(address))
		c.set("before."+path, before)
		c.set("after."+path, after)
	}
}

// gone adds that Terraform did not find a resource.
func gone(kind, name string) func(planJSON) {
	return func(p planJSON) {
		drift, _ := p["resource_drift"].([]any)
		p["resource_drift"] = append(drift,
			map[string]any{"address": kind + "." + name, "mode": "managed", "type": kind,
				"provider_name": "registry.terraform.io/hashicorp/aws",
				"change":        map[string]any{"actions": []any{"delete"}, "before": map[string]any{"id": "0123"}}})
	}
}

// deposedAndGone adds what Terraform writes for a deposed object that somebody
// has deleted: hashicorp/terraform#28903.
func deposedAndGone(kind, name string) func(planJSON) {
	return func(p planJSON) {
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": kind + "." + name, "deposed": "abcd1234", "mode": "managed", "type": kind,
				"provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
					"actions": []any{"no-op"},
					"before":  nil,
					"after":   nil,
				}})
	}
}

// triggered adds an action as Terraform 1.14 and later write it, below one of
// its sections and kinds of trigger.
func triggered(section, trigger, key, resource string) func(planJSON) {
	return func(p planJSON) {
		action := map[string]any{"address": "action.aws_lambda_invoke.tidy", "type": "aws_lambda_invoke", "name": "tidy",
			"provider_name": "registry.terraform.io/hashicorp/aws",
			trigger:         map[string]any{key: resource}}
		if section == "deferred_action_invocations" {
			action = map[string]any{"reason": "deferred_prereq", "action_invocation": action}
		}
		p[section] = []any{action}
	}
}

// regions gives every resource the attribute that version 6 of the provider
// adds to all of them: where each is, and where its configuration wants it, or
// "" for the Region of the provider.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
func regions(is, declared string) func(planJSON) {
	return func(p planJSON) {
		for _, c := range p["resource_changes"].([]any) {
			c := c.(map[string]any)
			values := stackJSON(c["change"].(map[string]any))
			values.set("before.region", is)
			values.set("after.region", is)
			if declared != "" {
				values.set("after.region", declared)
				p.configured(c["address"].(string))["region"] = map[string]any{"constant_value": declared}
			}
		}
	}
}

// callerIs has the plan read who made it.
func callerIs(arn string) func(planJSON) { return callerBy("me", "aws", arn) }

// callerBy has the plan read who made it, by a provider.
func callerBy(name, provider, arn string) func(planJSON) {
	return func(p planJSON) {
		add := func(path string, r map[string]any) {
			r["address"], r["mode"] = "data.aws_caller_identity."+name, "data"
			r["type"], r["name"] = "aws_caller_identity", name
			stackJSON(p).set(path, append(stackJSON(p).get(path).([]any), r))
		}
		add("prior_state.values.root_module.resources", map[string]any{
			"provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0,
			"values": map[string]any{"arn": arn, "account_id": "012345678901"}})
		add("configuration.root_module.resources", map[string]any{"provider_config_key": provider, "schema_version": 0})
	}
}

// kmsRule is a default encryption as the bucket itself has it.
var kmsRule = []any{
	map[string]any{
		"rule": []any{
			map[string]any{"apply_server_side_encryption_by_default": []any{map[string]any{"sse_algorithm": "aws:kms"}}},
		},
	},
}

// rule is a lifecycle rule as the bucket itself has it.
func rule(enabled bool, key string, value any) []any {
	return []any{
		map[string]any{"id": "own", "enabled": enabled, "prefix": "", "expiration": []any{map[string]any{key: value}}},
	}
}

// ownLifecycle gives the bucket's resource a lifecycle, before and after the
// change.
func ownLifecycle(before, after []any) func(planJSON) {
	return func(p planJSON) {
		p.configured("aws_s3_bucket.bucket")["lifecycle_rule"] = []any{}
		both("aws_s3_bucket.bucket", "lifecycle_rule", before, after)(p)
	}
}

// madeElsewhere has a guard made for what the plan doesn't have.
func madeElsewhere(address, argument string) func(planJSON) {
	return func(p planJSON) {
		c := p.changeOf(address)
		c["actions"], c["before"] = []any{"create"}, nil
		stackJSON(c).set("after."+argument, "elsewhere")
	}
}

func TestEdges(t *testing.T) {
	for _, c := range slices.Concat(edges, topologyEdges) {
		t.Run(c.name, func(t *testing.T) {
			text, err := os.ReadFile(planFile(c.plan))
			if err != nil {
				t.Fatal(err)
			}
			var p planJSON
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			c.change(p)
			if text, err = json.Marshal(p); err != nil {
				t.Fatal(err)
			}
			s, err := check.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range s.Judge(check.Rules()) {
				got = append(got, x.Rule+" "+x.Address+": "+x.Message)
			}
			found := slices.ContainsFunc(got,
				func(line string) bool { return strings.HasPrefix(line, c.rule+" ") && strings.Contains(line, c.want) })
			if c.rule == "" && got != nil || c.rule != "" && !found {
				t.Errorf("got\n%s\nwant %s %s", strings.Join(got, "\n"), c.rule, c.want)
			}
		})
	}
}
