package prove

import "context"

// A Trial is one attempt to change or destroy locked data, and one row of the
// [Table].
type Trial struct {
	// Name identifies the trial, as words joined by '-'.
	Name string
	// Group is the kind of attack.
	Group Group
	// As is who attacks.
	As Principal
	// Target is what is attacked.
	Target Target
	// Attack describes the attack, as a phrase that begins with a verb.
	Attack string
	// Expectation is the state that the data must be in afterwards.
	Expectation Expectation
	// Control is a place where the same attack must succeed.
	Control Control
	// Guard is the guard of the bucket policy that the trial attacks, or empty
	// if it attacks the lock.
	Guard Guard
	// Scratch marks a trial that changes the bucket, or that could lock an
	// object for longer than the bucket's default retention.
	Scratch bool
	// Adds is the number of versions that the attack itself may leave behind.
	Adds int
	// Signature says that the attack is about how its request is signed, so a
	// rejected signature decides it.
	Signature bool
	// Digest says that the attack sends a wrong checksum.
	Digest bool
	// Document is the URL of the AWS document behind the trial.
	Document string

	attack func(context.Context, *attempt) error
	// needsLock marks a trial that a bucket without Object Lock can't have.
	needsLock bool
}

// A Group is a kind of attack. The table is ordered by group.
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

// Title describes a group's trials in a few words.
func (g Group) Title() string {
	return map[Group]string{
		Deleting:    "Deleting locked versions",
		Retention:   "Shortening or clearing the retention",
		Overwriting: "Overwriting locked objects",
		Hiding:      "Hiding objects behind delete markers",
		Writing:     "Writing without protection",
		Identity:    "Sending requests with the wrong identity",
		Time:        "Waiting for the retention to end",
		BucketGroup: "Weakening the bucket itself",
	}[g]
}

// A Principal is who sends the requests of a trial.
type Principal string

const (
	// Owner is the strongest principal: the account root, or the credentials
	// that the run was given.
	Owner Principal = "owner"
	// Admin may do everything in S3 and is subject to bucket policies.
	Admin Principal = "admin"
	// Writer may read, write, delete and lock objects and bypass GOVERNANCE,
	// but not change buckets.
	Writer Principal = "writer"
	// Stranger has valid credentials and no rights.
	Stranger Principal = "stranger"
	// Anonymous doesn't sign.
	Anonymous Principal = "anonymous"
	// Impostor signs with the owner's access key and a wrong secret.
	Impostor Principal = "impostor"
)

// A Guard is a protection that the bucket policy adds.
type Guard string

// The guards, by what they deny.
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
	// NoBypass denies the governance bypass. If the default retention is
	// COMPLIANCE, which nothing bypasses, its trials attack the lock instead.
	NoBypass Guard = "no-bypass"
	// NoDeletion denies every deletion of a version. Its trials run in a bucket
	// without Object Lock; in others they attack the lock.
	NoDeletion Guard = "no-deletion"
)

// A Control is a place where the same attack must succeed, which shows that a
// trial that held was able to fail.
type Control string

const (
	// WithoutLock is a bucket with versioning and no Object Lock.
	WithoutLock Control = "without-lock"
	// WithoutVersioning is a bucket with neither, the default in S3.
	WithoutVersioning Control = "without-versioning"
	// WithoutPolicy is a bucket with Object Lock and no bucket policy.
	WithoutPolicy Control = "without-policy"
	// WithoutDefault is a bucket with Object Lock and no default retention.
	WithoutDefault Control = "without-default"
	// ValidRequest is a valid form of the request (signed by the owner, with
	// the right checksum, over TLS) in a bucket without Object Lock.
	ValidRequest Control = "valid-request"
	// ValidRequestLocked is the same in a bucket with Object Lock.
	ValidRequestLocked Control = "valid-request-locked"
	// NoControl is for attacks that take effect long after the run.
	NoControl Control = "none"
)

// Text describes a control.
func (c Control) Text() string {
	return map[Control]string{
		WithoutLock:        "succeeds in a bucket with versioning but no Object Lock",
		WithoutVersioning:  "succeeds in a bucket with neither versioning nor Object Lock",
		WithoutPolicy:      "succeeds in a bucket with Object Lock but no bucket policy",
		WithoutDefault:     "succeeds in a bucket with Object Lock but no default retention",
		ValidRequest:       "a valid request succeeds",
		ValidRequestLocked: "a valid request succeeds in a bucket with Object Lock",
		NoControl:          "none: S3 acts on lifecycle rules once a day, after the run",
	}[c]
}

// Status is the verdict on one trial.
type Status string

// The verdicts.
const (
	// Held says that the server answered the attack and the data is as
	// expected.
	Held Status = "held"
	// Breached says that the data or its protection isn't as expected.
	Breached Status = "breached"
	// Inconclusive says that nothing is known: the attack got no decision, its
	// control did not succeed, or the data afterwards can't be read.
	Inconclusive Status = "inconclusive"
	// NotApplicable says that the bucket doesn't have what the trial attacks,
	// or that the run may not attack it; the reason says what would make it
	// apply.
	NotApplicable Status = "not-applicable"
)

// Bad reports whether the status means that the run did not show what it set
// out to show.
func (s Status) Bad() bool { return s == Breached || s == Inconclusive }
