package dataset

import (
	"fmt"
	"sync"
	"time"

	"datalock/internal/printable"
)

// A FindingName names how a dataset differs from its manifest.
type FindingName string

// The findings.
const (
	// Missing is a version or a local file that doesn't exist.
	Missing FindingName = "missing"
	// Changed has different bytes, or a different checksum or encryption.
	Changed FindingName = "changed"
	// Truncated is shorter.
	Truncated FindingName = "truncated"
	// Hidden is behind a delete marker: readers of the key get 404.
	Hidden FindingName = "hidden"
	// Shadowed is behind a newer version: readers of the key get other bytes.
	Shadowed FindingName = "shadowed"
	// Extra isn't in the manifest.
	Extra FindingName = "extra"
	// Unlocked has no retention, or one that has ended.
	Unlocked FindingName = "unlocked"
	// WeakerMode is in GOVERNANCE mode and was published in COMPLIANCE mode.
	WeakerMode FindingName = "weaker-mode"
	// EndsEarly has a lock that ends before the date in the manifest or from the user.
	EndsEarly FindingName = "ends-early"
	// EventHold is under an event hold: its retention has no end yet.
	EventHold FindingName = "event-hold"
	// Unknown couldn't be judged, usually for lack of a permission to read it.
	Unknown FindingName = "unknown"
	// ManifestChanged is a manifest or shard that isn't the published one.
	ManifestChanged FindingName = "manifest-changed"
	// RenewalChanged is a renewal record that can't be read, belongs to another
	// dataset, or says more than the locks keep.
	RenewalChanged FindingName = "renewal-changed"
	// SignatureWrong is a signature that is missing, or wasn't made by the key.
	SignatureWrong FindingName = "signature-wrong"
)

// A Finding is one difference from the manifest.
type Finding struct {
	Name FindingName `json:"finding"`
	// Subject is the key, or the local file.
	Subject string `json:"subject"`
	// Detail says what was found, and what was expected.
	Detail string `json:"detail"`
}

// String returns the finding as a line, with escapes for what doesn't print.
func (f Finding) String() string {
	return printable.Line(fmt.Sprintf("%s %s: %s", f.Name, f.Subject, f.Detail))
}

// maxFindings is how many findings are kept; all are counted.
const maxFindings = 10_000

// A Level says how thorough a verification is.
type Level string

// The levels, from the least to the most.
const (
	// Accepted shows that S3 stored the bytes when they were uploaded, and how
	// they are locked now. It doesn't read the bytes again.
	Accepted Level = "accepted"
	// Sampled shows Accepted for all files, and Read for a sample.
	Sampled Level = "sampled"
	// AtRest shows Accepted, and that S3 read the bytes again and computed these
	// checksums of them, according to S3.
	AtRest Level = "at-rest"
	// Read shows that S3 returns these bytes now.
	Read Level = "read"
	// Local shows that a local copy has these bytes now.
	Local Level = "local"
)

// AWS is the server of a client without the URL of another.
const AWS = "AWS"

// A Verification is the result of verifying a dataset.
type Verification struct {
	Location
	// Server is the URL of the S3 server, [AWS] if the client names none, and empty if
	// no request was sent.
	Server string `json:"server,omitempty"`
	Level  Level  `json:"level"`
	// RootDigest is the SHA-256 of the manifest.json that was read.
	RootDigest        string `json:"rootDigest"`
	ManifestVersionID string `json:"manifestVersionId,omitempty"`
	// RootChecked says that the manifest was compared with the user's root digest,
	// SignatureChecked that it has a valid signature by the user's key.
	RootChecked      bool  `json:"rootChecked"`
	SignatureChecked bool  `json:"signatureChecked"`
	Files            int64 `json:"files"`
	Bytes            int64 `json:"bytes"`
	// Checked counts the files that could be checked, ReadFiles and ReadBytes those
	// whose bytes were read.
	Checked   int64 `json:"checked"`
	ReadFiles int64 `json:"readFiles"`
	ReadBytes int64 `json:"readBytes"`
	// Archived counts the files that must be restored before they can be read.
	Archived int64 `json:"archived,omitempty"`
	// AtRest says what S3 computed, for AtRest.
	AtRest *AtRestSums `json:"atRest,omitempty"`
	// Sample says which files were read, for Sampled.
	Sample *Sample `json:"sample,omitempty"`
	// RenewedUntil is the latest date in the renewal records, which all locks
	// must reach; nil if there are none.
	RenewedUntil *time.Time `json:"renewedUntil,omitempty"`
	// Renewals counts the records of renewals that belong to the manifest,
	// RenewalsSigned those that the user's key has signed.
	Renewals       int `json:"renewals,omitempty"`
	RenewalsSigned int `json:"renewalsSigned,omitempty"`
	// NextEnd is the first lock to end; nil unless the locks of all files were
	// read.
	NextEnd *End `json:"nextEnd,omitempty"`
	// Findings has the first 10,000 findings; Counts counts all by name.
	Findings []Finding           `json:"findings"`
	Counts   map[FindingName]int `json:"counts"`
	Started  time.Time           `json:"started"`
	Ended    time.Time           `json:"ended"`
}

// A Sample identifies a random selection; the seed reproduces it.
type Sample struct {
	Files int64  `json:"files"`
	Of    int64  `json:"of"`
	Seed  uint64 `json:"seed"`
}

// An End is when a lock ends.
type End struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// Clean reports whether everything matches the manifest.
func (v Verification) Clean() bool { return len(v.Counts) == 0 }

// Judged reports whether the verification has a verdict: it is false if all
// findings are Unknown.
func (v Verification) Judged() bool { return len(v.Counts) != 1 || v.Counts[Unknown] == 0 }

// recorder collects the findings of all workers.
type recorder struct {
	mu sync.Mutex
	v  *Verification
}

func (r *recorder) find(f ...Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range f {
		r.v.Counts[one.Name]++
		if len(r.v.Findings) < maxFindings {
			r.v.Findings = append(r.v.Findings, one)
		}
	}
}

// findf records one finding.
func (r *recorder) findf(name FindingName, subject, format string, args ...any) {
	r.find(Finding{name, subject, fmt.Sprintf(format, args...)})
}

// ends records a lock's end, and keeps the first one.
func (r *recorder) ends(name string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if next := r.v.NextEnd; next == nil || at.Before(next.At) || at.Equal(next.At) && name < next.Name {
		r.v.NextEnd = &End{name, at}
	}
}
