package audit

import (
	"cmp"
	"slices"
	"time"

	"datalock/internal/check"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Schema is the version of the JSON form of a [Report].
const Schema = 1

// A Report is the result for all buckets of one run.
type Report struct {
	Schema   int       `json:"schema"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	WarnDays int       `json:"warnDays"`
	Buckets  []Bucket  `json:"buckets"`
	// Notes are what is wrong with the exceptions: expired, unused.
	Notes []string `json:"notes"`
}

// A Bucket is the result for one bucket.
type Bucket struct {
	Name   string `json:"bucket"`
	Region string `json:"region,omitempty"`
	// Endpoint is the URL of the S3 server, empty for AWS.
	Endpoint string `json:"endpoint,omitempty"`
	// Stack is the stack that it was compared with, empty for Datalock's
	// defaults.
	Stack string `json:"stack,omitempty"`
	// Kind is the bucket's role in the stack, empty for the data bucket.
	Kind Kind `json:"kind,omitempty"`
	// Failed is why the audit wasn't completed, or empty.
	Failed string `json:"failed,omitempty"`
	Parts  []Part `json:"parts"`
	// Findings are in the order of the parts. Excepted are those that an
	// exception in the settings allows.
	Findings []Finding `json:"findings"`
	Excepted []Finding `json:"excepted"`
	// Notes are harmless differences from the settings.
	Notes []string `json:"notes"`
	// Versions is nil if the versions weren't read.
	Versions *Versions `json:"versions,omitempty"`
	Datasets []Dataset `json:"datasets"`
}

// A Status is the result for a part or a bucket.
type Status string

// The statuses.
const (
	// OK means as declared, or stronger.
	OK Status = "ok"
	// Found means that there are findings.
	Found Status = "finding"
	// Unknown means that it couldn't be read or judged.
	Unknown Status = "unknown"
	// Excepted means that the settings except all findings.
	Excepted Status = "excepted"
	// NotApplicable means that the part doesn't apply to the bucket.
	NotApplicable Status = "not-applicable"
)

// A Part is one guard, or one aspect of the versions.
type Part struct {
	Name   string `json:"part"`
	Status Status `json:"status"`
	// Is describes what was found.
	Is string `json:"is,omitempty"`
	// Reason is why it is unknown or doesn't apply.
	Reason string `json:"reason,omitempty"`
}

// A Finding is one harmful difference from the settings.
type Finding struct {
	check.Finding
	Part string `json:"part"`
	// Count is the number of versions that the finding is about, and Examples are
	// the first of them.
	Count    int64     `json:"count,omitempty"`
	Examples []Example `json:"examples,omitempty"`
}

// An Example is one version that a finding is about.
type Example struct {
	Key       string `json:"key"`
	VersionID string `json:"versionId"`
	// Detail describes its lock.
	Detail string `json:"detail,omitempty"`
}

func newBucket(c Config) Bucket {
	return Bucket{
		Name: c.Bucket, Stack: c.Stack, Kind: c.Kind, Endpoint: aws.ToString(c.S3.Options().BaseEndpoint),
		Parts: []Part{}, Findings: []Finding{}, Excepted: []Finding{},
		Notes: []string{}, Datasets: []Dataset{},
	}
}

// Unknown returns the parts that couldn't be judged.
func (b Bucket) Unknown() []Part {
	return slices.DeleteFunc(slices.Clone(b.Parts), func(p Part) bool { return p.Status != Unknown })
}

// Status returns the status of the bucket. Findings take precedence over unknown
// parts.
func (b Bucket) Status() Status {
	switch {
	case len(b.Findings) > 0:
		return Found
	case b.Failed != "" || len(b.Unknown()) > 0:
		return Unknown
	}
	return OK
}

// Status returns the worst status of all buckets, Unknown if there are none.
func (r Report) Status() Status {
	order := []Status{OK, Unknown, Found}
	worst := OK
	for _, b := range r.Buckets {
		worst = slices.MaxFunc([]Status{worst, b.Status()}, func(x, y Status) int {
			return cmp.Compare(slices.Index(order, x), slices.Index(order, y))
		})
	}
	if len(r.Buckets) == 0 {
		return Unknown
	}
	return worst
}

func newFinding(rule check.Rule, address, message string) Finding {
	return Finding{Finding: check.Finding{
		Rule: rule.Name, Address: address, Message: check.Printable(message), Reason: rule.Reason, Source: rule.Source,
	}}
}
