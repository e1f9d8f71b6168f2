package settings

import (
	"fmt"
	"strconv"
)

// DefaultEvidenceDays is how long reports are kept if the settings don't say.
const DefaultEvidenceDays = 365

// Evidence is a second bucket of the stack, for what AWS services and datalock
// report about the first: inventories, access logs, and the manifests and
// reports of S3 Batch Operations. It has no Object Lock, because server access
// logs can't be delivered to a bucket with it; its policy denies deletions
// instead.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
type Evidence struct {
	// Name is the evidence bucket's full name; empty means the data bucket's
	// name and [EvidenceSuffix].
	Name string
	// ExpirationDays is the age in days at which a report expires.
	ExpirationDays int
}

// Key prefixes in the evidence bucket.
const (
	// BatchManifests has the manifests of S3 Batch Operations jobs.
	BatchManifests = "batch-manifests/"
	// BatchReports has the reports of those jobs.
	BatchReports = "batch-reports/"
)

// EvidenceSuffix is the suffix of the evidence bucket's default name.
const EvidenceSuffix = "-evidence"

// EvidenceName returns the name of the evidence bucket beside the data bucket
// with the given name, or "" if there is none.
func (b Bucket) EvidenceName(bucket string) string {
	switch {
	case b.Evidence == nil:
		return ""
	case b.Evidence.Name != "":
		return b.Evidence.Name
	}
	return bucket + EvidenceSuffix
}

func decodeEvidence(r *reader) *Evidence {
	e := &Evidence{ExpirationDays: DefaultEvidenceDays}
	r.str("name", &e.Name)
	r.integer("expirationDays", &e.ExpirationDays)
	r.done()
	return e
}

func (b Bucket) validateEvidence(path, stack string) Mistakes {
	e := b.Evidence
	if e == nil {
		return nil
	}
	ms := b.validatePartName(join(path, "name"), stack, e.Name, EvidenceSuffix)
	if days := e.ExpirationDays; days < 1 || days > MaximumLifecycleDays {
		ms.add(join(path, "expirationDays"), strconv.Itoa(days),
			fmt.Sprintf("must be a whole number from 1 to %d", MaximumLifecycleDays),
			`write an age in days, such as "expirationDays": 365`)
	} else if b.Lifecycle.Disabled && days != DefaultEvidenceDays {
		ms.add(join(path, "expirationDays"), strconv.Itoa(days),
			`has no effect, because "lifecycle" is disabled: the reports never expire`,
			`remove the key, or "enabled": false from the bucket's "lifecycle"`)
	}
	return ms
}

// requiresEvidence returns a mistake if a setting whose reports go to the
// evidence bucket is on without one.
func (b Bucket) requiresEvidence(path, what string) Mistakes {
	if b.Evidence != nil {
		return nil
	}
	return mistake(path, "", "requires \"evidence\", the bucket for "+what,
		`set "evidence": {} in the same bucket, or remove the key`)
}
