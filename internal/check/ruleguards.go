package check

func guardRules() []Rule {
	return []Rule{
		{
			Name: "guard-missing",
			Finds: "The plan or the stack declares no versioning, public access block, ownership controls, encryption or policy " +
				"for a locked bucket.",
			Reason: "Terraform doesn't see changes to what isn't declared.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
			In:     both, check: findGuardMissing,
		},
		{
			Name:  "guard-doubled",
			Finds: "Two resources declare the same guard or record of one bucket, or the policy of one key or topic.",
			Reason: "AWS keeps only one. " +
				"Terraform writes both, the last one wins, and every plan shows both as unchanged.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
			In:     both, check: findGuardDoubled,
		},
		{
			Name:   "guard-unknown",
			Finds:  "A value that a guard depends on isn't known when the plan is made.",
			Reason: "What is known only after the apply can't be judged, and scanners skip it.",
			Source: "https://developer.hashicorp.com/terraform/internals/json-format#change-representation",
			In:     both, check: findUnknown,
		},
		{
			Name:   "public-access",
			Finds:  "One of the four settings of the public access block is off.",
			Reason: "A policy or an ACL could then make the bucket public.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
			In:     both, check: findPublicAccess,
		},
		{
			Name:  "ownership",
			Finds: "The object ownership isn't BucketOwnerEnforced.",
			Reason: "ACLs then apply, and objects can belong to other accounts, " +
				"where the bucket policy doesn't apply.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
			In:     both, check: findOwnership,
		},
	}
}

func policyRules() []Rule {
	return []Rule{
		{
			Name:   "policy-loosened",
			Finds:  "The policy of a bucket, a key or a role denies less, or allows more, than before.",
			Reason: "Each statement blocks something that Object Lock allows.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html" +
				"#object-lock-managing-bypass",
			In: planOnly, check: findPolicyLoosened,
		},
		{
			Name: "locked-out",
			Finds: "A policy denies everybody but the account's root user to read the data or older versions of it, " +
				"or to change the policy.",
			Reason: "Locked data that nobody can read is lost, and billed, until its retention ends.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html",
			In:     both, check: findLockedOut,
		},
		{
			Name:   "deployer-locked-out",
			Finds:  "A policy locks out the role that deploys it, or the one that made the plan.",
			Reason: "The role's next plan or apply fails, even one that would fix the policy.",
			Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
			In:     planOnly, check: findDeployerLockedOut,
		},
	}
}

func dataRules() []Rule {
	return []Rule{
		{
			Name:  "expires-sooner",
			Finds: "The lifecycle expires versions sooner than before, or expires other versions.",
			Reason: "S3 hides an expired current version with a delete marker, " +
				"and deletes a noncurrent one once its retention has ended.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
			In:     planOnly, check: findExpiresSooner,
		},
		{
			Name:   "encryption-weakened",
			Finds:  "The default encryption becomes weaker, or uses another key.",
			Reason: "Versions can't be read once their key is deleted, and others may be able to delete the key.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
			In:     both, check: findEncryptionWeakened,
		},
		{
			Name:   "key-deletion-sooner",
			Finds:  "The waiting period before a key is deleted becomes shorter.",
			Reason: "A deletion can be canceled only during the waiting period.",
			Source: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
			In:     planOnly, check: findKeyDeletionSooner,
		},
		{
			Name:   "key-rotation-off",
			Finds:  "Key rotation is disabled, or becomes less frequent.",
			Reason: "More data is then encrypted with the same key material.",
			Source: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
			In:     planOnly, check: findKeyRotationOff,
		},
		{
			Name:   "key-disabled",
			Finds:  "A key is disabled, or its imported key material expires sooner.",
			Reason: "Nothing that is encrypted with the key can be read then.",
			Source: "https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html",
			In:     both, check: findKeyDisabled,
		},
	}
}

func recordRules() []Rule {
	return []Rule{
		{
			Name: "records-stopped",
			Finds: "Access logs, an inventory, a trail, an alarm or the replication to a locked bucket is stopped, " +
				"sent elsewhere, or covers something else.",
			Reason: "What happens to the locked data is then not recorded, or not copied.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/monitoring-overview.html",
			In:     both, check: findRecordsStopped,
		},
	}
}

func surroundingRules() []Rule {
	return []Rule{
		{
			Name:   "region-changed",
			Finds:  "The Region of the provider, or the argument region, differs from that of an existing bucket.",
			Reason: "A bucket can't move: Terraform would forget the old one and create another.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html",
			In:     planOnly, check: findRegionChanged,
		},
		{
			Name:   "account-changed",
			Finds:  "The provider only allows accounts other than that of an existing resource.",
			Reason: "Terraform would forget the old resources and create others.",
			Source: "https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1",
			In:     planOnly, check: findAccountChanged,
		},
		{
			Name:   "changes-ignored",
			Finds:  "Terraform is told to ignore changes to an argument that protects the data.",
			Reason: "If somebody weakens it by hand, it stays weak. Only a stack shows it, a plan doesn't.",
			Source: "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes",
			In:     stackOnly, check: findIgnored,
		},
		{
			Name:   "replicated-elsewhere",
			Finds:  "Replication is enabled, or gets another destination.",
			Reason: "New objects are then copied to a bucket that this stack doesn't lock, maybe in another account.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
			In:     both, check: findReplicated,
		},
		{
			Name:   "provisioner",
			Finds:  "A bucket, a guard or a key has a provisioner, or triggers an action.",
			Reason: "It runs commands with the credentials of the deploy, and no plan shows what they do.",
			Source: "https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax",
			In:     both, check: findProvisioner,
		},
		{
			Name:  "other-provider",
			Finds: "A provider other than hashicorp/aws manages a resource.",
			Reason: "What it does can differ from what its plan shows. A plan doesn't show which provider managed the " +
				"resource before.",
			Source: "https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses",
			In:     both, check: findOtherProvider,
		},
		{
			Name:  "unread",
			Finds: "The plan or the stack has a section that this version of Datalock doesn't know.",
			Reason: "What isn't read isn't judged. If another program added the section, check the plan as Terraform " +
				"wrote it; otherwise a newer version may know it.",
			Source: "https://developer.hashicorp.com/terraform/internals/json-format",
			In:     both, check: findUnread,
		},
	}
}
