package check_test

// nulled gives arguments of a resource an expression that names one variable, which is
// null.
func nulled(address string, arguments ...string) func(planJSON) {
	return func(p planJSON) {
		for _, argument := range arguments {
			written(address, argument, from("var.n"))(p)
		}
		variable("n", nil)(p)
	}
}

// notKnown has arguments of a resource not be known until the apply.
func notKnown(address string, arguments ...string) func(planJSON) {
	return func(p planJSON) {
		tree := map[string]any{}
		for _, argument := range arguments {
			tree[argument] = true
			delete(p.changeOf(address)["after"].(map[string]any), argument)
		}
		unknown(address, tree)(p)
	}
}

// encryptedBlock has the plan make a default encryption whose key isn't known: that of
// an expression, or of a dynamic block if there is none.
func encryptedBlock(algorithm string, key any) func(planJSON) {
	return all(func(p planJSON) {
		stackJSON(p.changeOf(theEncryptionAt)).set("after.rule",
			[]any{map[string]any{byDefaultAt: []any{map[string]any{"sse_algorithm": algorithm}}}})
		if key == nil {
			delete(p.configured(theEncryptionAt), "rule")
			return
		}
		written(theEncryptionAt, "rule", []any{map[string]any{byDefaultAt: []any{map[string]any{
			"sse_algorithm": constant(algorithm), "kms_master_key_id": key}}}})(p)
	}, unknown(theEncryptionAt, map[string]any{"rule": []any{map[string]any{
		"blocked_encryption_types": true, byDefaultAt: []any{map[string]any{"kms_master_key_id": true}}}}}))
}

// versionedAnew has the plan make versioning, with a block that may set MFA delete, of a
// bucket that has it or not.
func versionedAnew(mfaDelete bool) func(planJSON) {
	shown := []any{map[string]any{"enabled": true, "mfa_delete": mfaDelete}}
	return all(created(versioningAddress), both(theBucketAt, "versioning", shown, shown),
		unknown(versioningAddress, map[string]any{"versioning_configuration": []any{map[string]any{"mfa_delete": true}}}),
		written(versioningAddress, "versioning_configuration", []any{map[string]any{
			"status": constant("Enabled"), "mfa_delete": from(`var.versioning["mfa_delete"]`, "var.versioning")}}))
}

const keyPlace = "rule." + byDefaultAt + ".kms_master_key_id"

// nullPairs are about variables that are null, and about what the provider sets if a
// block doesn't.
var nullPairs = []pair{
	{name: "what isn't known of a key that exists, by a variable that is null", plan: "key-kept",
		stops: all(nulled("aws_kms_key.key", "is_enabled", "deletion_window_in_days"),
			notKnown("aws_kms_key.key", "is_enabled", "deletion_window_in_days")),
		found: []string{
			"guard-unknown aws_kms_key.key: deletion_window_in_days is not known",
			"guard-unknown aws_kms_key.key: is_enabled is not known",
		},
		passes: nulled("aws_kms_key.key", "is_enabled", "deletion_window_in_days")},
	{name: "what isn't known of a bucket that exists, by a variable that is null", plan: "no-change",
		stops:  all(nulled(theBucketAt, "force_destroy"), notKnown(theBucketAt, "force_destroy")),
		found:  []string{"guard-unknown " + theBucketAt + ": force_destroy is not known"},
		passes: nulled(theBucketAt, "force_destroy")},
	{name: "what isn't known of a trail and a role that exist, by a variable that is null", plan: "topology",
		stops: all(nulled(theTrailAt, "enable_logging"), notKnown(theTrailAt, "enable_logging"),
			nulled(theBatchRoleAt, "inline_policy"), notKnown(theBatchRoleAt, "inline_policy")),
		found: []string{
			"guard-unknown " + theTrailAt + ": enable_logging is not known",
			"guard-unknown " + theBatchRoleAt + ": inline_policy is not known",
		},
		passes: all(nulled(theTrailAt, "enable_logging"), nulled(theBatchRoleAt, "inline_policy"))},
	{name: "a key in a block of new encryption, by a variable", plan: "first-deploy",
		stops:  all(encryptedBlock("aws:kms", from("var.n")), variable("n", "alias/x")),
		found:  []string{"guard-unknown " + theEncryptionAt + ": " + keyPlace + " is not known"},
		passes: all(encryptedBlock("aws:kms", from("var.n")), variable("n", nil))},
	{name: "a key in a block of encryption that exists, by a variable that is null", plan: "no-change",
		stops:  all(encryptedBlock("aws:kms", from("var.n")), variable("n", nil)),
		found:  []string{"guard-unknown " + theEncryptionAt + ": " + keyPlace + " is not known"},
		passes: all(written(theEncryptionAt, "rule", []any{}), variable("n", nil))},
	{name: "a key in a dynamic block of new encryption", plan: "first-deploy",
		stops:  encryptedBlock("aws:kms", nil),
		found:  []string{"guard-unknown " + theEncryptionAt + ": " + keyPlace + " is not known"},
		passes: encryptedBlock("AES256", nil)},
	{name: "what a bucket blocks, in a dynamic block of new encryption", plan: "no-change",
		stops: all(both(theBucketAt, "server_side_encryption_configuration", []any{}, []any{}), created(theEncryptionAt),
			encryptedBlock("AES256", nil)),
		found: []string{"guard-unknown " + theEncryptionAt + ": rule.blocked_encryption_types is not known"},
		passes: all(both(theBucketAt, "server_side_encryption_configuration", []any{}, []any{}), created(theEncryptionAt),
			encryptedBlock("AES256", nil), unknown(theEncryptionAt, map[string]any{}))},
	{name: "MFA delete of new versioning", plan: "no-change",
		stops: versionedAnew(true), found: []string{
			"guard-unknown " + versioningAddress + ": versioning_configuration.mfa_delete is not known",
		},
		passes: versionedAnew(false)},
}
