package check

import "slices"

// Resource types that several rules use.
const (
	bucketType     = "aws_s3_bucket"
	versioningType = "aws_s3_bucket_versioning"
	lockType       = "aws_s3_bucket_object_lock_configuration"
	blockType      = "aws_s3_bucket_public_access_block"
	accountBlock   = "aws_s3_account_public_access_block"
	ownershipType  = "aws_s3_bucket_ownership_controls"
	encryptionType = "aws_s3_bucket_server_side_encryption_configuration"
	policyType     = "aws_s3_bucket_policy"
	lifecycleType  = "aws_s3_bucket_lifecycle_configuration"
	keyType        = "aws_kms_key"
	keyPolicyType  = "aws_kms_key_policy"

	replicationType = "aws_s3_bucket_replication_configuration"

	loggingType      = "aws_s3_bucket_logging"
	inventoryType    = "aws_s3_bucket_inventory"
	notificationType = "aws_s3_bucket_notification"
	trailType        = "aws_cloudtrail"
	aliasType        = "aws_kms_alias"
	topicType        = "aws_sns_topic"
	topicPolicyType  = "aws_sns_topic_policy"
	alarmType        = "aws_cloudwatch_event_rule"
	alarmTargetType  = "aws_cloudwatch_event_target"
	roleType         = "aws_iam_role"
	rolePolicyType   = "aws_iam_role_policy"
	attachmentType   = "aws_iam_role_policy_attachment"
)

// A guard describes a type of resource that holds or guards locked data.
type guard struct {
	// what names it in messages.
	what string
	// matters are the attributes that have to be known in the plan.
	matters []string
	// compared are more of these, if the resource exists; those of [recordChecks]
	// are too.
	compared []string
	// harmlessToRemove is set if removing it weakens nothing.
	harmlessToRemove bool
	// unprotected is set if it needs no prevent_destroy.
	unprotected bool
}

// guards are all types that are judged. Keys are judged even if no bucket uses
// them, because old versions stay encrypted with the key they were written with.
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
var guards = map[string]guard{
	bucketType:     {what: "the bucket", matters: bucketSettings},
	versioningType: {what: "versioning", matters: []string{"versioning_configuration"}},
	lockType:       {what: "the lock configuration", matters: []string{"object_lock_enabled", "rule"}},
	blockType:      {what: "the public access block", matters: blockSettings},
	accountBlock:   {what: "the account's public access block", matters: blockSettings},
	ownershipType:  {what: "the ownership controls", matters: []string{"rule"}},
	encryptionType: {what: "the default encryption", matters: []string{"rule"}},
	policyType:     {what: "the bucket policy", matters: []string{"policy"}},
	lifecycleType:  {what: "the lifecycle configuration", matters: []string{"rule"}, unprotected: true},
	keyType:        {what: "the key", matters: append([]string{"policy"}, keySettings...)},
	keyPolicyType:  {what: "the key policy", matters: []string{"policy"}},

	replicationType: {what: "the replication", matters: []string{"rule"}, compared: []string{"role"}, unprotected: true,
		harmlessToRemove: true},

	loggingType:   {what: "the access logs", matters: []string{"target_bucket", "target_prefix"}},
	inventoryType: {what: "the inventory", matters: inventorySettings, compared: []string{"filter"}},
	notificationType: {what: "the notification of failed copies", matters: []string{"topic"},
		compared: []string{"eventbridge"}},
	trailType:       {what: "the trail", matters: trailSettings},
	topicType:       {what: "the topic for alarms"},
	topicPolicyType: {what: "the policy of the topic for alarms"},
	alarmType:       {what: "the alarm", matters: []string{"event_pattern", "state"}},
	alarmTargetType: {what: "the alarm's target", matters: []string{"arn", "role_arn"}},
	roleType:        {what: "the role", matters: []string{"assume_role_policy"}, compared: roleSettings},
	rolePolicyType:  {what: "the role's policy", matters: []string{"policy"}, compared: []string{"role"}},
	attachmentType:  {what: "the role's managed policy", compared: []string{"role", "policy_arn"}, unprotected: true},

	aliasType: {what: "the alias of the key", compared: []string{"target_key_id"}, unprotected: true},

	"aws_kms_replica_key":          {what: "the replica of a key", matters: replicaKey},
	"aws_kms_external_key":         {what: "the key with imported material", matters: importedKey},
	"aws_kms_replica_external_key": {what: "the replica of a key with imported material", matters: importedKey},
	"aws_s3_object":                {what: "the locked object", matters: objectSettings, unprotected: true},
	"aws_s3_object_copy":           {what: "the locked object", matters: objectSettings, unprotected: true},
	"aws_s3_bucket_object":         {what: "the locked object", matters: objectSettings, unprotected: true},
}

// mattersOf returns the attributes of a type that have to be known in a plan, if
// the resource exists.
func mattersOf(kind string) []string {
	all := slices.Concat(guards[kind].matters, guards[kind].compared, recordChecks[kind].same, recordChecks[kind].kept)
	slices.Sort(all)
	return slices.Compact(all)
}

// readBack are the arguments that other resources set too. If one isn't declared,
// its value is what the provider read.
var readBack = map[string][]string{
	topicType: {"policy"}, roleType: {"inline_policy", "managed_policy_arns"},
	keyType: {"policy"}, "aws_kms_replica_key": {"policy"}, "aws_kms_external_key": {"policy"},
	"aws_kms_replica_external_key": {"policy"},
}

// was returns the value of an argument before the apply. Of one that isn't
// declared, the state may have recorded what it was before another resource was
// made; then what Terraform found counts. Of new access logs it is what the bucket shows.
func (r *resource) was(argument string) any {
	if shown := r.replaces(); shown != nil {
		return shown[argument]
	}
	if r.found != nil && slices.Contains(readBack[r.kind], argument) && !r.declares[argument] {
		return r.found[argument]
	}
	return r.before[argument]
}

// isGuard reports whether resources of a type are judged.
func isGuard(kind string) bool {
	_, is := guards[kind]
	return is
}

var (
	bucketSettings = []string{
		"object_lock_enabled", "force_destroy", "versioning", "server_side_encryption_configuration", "policy",
		"lifecycle_rule", "object_lock_configuration", inlineReplication,
	}
	blockSettings = []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}
	keySettings   = []string{"deletion_window_in_days", "enable_key_rotation", "rotation_period_in_days", "is_enabled"}
	replicaKey    = []string{"policy", "enabled", "deletion_window_in_days"}
	importedKey   = append([]string{"valid_to"}, replicaKey...)
	trailSettings = []string{
		"s3_bucket_name", "enable_logging", "enable_log_file_validation", "advanced_event_selector", "event_selector",
	}
	roleSettings      = []string{"inline_policy", "managed_policy_arns", "permissions_boundary"}
	inventorySettings = []string{"destination", "enabled", "included_object_versions", "optional_fields", "schedule"}
	objectSettings    = []string{"object_lock_mode", "object_lock_retain_until_date", "object_lock_legal_hold_status"}
)

// needed are the guards that every locked bucket must have.
var needed = []string{versioningType, blockType, ownershipType, encryptionType, policyType}
