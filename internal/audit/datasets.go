package audit

import (
	"context"
	"fmt"
	"time"

	"datalock/dataset"
	"datalock/internal/check"
	"datalock/internal/inspect"
)

// A Dataset is one that was published in the bucket, as its manifest and the
// records of renewals say. Nothing of it is compared; datalock verify does that.
type Dataset struct {
	Location   string `json:"location"`
	RootDigest string `json:"rootDigest,omitempty"`
	Files      int64  `json:"files"`
	Bytes      int64  `json:"bytes"`
	// LockedUntil is when its first lock ends, by the manifest or the latest
	// renewal.
	LockedUntil  *time.Time `json:"lockedUntil,omitempty"`
	RenewedUntil *time.Time `json:"renewedUntil,omitempty"`
	Signed       bool       `json:"signed"`
	// Verified is the latest verification that was given; nil if none was: the
	// bucket keeps none.
	Verified *Verified `json:"verified,omitempty"`
	// Problem is why the manifest or a record couldn't be read, or empty.
	Problem string `json:"problem,omitempty"`
}

// datasets lists the datasets of the bucket.
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
				RenewedUntil: d.RenewedUntil, Signed: d.Signed, Problem: check.Printable(d.Problem),
			}
			if ends := d.Ends(); !ends.IsZero() {
				one.LockedUntil = &ends
			}
			one.Verified = latest(a.Verified, d)
			if d.Problem != "" {
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

// problem is the first.
func (a *auditor) problem() string {
	for _, d := range a.b.Datasets {
		if d.Problem != "" {
			return d.Location + ": " + d.Problem
		}
	}
	return ""
}
