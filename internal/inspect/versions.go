package inspect

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"path"
	"time"

	"datalock/internal/inventory"
	"datalock/internal/s3list"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// A Version is a version or a delete marker, with what is known of it.
type Version struct {
	Key, ID        string
	Size           int64
	Latest, Marker bool
	// Mode and Until are its retention, empty if there is none.
	Mode  string
	Until time.Time
	// Hold is a legal hold, EventHold an event hold.
	Hold, EventHold bool
	// Checksum is the algorithm of the checksum that S3 keeps.
	Checksum string
	// Gone is set if it was deleted after it was listed; Unknown is why its lock
	// isn't known.
	Gone    bool
	Unknown error
	// HoldUnknown is why it isn't known whether a version whose retention is in force
	// is also under a legal hold.
	HoldUnknown error
}

// Holds reports whether the version has a retention that hasn't ended, or a
// hold.
func (v Version) Holds(now time.Time) bool {
	return v.Mode != "" && v.Until.After(now) || v.Hold || v.EventHold
}

// A Scan reads the versions of a bucket.
type Scan struct {
	Bucket
	// Inventory is the manifest of an S3 Inventory report to read the versions
	// from, or the folder of its reports; empty for a listing, and a HEAD of
	// each version. The scan sets it to the manifest that it read.
	Inventory string
	// Jobs is the number of concurrent requests, Rate the limit of HEADs per
	// second, 0 for none.
	Jobs int
	Rate float64
	// NoLocks is set if the bucket has no Object Lock, so that no locks are read.
	NoLocks bool
	// Progress, if not nil, is called now and then.
	Progress func()

	// The scan sets these for an inventory: the time it was taken, whether it
	// lists only the newest versions, and whether it lacks checksums.
	Taken      *time.Time
	NewestOnly bool
	Lacks      []inventory.Field
	// NoEventHolds is set if the inventory has no column for event holds.
	NoEventHolds bool

	limiter *rate.Limiter
}

// Each calls add for every version and delete marker, concurrently.
func (s *Scan) Each(ctx context.Context, add func(Version)) error {
	if s.Inventory != "" {
		return s.scan(ctx, s.inventory(ctx), nil, add)
	}
	return s.scan(ctx, s.listing(ctx), s.heads, add)
}

// pageSize is the most versions that a page of a listing has.
const pageSize = 1000

// scan calls add for every version of a source, after reading its lock.
func (s *Scan) scan(
	ctx context.Context, source iter.Seq2[Version, error], lock func(context.Context) func(*Version), add func(Version),
) error {
	s.limiter = rate.NewLimiter(rate.Inf, 1)
	if s.Rate > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(s.Rate), max(1, int(s.Rate/10)))
	}
	group, ctx := errgroup.WithContext(ctx)
	// The channel has room for the next page, so that the workers don't wait while
	// it is listed.
	work := make(chan Version, 2*pageSize)
	group.Go(func() error {
		defer close(work)
		n := 0
		for v, err := range source {
			if err != nil {
				return err
			}
			if n++; s.Progress != nil && n%256 == 0 {
				s.Progress()
			}
			if v.Marker || lock == nil || s.NoLocks {
				add(v)
				continue
			}
			select {
			case work <- v:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	if lock == nil {
		return group.Wait()
	}
	for range max(s.Jobs, 1) {
		group.Go(func() error {
			ask := lock(ctx)
			for v := range work {
				ask(&v)
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				add(v)
			}
			return nil
		})
	}
	return group.Wait()
}

// listing lists all versions and delete markers.
func (s *Scan) listing(ctx context.Context) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		for page, err := range s3list.Versions(ctx, s.S3, s3.ListObjectVersionsInput{Bucket: &s.Name}) {
			if err != nil {
				yield(Version{}, Asked("s3:ListBucketVersions", err))
				return
			}
			for _, v := range page.Versions {
				one := Version{
					Key: aws.ToString(v.Key), ID: aws.ToString(v.VersionId), Size: aws.ToInt64(v.Size),
					Latest: aws.ToBool(v.IsLatest),
				}
				for _, algorithm := range v.ChecksumAlgorithm {
					one.Checksum = string(algorithm)
				}
				if !yield(one, nil) {
					return
				}
			}
			for _, m := range page.DeleteMarkers {
				if !yield(Version{
					Key: aws.ToString(m.Key), ID: aws.ToString(m.VersionId),
					Latest: aws.ToBool(m.IsLatest), Marker: true,
				}, nil) {
					return
				}
			}
		}
	}
}

// inventory reads the versions from a report.
func (s *Scan) inventory(ctx context.Context) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		report, err := s.openInventory(ctx)
		if err != nil {
			yield(Version{}, err)
			return
		}
		s.Taken, s.Lacks, s.NewestOnly = &report.Taken, report.Lacks(inventory.Checksum), !report.AllVersions()
		s.NoEventHolds = len(report.Lacks(inventory.EventHold)) > 0
		for row, err := range report.Rows(ctx) {
			v := Version{
				Key: row.Key, ID: row.VersionID, Size: row.Size,
				Latest: row.Latest || s.NewestOnly, Marker: row.DeleteMarker,
				Mode: row.Mode, Until: row.RetainUntil, Hold: row.LegalHold, EventHold: row.EventHold, Checksum: row.Checksum,
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

func (s *Scan) openInventory(ctx context.Context) (*inventory.Inventory, error) {
	location, err := inventory.Latest(ctx, s.S3, s.Inventory)
	if err != nil {
		return nil, err
	}
	s.Inventory = location
	report, err := inventory.Open(ctx, inventory.FromS3(s.S3), location)
	if err != nil {
		return nil, err
	}
	if report.Source != s.Name {
		return nil, fmt.Errorf("the inventory %s is of bucket %s", location, report.Source)
	}
	if lacks := report.Lacks(inventory.Mode, inventory.RetainUntil, inventory.LegalHold); len(lacks) > 0 {
		return nil, fmt.Errorf("the inventory %s lacks %v; add these optional fields to its configuration",
			location, lacks)
	}
	return report, nil
}

// heads returns a function that reads the lock of a version. HEAD omits a legal
// hold both if there is none and if the caller may not read it. So the hold of a
// version that seems to have none is requested; if the version has a retention in
// force, only for the first of those that follow each other in a folder, as
// permissions seldom differ within one. A large folder then takes few more requests.
func (s *Scan) heads(ctx context.Context) func(*Version) {
	readable := "" // the last folder in which a hold could be read, with a slash in front
	return func(v *Version) {
		if err := s.limiter.Wait(ctx); err != nil {
			return // the context is done
		}
		input := &s3.HeadObjectInput{Bucket: &s.Name, Key: &v.Key, VersionId: &v.ID}
		out, err := s.S3.HeadObject(ctx, input)
		if err != nil {
			v.Gone, v.Unknown = Status(err) == http.StatusNotFound, Asked("s3:GetObjectVersion", err)
			return
		}
		v.Mode, v.Until = string(out.ObjectLockMode), aws.ToTime(out.ObjectLockRetainUntilDate).UTC()
		v.Hold = out.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn
		v.EventHold = out.ObjectLockEventHold == types.ObjectLockEventHoldOn
		if v.Mode == "" && !v.EventHold {
			s.confirmRetention(ctx, v)
		}
		folder := path.Dir("/" + v.Key)
		locked := v.EventHold || v.Mode != "" && v.Until.After(time.Now())
		if v.Unknown != nil || out.ObjectLockLegalHoldStatus != "" || locked && folder == readable {
			return
		}
		switch err := s.confirmHold(ctx, v); {
		case err == nil:
			readable = folder
		case locked:
			v.HoldUnknown = err
		default:
			v.Unknown = err
		}
	}
}

// confirmRetention requests the retention of a version whose HEAD shows none: HEAD
// omits what the caller may not read.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (s *Scan) confirmRetention(ctx context.Context, v *Version) {
	out, err := s.S3.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{
		Bucket: &s.Name, Key: &v.Key, VersionId: &v.ID,
	})
	switch {
	case None(err):
	case err != nil:
		v.Unknown = Asked("s3:GetObjectRetention", err)
	case out.Retention != nil:
		v.Mode, v.Until = string(out.Retention.Mode), aws.ToTime(out.Retention.RetainUntilDate).UTC()
		v.EventHold = out.Retention.EventHold == types.ObjectLockEventHoldOn
	}
}

// confirmHold requests the legal hold of a version whose HEAD shows none.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (s *Scan) confirmHold(ctx context.Context, v *Version) error {
	hold, err := s.S3.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{
		Bucket: &s.Name, Key: &v.Key, VersionId: &v.ID,
	})
	switch {
	case None(err):
		return nil
	case err != nil:
		return Asked("s3:GetObjectLegalHold", err)
	}
	v.Hold = hold.LegalHold != nil && hold.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
	return nil
}

// None reports whether an error says that a version has no such lock.
func None(err error) bool {
	switch Code(err) {
	case "NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError":
		return true
	case "InvalidRequest": // the bucket has no Object Lock
		return Status(err) == http.StatusBadRequest
	}
	return false
}
