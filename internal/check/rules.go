package check

import "slices"

// A Rule is one way in which a plan or a stack can harm locked data.
type Rule struct {
	// Name is the name in findings and exceptions.
	Name string
	// Finds says what the rule finds, in a sentence.
	Finds string
	// Reason says why that is harmful.
	Reason string
	// Source is the AWS or Terraform document behind the reason.
	Source string
	// In are the kinds of files that the rule applies to.
	In []Kind

	check func(s *Subject, found report)
}

// report records a finding.
type report func(r *resource, message string)

var (
	planOnly  = []Kind{Plan}
	stackOnly = []Kind{Stack}
	both      = []Kind{Plan, Stack}
)

// Rules returns all rules, in the order in which they are documented.
func Rules() []Rule {
	return slices.Concat(
		destructionRules(), lockRules(), guardRules(), policyRules(), dataRules(), recordRules(), surroundingRules(),
	)
}

func destructionRules() []Rule {
	return []Rule{
		{
			Name:  "destroyed",
			Finds: "A bucket, a locked object, a guard, a KMS key, or what copies or records the data is destroyed or replaced.",
			Reason: "Destroying the lock configuration leaves new versions unlocked, destroying versioning suspends it, " +
				"and a deleted key makes every version unreadable. A replaced bucket is a new, empty one. " +
				"Without its roles, logs and alarms, data isn't copied or renewed, and nothing records what happens to it.",
			Source: "https://developer.hashicorp.com/terraform/language/resources/behavior",
			In:     planOnly, check: findDestroyed,
		},
		{
			Name:   "forgotten",
			Finds:  "Terraform is told to forget a bucket, a guard or a key.",
			Reason: "Terraform doesn't see changes to a resource that isn't in its state.",
			Source: "https://developer.hashicorp.com/terraform/language/block/removed",
			In:     both, check: findForgotten,
		},
		{
			Name:  "bucket-gone",
			Finds: "The state has a bucket or a key that Terraform no longer finds.",
			Reason: "Either it was deleted, or the credentials are for another account or Region. The plan would create " +
				"a new, empty bucket there, or a key that can't decrypt anything.",
			Source: "https://developer.hashicorp.com/terraform/tutorials/state/resource-drift",
			In:     planOnly, check: findGone,
		},
		{
			Name:   "planned-anew",
			Finds:  "The plan makes everything new, and there is a state of the stack elsewhere.",
			Reason: "Terraform doesn't know the deployed bucket. The apply fails, or makes a second bucket.",
			Source: "https://developer.hashicorp.com/terraform/language/state/purpose",
			In:     planOnly, check: findPlannedAnew,
		},
		{
			Name:   "force-destroy",
			Finds:  "A locked bucket or object has force_destroy.",
			Reason: "The provider then deletes every version, bypasses GOVERNANCE retention and removes legal holds if it can.",
			Source: "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket#force_destroy-1",
			In:     both, check: findForceDestroy,
		},
		{
			Name:   "unprotected",
			Finds:  "A resource that protects the data lacks prevent_destroy.",
			Reason: "Without it, Terraform applies a plan that destroys the resource. Only a stack shows it, a plan doesn't.",
			Source: "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#prevent_destroy",
			In:     stackOnly, check: findUnprotected,
		},
	}
}

func lockRules() []Rule {
	return []Rule{
		{
			Name:   "lock-missing",
			Finds:  "A bucket is declared without Object Lock, or without a default retention.",
			Reason: "New versions in it aren't locked.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html",
			In:     both, check: findLockMissing,
		},
		{
			Name:   "lock-removed",
			Finds:  "The lock configuration isn't enabled, or has no default retention.",
			Reason: "New versions aren't locked, and whoever may delete versions can delete them.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html",
			In:     both, check: findLockRemoved,
		},
		{
			Name:   "mode-weakened",
			Finds:  "The default retention goes from COMPLIANCE to GOVERNANCE.",
			Reason: "Whoever has s3:BypassGovernanceRetention can delete versions written from then on.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes",
			In:     planOnly, check: findModeWeakened,
		},
		{
			Name:   "retention-shortened",
			Finds:  "The default retention becomes shorter.",
			Reason: "Versions written from then on can be deleted earlier.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html",
			In:     planOnly, check: findRetentionShortened,
		},
		{
			Name:   "object-unlocked",
			Finds:  "A locked object's retention becomes weaker or shorter, or its legal hold is removed.",
			Reason: "The version can then be deleted earlier.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
			In:     planOnly, check: findObjectUnlocked,
		},
		{
			Name:   "versioning-off",
			Finds:  "Versioning isn't enabled, or loses MFA delete.",
			Reason: "Object Lock works on versions. Without versioning, an overwrite replaces the data.",
			Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
			In:     both, check: findVersioningOff,
		},
	}
}
