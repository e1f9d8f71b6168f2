package check

// A Rule is one way in which a plan or a stack can harm locked data.
type Rule struct {
	// Name is how findings and exceptions call it.
	Name string
	// Finds is what the rule finds, as a sentence for people.
	Finds string
	// Reason is why that is harmful.
	Reason string
	// Source is the AWS or Terraform document behind the reason.
	Source string
	// In has the kinds of files that it can be seen in.
	In []Kind

	check func(s *Subject, found report)
}

// report takes a finding.
type report func(r *resource, message string)

var (
	planOnly  = []Kind{Plan}
	stackOnly = []Kind{Stack}
	both      = []Kind{Plan, Stack}
)

// Rules returns all rules, in the order in which they are documented.
func Rules() []Rule {
	return append(append(destructionRules(), lockRules()...), append(guardRules(), surroundingRules()...)...)
}

func destructionRules() []Rule {
	return []Rule{
		{"destroyed", "A bucket, a locked object, a guard or a KMS key is destroyed or replaced.",
			"Destroying the lock configuration leaves new versions unlocked, destroying versioning suspends it, and a deleted key makes every version unreadable; a replaced bucket is a new, empty one.",
			"https://developer.hashicorp.com/terraform/language/resources/behavior", planOnly, findDestroyed},
		{"forgotten", "Terraform is told to forget a bucket, a guard or a key.",
			"What is out of the state is out of every later plan: nobody will see it change.",
			"https://developer.hashicorp.com/terraform/language/block/removed", both, findForgotten},
		{"bucket-gone", "The state has a bucket or a key that Terraform no longer finds.",
			"Either it was deleted, or the credentials lead to another account or Region; the plan would make a new, empty bucket there, or a key that can read nothing.",
			"https://developer.hashicorp.com/terraform/tutorials/state/resource-drift", planOnly, findGone},
		{"force-destroy", "A locked bucket or object has force_destroy.",
			"The provider then deletes every version by itself, bypasses GOVERNANCE retention and lifts legal holds where it may.",
			"https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket#force_destroy-1", both, findForceDestroy},
		{"unprotected", "A resource whose loss would weaken the bucket lacks prevent_destroy.",
			"Without it Terraform carries out a plan that destroys the resource. A plan doesn't tell it; the stack does.",
			"https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#prevent_destroy", stackOnly, findUnprotected},
	}
}

func lockRules() []Rule {
	return []Rule{
		{"lock-missing", "A bucket is declared without Object Lock, or without a default retention.",
			"New versions in it are not locked.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html", both, findLockMissing},
		{"lock-removed", "The lock configuration is not Enabled, or has no default retention.",
			"New versions are then not locked, and anyone who may delete versions can delete them.",
			"https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html", both, findLockRemoved},
		{"mode-weakened", "The default retention goes from COMPLIANCE to GOVERNANCE.",
			"Whoever has s3:BypassGovernanceRetention can delete versions that are written from then on.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes", planOnly, findModeWeakened},
		{"retention-shortened", "The default retention becomes shorter.",
			"Versions that are written from then on can be deleted earlier.",
			"https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html", planOnly, findRetentionShortened},
		{"object-unlocked", "A locked object's retention becomes weaker or shorter, or its legal hold is lifted.",
			"The version can then be deleted earlier.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html", planOnly, findObjectUnlocked},
		{"versioning-off", "Versioning is not Enabled, or loses MFA delete.",
			"Object Lock works on versions; without them an overwrite replaces the data.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html", both, findVersioningOff},
	}
}

func guardRules() []Rule {
	return []Rule{
		{"guard-missing", "A locked bucket has no versioning, public access block, ownership controls, encryption or policy of its own.",
			"What isn't declared isn't held: Terraform won't see it change.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html", both, findGuardMissing},
		{"guard-doubled", "Two resources declare the same guard of one bucket, or the policy of one key.",
			"AWS keeps one. Terraform writes both, and the last one counts, which every plan shows as kept.",
			"https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html", both, findGuardDoubled},
		{"guard-unknown", "A value on which a guard depends is not known when the plan is made.",
			"Nobody can judge what is known only after the apply, and every scan passes it unread.",
			"https://developer.hashicorp.com/terraform/internals/json-format#change-representation", both, findUnknown},
		{"public-access", "One of the four settings of the public access block is off.",
			"A policy or an ACL could then open the bucket to the public.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html", both, findPublicAccess},
		{"ownership", "The ownership of objects is not BucketOwnerEnforced.",
			"ACLs then count, and objects can belong to other accounts, out of reach of the bucket policy.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html", both, findOwnership},
		{"policy-loosened", "The policy of a bucket or a key denies less, or allows more, than before.",
			"Each statement closes a door that Object Lock leaves open.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-bypass", planOnly, findPolicyLoosened},
		{"locked-out", "A policy denies everybody but the account's root user reading the data, or changing the policy, again.",
			"Locked data that nobody can read is lost for as long as it is locked, and paid for.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html", both, findLockedOut},
		{"deployer-locked-out", "A policy shuts out the role that deploys it.",
			"The next apply by this role fails, the one that would put it right included.",
			"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html", planOnly, findDeployerLockedOut},
		{"expires-sooner", "The lifecycle expires versions sooner, or other versions, than before.",
			"An expired current version is hidden by a delete marker, and a noncurrent one deleted once its retention has ended.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html", planOnly, findExpiresSooner},
	}
}

func surroundingRules() []Rule {
	return []Rule{
		{"encryption-weakened", "The default encryption becomes weaker, or uses another key.",
			"Versions under a key that others can delete, or that is deleted, can't be read.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html", both, findEncryptionWeakened},
		{"key-deletion-sooner", "The waiting period before a key is deleted becomes shorter.",
			"It is the time in which a deletion can still be cancelled.",
			"https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html", planOnly, findKeyDeletionSooner},
		{"key-rotation-off", "The rotation of a key is switched off, or becomes rarer.",
			"All data is then under one key material for longer.",
			"https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html", planOnly, findKeyRotationOff},
		{"key-disabled", "A key is disabled, or its imported material expires sooner.",
			"Nothing that is encrypted with it can be read then.",
			"https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html", both, findKeyDisabled},
		{"region-changed", "The provider's Region is another one than that of an existing bucket.",
			"A bucket can't move: Terraform would lose the old one and make another.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html", planOnly, findRegionChanged},
		{"account-changed", "The provider may only use other accounts than the one that an existing resource is in.",
			"Terraform would lose the old resources and make others.",
			"https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1", planOnly, findAccountChanged},
		{"changes-ignored", "Terraform is told to ignore changes of what a guard guards with.",
			"A guard that somebody weakens by hand then stays so. A plan doesn't tell it; the stack does.",
			"https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes", stackOnly, findIgnored},
		{"replicated-elsewhere", "A replication is enabled, or gets another destination.",
			"Whatever is written is then copied to a bucket, maybe of another account, that isn't locked by this stack.",
			"https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html", both, findReplicated},
		{"provisioner", "A bucket, a guard or a key has a provisioner, or triggers an action.",
			"It runs commands with the credentials of the deployment, and no plan shows what they do.",
			"https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax", both, findProvisioner},
		{"other-provider", "A provider other than hashicorp/aws manages a resource.",
			"What its plan shows need not be what it does. A plan doesn't tell which provider managed the resource before.",
			"https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses", both, findOtherProvider},
		{"unread", "The plan or the stack has a section that this version of datalock doesn't know.",
			"What isn't read isn't judged. A newer datalock may know the section.",
			"https://developer.hashicorp.com/terraform/internals/json-format", both, findUnread},
	}
}
