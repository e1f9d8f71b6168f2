package dataset

import (
	"context"
	"slices"
	"time"

	"datalock/dataset/internal/store"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A RenewPolicy says how long datasets should stay locked.
type RenewPolicy struct {
	// KeepDays is the length of the lock after a renewal, in days.
	KeepDays int
	// WhenLeftDays is the number of remaining days below which a renewal is
	// due.
	WhenLeftDays int
}

// Due reports whether a dataset whose first lock ends at the given time must be
// renewed. It is pure: now is S3's time.
func (p RenewPolicy) Due(ends, now time.Time) bool {
	return ends.Before(now.AddDate(0, 0, p.WhenLeftDays))
}

// A DueDataset is a dataset that must be renewed.
type DueDataset struct {
	Summary
	Policy RenewPolicy
}

// ListDue lists the datasets of a bucket that are due by the policy of their
// prefix, those whose locks end first at the beginning. It reads what [List] does
// and ignores records that can't be read. If a dataset isn't due according to a record,
// it reads the locks of the manifest and of some versions, and ignores the record if
// they don't keep it. Datasets with a policy whose manifest or locks couldn't be read
// are returned in unread.
func ListDue(
	ctx context.Context,
	client *s3.Client,
	bucket string,
	policyOf func(prefix string) (RenewPolicy, bool),
) (due []DueDataset, unread []Summary, err error) {
	all, skew, err := list(ctx, client, bucket)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now().Add(skew).UTC()
	s := store.Store{Client: client, Bucket: bucket}
	for _, d := range all {
		policy, ok := policyOf(d.Prefix)
		if ok && policy.Due(d.Retention.Earliest, now) && !policy.Due(d.Ends(), now) {
			of, err := sampleLocks(ctx, s, d.Location, d.version, d.shards)
			if err == nil {
				d.promises, err = heldOrLonger(ctx, s, d.promises)
			}
			if ctx.Err() != nil {
				return nil, nil, context.Cause(ctx)
			}
			if err != nil {
				d.Problem = err.Error()
				unread = append(unread, d)
				continue
			}
			d.RenewedUntil = lastKept(d.promises, of.ends)
		}
		switch {
		case !ok:
		case d.RootDigest == "" || d.Retention.Earliest.IsZero():
			unread = append(unread, d)
		case policy.Due(d.Ends(), now):
			due = append(due, DueDataset{d, policy})
		}
	}
	slices.SortStableFunc(due, func(a, b DueDataset) int { return a.Ends().Compare(b.Ends()) })
	return due, unread, nil
}
