package prove

import "context"

// A Trial is one attempt to change or destroy locked data. It is a line of the
// [Table].
type Trial struct {
	// Name identifies the trial, in words joined by '-'.
	Name string
	// Group is what kind of attack it is.
	Group Group
	// As is who attacks.
	As Principal
	// Target is what is attacked.
	Target Target
	// Attack says how, as a phrase that begins with a verb.
	Attack string
	// Expectation is what must have become of the data afterwards.
	Expectation Expectation
	// Control is where the same attack must succeed.
	Control Control
	// Guard is the guard of the bucket policy that the trial attacks, or empty
	// where it attacks the lock.
	Guard Guard
	// Scratch marks a trial that changes the bucket, or that could lock an
	// object for longer than the bucket's default retention.
	Scratch bool
	// Adds is how many versions the attack itself may leave behind.
	Adds int
	// Signature says that the attack is about how its request is signed, so
	// that a refused signature decides it.
	Signature bool
	// Digest says that the attack is about a checksum that isn't the body's.
	Digest bool
	// Document is the URL of the AWS document behind the trial.
	Document string

	attack func(context.Context, *attempt) error
}

// A Group is a kind of attack; the table is ordered by them.
type Group string

// The groups, in the table's order.
const (
	Deleting    Group = "deleting"
	Retention   Group = "retention"
	Overwriting Group = "overwriting"
	Hiding      Group = "hiding"
	Writing     Group = "writing"
	Identity    Group = "identity"
	Time        Group = "time"
	BucketGroup Group = "bucket"
)

// Groups returns the groups in the table's order.
func Groups() []Group {
	return []Group{Deleting, Retention, Overwriting, Hiding, Writing, Identity, Time, BucketGroup}
}

// Title says in a few words what a group's trials try.
func (g Group) Title() string {
	return map[Group]string{
		Deleting:    "Deleting locked versions",
		Retention:   "Shortening or clearing the retention",
		Overwriting: "Overwriting locked objects",
		Hiding:      "Hiding objects behind delete markers",
		Writing:     "Writing without protection",
		Identity:    "Asking with the wrong identity",
		Time:        "Waiting for the retention to end",
		BucketGroup: "Weakening the bucket itself",
	}[g]
}

// A Principal is who sends the requests of a trial.
type Principal string

const (
	// Owner is the strongest that there is: the account root, or the
	// credentials that the run was given.
	Owner Principal = "owner"
	// Admin may do everything in S3 and is subject to bucket policies.
	Admin Principal = "admin"
	// Writer may read, write, delete and lock objects, bypass GOVERNANCE and
	// change no bucket.
	Writer Principal = "writer"
	// Stranger has valid credentials and no rights.
	Stranger Principal = "stranger"
	// Anonymous doesn't sign.
	Anonymous Principal = "anonymous"
	// Impostor signs for the owner's access key with a wrong secret.
	Impostor Principal = "impostor"
)

// A Guard is a promise of the bucket policy.
type Guard string

// The guards, by what they refuse.
const (
	NoDeleteMarkers   Guard = "no-delete-markers"
	NoWeakerMode      Guard = "no-weaker-mode"
	RetentionFloor    Guard = "retention-floor"
	RetentionCeiling  Guard = "retention-ceiling"
	NoEventHold       Guard = "no-event-holds"
	WriteOnce         Guard = "write-once"
	TLSOnly           Guard = "tls-only"
	OldTLS            Guard = "minimum-tls"
	SameEncryption    Guard = "same-encryption"
	NoCustomerKey     Guard = "no-customer-keys"
	NoOtherKey        Guard = "no-other-keys"
	NoUnnamedKey      Guard = "no-unnamed-keys"
	SealConfiguration Guard = "sealed-configuration"
	SealACLs          Guard = "sealed-acls"
	SealHolds         Guard = "sealed-legal-holds"
	// NoBypass refuses the bypass of GOVERNANCE. Its trials attack the lock if
	// the default retention is COMPLIANCE, which nothing bypasses.
	NoBypass Guard = "no-bypass"
)

// A Control is where the same attack must succeed, so that a trial that passes
// is known to be able to fail.
type Control string

const (
	// WithoutLock is a bucket with versioning and no Object Lock.
	WithoutLock Control = "without-lock"
	// WithoutVersioning is a bucket with neither, as S3 makes them.
	WithoutVersioning Control = "without-versioning"
	// WithoutPolicy is a bucket with Object Lock and no bucket policy.
	WithoutPolicy Control = "without-policy"
	// ValidRequest is the same request done as it should be (signed by the
	// owner, with the right checksum, over TLS), in a bucket without Object
	// Lock.
	ValidRequest Control = "valid-request"
	// ValidRequestLocked is the same in a bucket with Object Lock.
	ValidRequestLocked Control = "valid-request-locked"
	// NoControl is for what takes effect long after the run is over.
	NoControl Control = "none"
)

// Text says what a control is.
func (c Control) Text() string {
	return map[Control]string{
		WithoutLock:        "succeeds in a bucket with versioning but no Object Lock",
		WithoutVersioning:  "succeeds in a bucket with neither versioning nor Object Lock",
		WithoutPolicy:      "succeeds in a bucket with Object Lock but no bucket policy",
		ValidRequest:       "a valid request succeeds",
		ValidRequestLocked: "a valid request succeeds in a bucket with Object Lock",
		NoControl:          "none: S3 acts on lifecycle rules once a day, after the run",
	}[c]
}

// Status is the verdict on one trial.
type Status string

// The verdicts.
const (
	// Held says that the attack was answered and the data is as it must be.
	Held Status = "held"
	// Breached says that the data, or what keeps it, isn't as it must be.
	Breached Status = "breached"
	// Inconclusive says that nothing is known: the attack got no decision, its
	// control did not succeed, or what became of the data can't be read.
	Inconclusive Status = "inconclusive"
	// NotApplicable says that the bucket doesn't have what the trial attacks,
	// or that the run may not attack it; the reason says what would change it.
	NotApplicable Status = "not-applicable"
)

// Bad reports whether the status keeps a run from having shown all that it set
// out to show.
func (s Status) Bad() bool { return s == Breached || s == Inconclusive }
