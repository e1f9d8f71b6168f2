package check_test

import (
	"strings"

	"datalock/internal/check"
)

// A fixture is a real plan: what Terraform wrote when the stack of base_test.go
// was deployed and then changed. testdata/plans has each one by its name; see
// renew_test.go for how they are made.
type fixture struct {
	name string
	// rule is the one that must find something, or empty where none may.
	rule string
	// at is where the rule must find something, where that isn't plain.
	at string
	// also are rules that find something too, by the nature of the change.
	also []string
	// near are rules that look closely at this plan, and must pass it.
	near []string
	// change makes the next version of the stack from the deployed one.
	change func(s stackJSON)
	// state changes what was deployed.
	state func(s stackJSON)
	// args are added to terraform plan.
	args []string
	// tofu has OpenTofu plan, from a state that Terraform wrote.
	tofu bool
	// plan names another fixture whose plan is used, if this one has none.
	plan string
	// past is what shows that the stack was deployed before.
	past check.Past
	// from is what was deployed: the whole base, nothing, or more.
	from origin
}

type origin int

const (
	deployed     origin = iota // the base as it is deployed, its plan not refreshed
	nothing                    // an empty state
	refreshed                  // the base, looked at on the server while planning
	elsewhere                  // the base, but the server is another, empty one
	withObject                 // the base and a locked object
	withLogs                   // the base and a bucket for logs, which isn't locked
	withKey                    // the base and a KMS key, whose state is made up: there is no local KMS
	withImported               // the base and a key with imported material, whose state is made up too
	unmanaged                  // the base, but the state has lost the lock configuration
	modular                    // two buckets in instances of a module
	whole                      // the whole topology, but for the lifecycle configurations
	wholeNothing               // its stack, and an empty state
	foreign                    // an empty state, and buckets on the server that were made by hand
)

const (
	bucketAt      = "resource.aws_s3_bucket.bucket"
	versioningAt  = "resource.aws_s3_bucket_versioning.versioning"
	lockAt        = "resource.aws_s3_bucket_object_lock_configuration.object_lock"
	blockAt       = "resource.aws_s3_bucket_public_access_block.public_access_block"
	ownershipAt   = "resource.aws_s3_bucket_ownership_controls.ownership"
	encryptionAt  = "resource.aws_s3_bucket_server_side_encryption_configuration.encryption"
	policyAt      = "resource.aws_s3_bucket_policy.policy"
	lifecycleAt   = "resource.aws_s3_bucket_lifecycle_configuration.lifecycle"
	keyAt         = "resource.aws_kms_key.key"
	importedAt    = "resource.aws_kms_external_key.key"
	replicationAt = "resource.aws_s3_bucket_replication_configuration.replication"
	objectAt      = "resource.aws_s3_object.manifest"
	logsAt        = "resource.aws_s3_bucket.logs"
	logsBlockAt   = "resource.aws_s3_bucket_public_access_block.logs"
	trailAt       = "resource.aws_cloudtrail.trail"
	loggingAt     = "resource.aws_s3_bucket_logging.access_logs"
	evidenceAt    = "resource.aws_s3_bucket_policy.evidence_policy"
	batchAt       = "resource.aws_iam_role_policy.batch_role_policy"
	retentionAt   = lockAt + ".rule.default_retention"
)

func set(path string, value any) func(stackJSON) {
	return func(s stackJSON) { s.set(path, value) }
}

func drop(paths ...string) func(stackJSON) {
	return func(s stackJSON) {
		for _, path := range paths {
			s.drop(path)
		}
	}
}

// statement changes the statement of a bucket policy that has the Sid.
func statement(sid string, change func(statement map[string]any)) func(stackJSON) {
	return func(s stackJSON) {
		s.policy(func(statements []any) []any {
			for _, one := range statements {
				if one := one.(map[string]any); one["Sid"] == sid {
					change(one)
				}
			}
			return statements
		})
	}
}

func without(sid string) func(stackJSON) {
	return func(s stackJSON) {
		s.policy(func(statements []any) []any {
			var kept []any
			for _, one := range statements {
				if one.(map[string]any)["Sid"] != sid {
					kept = append(kept, one)
				}
			}
			return kept
		})
	}
}

func condition(operator, key string, value any) func(map[string]any) {
	return func(statement map[string]any) {
		statement["Condition"].(map[string]any)[operator].(map[string]any)[key] = value
	}
}

func several(changes ...func(stackJSON)) func(stackJSON) {
	return func(s stackJSON) {
		for _, change := range changes {
			change(s)
		}
	}
}

// replaced replaces a part of a text.
func replaced(path, old, replacement string) func(stackJSON) {
	return func(s stackJSON) {
		text := s.get(path).(string)
		if !strings.Contains(text, old) {
			panic(path + " has no " + old)
		}
		s.set(path, strings.ReplaceAll(text, old, replacement))
	}
}

var (
	// openEvidence lets whoever IAM allows delete versions of evidence.
	openEvidence = replaced(evidenceAt+".policy", `"s3:DeleteObject","s3:DeleteObjectVersion",`, `"s3:DeleteObject",`)
	grantMore    = replaced(batchAt+".policy", `"s3:PutObjectRetention"`,
		`"s3:PutObjectRetention","s3:BypassGovernanceRetention"`)
	grantLess = replaced(batchAt+".policy", `"s3:PutObjectLegalHold",`, "")
)
