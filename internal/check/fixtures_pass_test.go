package check_test

// passing are plans that no rule may stop.
var passing = []fixture{
	{name: "first-deploy", from: nothing, near: []string{"lock-missing", "lock-removed", "guard-missing", "guard-unknown", "public-access", "ownership", "versioning-off"}},
	{name: "first-deploy-with-key", from: nothing, change: several(addKey, set(encryptionAt+".rule.0.apply_server_side_encryption_by_default.kms_master_key_id", "${aws_kms_key.key.arn}")),
		near: []string{"guard-unknown", "key-disabled"}},
	{name: "first-deploy-with-prefix", from: nothing, change: several(drop(bucketAt+".bucket"), set(bucketAt+".bucket_prefix", "acme-"), set(policyAt+".policy", emptyPolicy)),
		near: []string{"guard-missing"}},
	{name: "first-deploy-in-modules", from: nothing, change: intoModules, near: []string{"guard-missing", "lock-missing"}},
	{name: "no-change", from: refreshed, near: []string{"region-changed", "other-provider", "forgotten", "bucket-gone", "provisioner"}},
	{name: "tags", change: set(bucketAt+".tags", map[string]any{"team": "ml"}), near: []string{"force-destroy", "destroyed"}},
	{name: "retention-longer", change: several(set(retentionAt+".days", 120), statement("DenyRetentionBelowDefault", condition("NumericLessThan", "s3:object-lock-remaining-retention-days", "119"))),
		near: []string{"retention-shortened", "mode-weakened", "policy-loosened"}},
	{name: "retention-in-years", change: several(drop(retentionAt+".days"), set(retentionAt+".years", 1)), near: []string{"retention-shortened"}},
	{name: "policy-stricter", change: several(
		statement("DenyOldTLS", condition("NumericLessThan", "s3:TlsVersion", "1.3")),
		statement("DenyDeleteMarkers", func(s map[string]any) {
			s["Action"] = []any{"s3:DeleteObject*", "s3:ReplicateDelete"}
		}),
		statement("SealConfiguration", condition("ArnNotEquals", "aws:PrincipalArn", guardianARN))),
		near: []string{"policy-loosened"}},
	{name: "moved", change: move, near: []string{"destroyed", "forgotten", "other-provider"}},
	{name: "expires-later", change: set(lifecycleAt+".rule.1.noncurrent_version_expiration.0.noncurrent_days", 730), near: []string{"expires-sooner"}},
	{name: "expires-never", change: drop(lifecycleAt + ".rule.1"), near: []string{"expires-sooner"}},
	{name: "encryption-twofold", change: set(encryptionAt+".rule.0.apply_server_side_encryption_by_default.sse_algorithm", "aws:kms:dsse"), near: []string{"encryption-weakened"}},
	{name: "key-kept", from: withKey, change: several(set(keyAt+".description", "Encrypts the training data.")),
		near: []string{"key-deletion-sooner", "key-rotation-off", "key-disabled", "account-changed", "destroyed"}},
	{name: "object-kept-longer", from: withObject, change: set(objectAt+".object_lock_retain_until_date", "2031-01-01T00:00:00Z"), near: []string{"object-unlocked"}},
	{name: "drift-mended", from: refreshed, change: set(retentionAt+".days", 365), state: drift, near: []string{"retention-shortened", "mode-weakened"}},
	{name: "replication-prepared", change: set(replicationAt, replication("Disabled")), near: []string{"replicated-elsewhere"}},
	{name: "opentofu", tofu: true, from: refreshed, near: []string{"other-provider"}},
	{name: "other-bucket", from: withLogs, change: drop(logsBlockAt), near: []string{"destroyed", "public-access", "guard-doubled"}},
}
