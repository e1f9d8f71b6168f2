package audit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"datalock/dataset"
	"datalock/internal/check"
	"datalock/internal/inspect"
)

// A Dataset is a dataset in the bucket, as described by its manifest and renewal
// records. The audit doesn't verify it; datalock verify does.
type Dataset struct {
	Location   string `json:"location"`
	RootDigest string `json:"rootDigest,omitempty"`
	Files      int64  `json:"files"`
	Bytes      int64  `json:"bytes"`
	// LockedUntil is when its first lock ends, according to the manifest or the
	// latest renewal.
	LockedUntil  *time.Time `json:"lockedUntil,omitempty"`
	RenewedUntil *time.Time `json:"renewedUntil,omitempty"`
	Signed       bool       `json:"signed"`
	// SignatureUnread says that a signature couldn't be read, so that Signed isn't known.
	SignatureUnread bool `json:"signatureUnread,omitempty"`
	// Verified is the latest verification passed to the audit, or nil. The bucket
	// doesn't keep verifications.
	Verified *Verified `json:"verified,omitempty"`
	// Problem is why the manifest or a record couldn't be read, or empty.
	Problem string `json:"problem,omitempty"`
}

func (a *auditor) datasets(ctx context.Context) {
	a.part("datasets", func() (string, error) {
		all, err := dataset.List(ctx, a.S3, a.Bucket)
		if err != nil {
			return "", inspect.Asked("s3:ListBucketVersions", err)
		}
		problems := 0
		for _, d := range all {
			one := Dataset{
				Location: d.String(), RootDigest: d.RootDigest, Files: d.Files, Bytes: d.Bytes,
				RenewedUntil: d.RenewedUntil, Signed: d.Signed, SignatureUnread: d.SignatureUnread,
				Problem: check.Printable(cmp.Or(d.Problem, d.RecordProblem)),
			}
			if ends := d.Ends(); !ends.IsZero() {
				one.LockedUntil = &ends
			}
			one.Verified = latest(a.Verified, d)
			if one.Problem != "" {
				problems++
			}
			a.b.Datasets = append(a.b.Datasets, one)
		}
		if problems > 0 {
			return "", fmt.Errorf("%s couldn't be read: %s", counted(int64(problems), "dataset"), a.problem())
		}
		return counted(int64(len(all)), "dataset"), nil
	})
}

// problem returns the first problem with a dataset.
func (a *auditor) problem() string {
	for _, d := range a.b.Datasets {
		if d.Problem != "" {
			return d.Location + ": " + d.Problem
		}
	}
	return ""
}
