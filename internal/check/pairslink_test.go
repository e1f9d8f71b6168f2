package check_test

// keyPolicyOf is the configuration of a key policy that comes to a plan.
func keyPolicyOf(name string, keyID any) func(planJSON) {
	return func(p planJSON) {
		address := "aws_kms_key_policy." + name
		p["resource_changes"] = append(p["resource_changes"].([]any),
			map[string]any{"address": address, "mode": "managed", "type": "aws_kms_key_policy", "name": name,
				"provider_name": "registry.terraform.io/hashicorp/aws",
				"change": map[string]any{"actions": []any{"create"}, "before": nil,
					"after": map[string]any{"policy": keyPolicy}, "after_unknown": map[string]any{"id": true, "key_id": true}}})
		config := stackJSON(p).get("configuration.root_module").(map[string]any)
		config["resources"] = append(config["resources"].([]any),
			map[string]any{"address": address, "mode": "managed", "type": "aws_kms_key_policy", "name": name,
				"provider_config_key": "aws",
				"expressions":         map[string]any{"key_id": keyID, "policy": constant(keyPolicy)}})
	}
}

// owned copies the ownership controls, for buckets of some names.
func owned(buckets ...string) func(planJSON) {
	return func(p planJSON) {
		for _, bucket := range buckets {
			address := "aws_s3_bucket_ownership_controls.of_" + string(rune('a'+len(p["resource_changes"].([]any))))
			all(copied("aws_s3_bucket_ownership_controls.ownership", address), both(address, "bucket", bucket, bucket),
				written(address, "bucket", constant(bucket)))(p)
		}
	}
}

// unlocked takes Object Lock away from what the plan says of the bucket itself.
func unlocked(p planJSON) {
	both(theBucketAt, "object_lock_enabled", false, false)(p)
	both(theBucketAt, "object_lock_configuration", []any{}, []any{})(p)
}

// secondBucket adds a bucket without a lock.
func secondBucket(p planJSON) {
	values := map[string]any{"bucket": "acme-second"}
	if p["prior_state"] == nil {
		stackJSON(p).set("prior_state.values.root_module.resources", []any{map[string]any{
			"address": "aws_s3_bucket.second", "mode": "managed", "type": "aws_s3_bucket", "values": values}})
	}
	p["resource_changes"] = append(p["resource_changes"].([]any),
		map[string]any{"address": "aws_s3_bucket.second", "mode": "managed", "type": "aws_s3_bucket", "name": "second",
			"provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
				"actions": []any{"no-op"},
				"before":  values,
				"after":   values,
			}})
}

// endOf has the plan delete the object, with some lock on it.
func endOf(mode, hold any) func(planJSON) {
	return func(p planJSON) {
		change := p.changeOf("aws_s3_object.manifest")
		stackJSON(change).set("before.object_lock_mode", mode)
		stackJSON(change).set("before.object_lock_legal_hold_status", hold)
		change["actions"], change["after"] = []any{"delete"}, nil
	}
}

// ownLock gives the bucket a separate lock configuration in place of the
// resource.
func ownLock(rule []any) func(planJSON) {
	lock := []any{map[string]any{"object_lock_enabled": "Enabled", "rule": rule}}
	return all(unlisted(lockAddress), written(theBucketAt, "object_lock_configuration", []any{}), func(p planJSON) {
		stackJSON(p.changeOf(theBucketAt)).set("after.object_lock_configuration", lock)
	})
}

// retained is a rule with a default retention.
func retained(days float64) []any {
	return []any{map[string]any{"default_retention": []any{map[string]any{"mode": "COMPLIANCE", "days": days}}}}
}

// sealedKey has a key whose policy nobody can change again.
func sealedKey(p planJSON) {
	policy := `{"Version":"2012-10-17","Statement":[` + keyAllow + "," + keyDeny("kms:PutKeyPolicy", "") + `]}`
	both("aws_kms_key.key", "policy", policy, policy)(p)
}

// undecipherable adds the policy of a key with which nobody can decrypt.
func undecipherable(p planJSON) {
	keyPolicyOf("one", from("aws_kms_key.key.key_id", "aws_kms_key.key"))(p)
	stackJSON(p.changeOf("aws_kms_key_policy.one")).set("after.policy",
		`{"Version":"2012-10-17","Statement":[`+keyAllow+","+keyDeny("kms:Decrypt", "")+`]}`)
}

func usedTo(usage string) func(planJSON) {
	return func(p planJSON) { stackJSON(p.changeOf("aws_kms_key.key")).set("after.key_usage", usage) }
}

// inRegion has the bucket in another Region, as version 6 of the provider
// allows.
func inRegion(region string) func(planJSON) {
	return all(both(theBucketAt, "region", region, region), written(theBucketAt, "region", constant(region)))
}

// deniedOutside has the bucket policy deny every request in another Region.
func deniedOutside(region string) func(planJSON) {
	policy := `{"Version":"2012-10-17","Statement":[` +
		deny(`"s3:*"`, everything, `"StringNotEquals":{"aws:RequestedRegion":"`+region+`"}`) + `]}`
	return both(thePolicyAt, "policy", policy, policy)
}

// inMode is a rule with a default retention in some mode.
func inMode(mode any) []any {
	return []any{map[string]any{"default_retention": []any{map[string]any{"mode": mode, "days": 90.0}}}}
}

const versioningAddress = "aws_s3_bucket_versioning.versioning"

// chained has the policy take the name of its bucket from the versioning.
func chained(p planJSON) {
	written(thePolicyAt, "bucket", from(versioningAddress+".bucket", versioningAddress))(p)
}

// eachOf has the policy take the name of its bucket from each.value.
func eachOf(references ...any) func(planJSON) {
	return all(written(thePolicyAt, "bucket", from("each.value")), forEachOf(thePolicyAt, from(references...)))
}

// linkPairs are about which bucket or key a guard is of.
var linkPairs = []pair{
	{name: "policies of a key in the making", plan: "key-without-policy",
		stops: all(keyPolicyOf("one", from("aws_kms_key.key.key_id", "aws_kms_key.key")),
			keyPolicyOf("two", from("aws_kms_key.key.key_id", "aws_kms_key.key"))),
		found: []string{
			"guard-doubled aws_kms_key_policy.one: 2 resources declare the key policy of the same key",
			"guard-doubled aws_kms_key_policy.two",
		},
		passes: keyPolicyOf("one", from("aws_kms_key.key.key_id", "aws_kms_key.key"))},
	{name: "ownership controls of buckets elsewhere", plan: "no-change",
		stops: owned("acme-elsewhere", "acme-elsewhere"),
		found: []string{
			"guard-doubled aws_s3_bucket_ownership_controls.of_",
			"guard-doubled aws_s3_bucket_ownership_controls.of_",
		},
		passes: owned("acme-elsewhere", "acme-faraway")},
	{name: "a key policy whose key is named by a variable", plan: "second-key-policy",
		stops: written("aws_kms_key_policy.second", "key_id", from("var.key")),
		found: []string{
			"guard-doubled aws_kms_key.key",
			"policy-loosened aws_kms_key_policy.second: statement DenyKeyLoss is gone",
		},
		passes: unlisted("aws_kms_key_policy.second")},
	{name: "a policy whose bucket is named by a module's variable", plan: "first-deploy-with-prefix",
		stops: all(written(thePolicyAt, "bucket", from("var.bucket")), secondBucket),
		found: []string{
			"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket",
			"policy-loosened " + thePolicyAt + ": what policy there was isn't known",
		},
		passes: written(thePolicyAt, "bucket", from("var.bucket"))},
	{name: "a policy whose bucket another guard names", plan: "first-deploy-with-prefix",
		stops: all(chained, written(versioningAddress, "bucket", from("terraform_data.b.output", "terraform_data.b"))),
		found: []string{
			"guard-missing " + theBucketAt + ": the plan declares no versioning for the bucket",
			"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket",
			"policy-loosened " + thePolicyAt + ": what policy there was isn't known",
		},
		passes: all(chained, fromOutput(versioningAddress, from(theBucketAt+".id", theBucketAt)))},
	{name: "a policy whose bucket a for_each names", plan: "first-deploy-with-prefix",
		stops: eachOf("terraform_data.b.output", "terraform_data.b"),
		found: []string{
			"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket",
			"policy-loosened " + thePolicyAt + ": what policy there was isn't known",
		},
		passes: all(eachOf("module.s3.bucket_id", "module.s3"), outputOf(from(theBucketAt+".id", theBucketAt)))},
	{name: "a policy whose bucket a for_each of the bucket names", plan: "first-deploy-with-prefix",
		stops: all(eachOf(theBucketAt+".id", theBucketAt, "aws_s3_bucket.second.id", "aws_s3_bucket.second"), secondBucket),
		found: []string{
			"guard-missing " + theBucketAt + ": the plan declares no bucket policy for the bucket",
			"policy-loosened " + thePolicyAt + ": what policy there was isn't known",
		},
		passes: eachOf(theBucketAt+".id", theBucketAt)},
	{name: "a bucket that gets a lock", plan: "no-change",
		stops:  all(unlocked, both(theBucketAt, "force_destroy", true, true)),
		found:  []string{"force-destroy " + theBucketAt},
		passes: unlocked},
	{name: "an object with a retention", plan: "object-kept-longer",
		stops: endOf("COMPLIANCE", nil), found: []string{
			"destroyed aws_s3_object.manifest: the plan destroys the locked object",
		},
		passes: endOf(nil, nil)},
	{name: "an object with a legal hold", plan: "object-kept-longer",
		stops: endOf(nil, "ON"), found: []string{"destroyed aws_s3_object.manifest: the plan destroys the locked object"},
		passes: endOf(nil, "OFF")},
	{name: "a lock in the bucket itself", plan: "no-change",
		stops: ownLock([]any{}), found: []string{"lock-missing " + theBucketAt, "lock-removed " + theBucketAt},
		passes: ownLock(retained(90))},
	{name: "a lock that is off", plan: "no-change",
		stops: both(lockAddress, "object_lock_enabled", "Enabled", "Disabled"), found: []string{
			"lock-removed " + lockAddress + `: Object Lock is "Disabled", not Enabled`,
		},
		passes: both(lockAddress, "object_lock_enabled", "", "Enabled")},
	{name: "a mode of GOVERNANCE that is dropped", plan: "no-change",
		stops: both(lockAddress, "rule", inMode("GOVERNANCE"), inMode(nil)), found: []string{
			"mode-weakened " + lockAddress + ": the mode of the default retention goes from GOVERNANCE to none",
		},
		passes: both(lockAddress, "rule", inMode("GOVERNANCE"), inMode("GOVERNANCE"))},
	{name: "an object retained until a day that can't be read", plan: "object-kept-longer",
		stops: both("aws_s3_object.manifest", "object_lock_retain_until_date", "soon", "2031-01-01T00:00:00Z"),
		found: []string{"object-unlocked aws_s3_object.manifest"},
		passes: both("aws_s3_object.manifest", "object_lock_retain_until_date", "2030-01-01T00:00:00Z",
			"2031-01-01T00:00:00Z")},
	{name: "MFA delete that was never on", plan: "no-change",
		stops:  both(versioningAddress, "versioning_configuration.0.mfa_delete", "Enabled", "Disabled"),
		found:  []string{"versioning-off " + versioningAddress},
		passes: both(versioningAddress, "versioning_configuration.0.mfa_delete", "Disabled", "Disabled")},
	{name: "a key policy that nobody wrote", plan: "key-kept",
		stops: sealedKey, found: []string{"locked-out aws_kms_key.key: nobody can change this policy again"},
		passes: all(sealedKey, func(p planJSON) { delete(p.configured("aws_kms_key.key"), "policy") })},
	{name: "a policy of a key that signs", plan: "key-without-policy",
		stops:  all(undecipherable, usedTo("ENCRYPT_DECRYPT")),
		found:  []string{"locked-out aws_kms_key_policy.one: nobody can read what it protects: kms:Decrypt"},
		passes: all(undecipherable, usedTo("SIGN_VERIFY"))},
	{name: "a policy for one Region, of a bucket in another", plan: "no-change",
		stops: all(inRegion("eu-west-1"), deniedOutside("us-east-1")),
		found: []string{
			"locked-out " + thePolicyAt + ": nobody can change this policy again",
			"locked-out " + thePolicyAt + ": nobody can read",
		},
		passes: all(inRegion("eu-west-1"), deniedOutside("eu-west-1"))},
	{name: "a lock that never had a retention", plan: "no-change",
		stops: both(lockAddress, "rule", []any{}, []any{}), found: []string{
			"lock-removed " + lockAddress + ": there is no default retention; before it was none",
		},
		passes: both(lockAddress, "rule", []any{}, retained(1))},
}
