package audit

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"datalock/internal/inventory"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// A version is a version or a delete marker, as far as it is known.
type version struct {
	Key, ID        string
	Size           int64
	Latest, Marker bool
	// Mode and Until are its retention, Ended if there is none.
	Mode  string
	Until time.Time
	// Hold is a legal hold, EventHold an event hold.
	Hold, EventHold bool
	// Checksum has the algorithms of the checksums that S3 keeps.
	Checksum string
	// Gone says that it was deleted after it was listed, Unknown why its lock
	// isn't known.
	Gone    bool
	Unknown error
}

// versions looks at every version.
func (a *auditor) versions(ctx context.Context) {
	source, lock := a.listing, a.heads
	if a.Inventory != "" {
		source, lock = a.inventory, nil
	}
	t := newTally(a.now, a.WarnDays)
	err := a.scan(ctx, source(ctx, t), lock, t)
	a.part("versions", func() (string, error) {
		if err != nil {
			return "", err
		}
		return t.result.Summary(), nil
	})
	if err != nil {
		return
	}
	a.judge(ctx, t)
}

// pageSize is how many versions a page of a listing has at most.
const pageSize = 1000

// scan adds every version to the tally, after its lock was asked for.
func (a *auditor) scan(
	ctx context.Context, source iter.Seq2[version, error], lock func(context.Context) func(*version), t *tally,
) error {
	group, ctx := errgroup.WithContext(ctx)
	// There is room for the page after the one that is being asked for, so that
	// nobody waits while it is listed.
	work := make(chan version, 2*pageSize)
	group.Go(func() error {
		defer close(work)
		n := 0
		for v, err := range source {
			if err != nil {
				return err
			}
			if n++; a.Progress != nil && n%256 == 0 {
				a.Progress(t.seen())
			}
			if v.Marker || lock == nil || a.unlocked {
				t.add(v)
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
	for range a.Jobs {
		group.Go(func() error {
			ask := lock(ctx)
			for v := range work {
				ask(&v)
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				t.add(v)
			}
			return nil
		})
	}
	return group.Wait()
}

// listing lists all versions and delete markers.
func (a *auditor) listing(ctx context.Context, _ *tally) iter.Seq2[version, error] {
	return func(yield func(version, error) bool) {
		pages := s3.NewListObjectVersionsPaginator(a.S3, &s3.ListObjectVersionsInput{
			Bucket: &a.Bucket, EncodingType: types.EncodingTypeUrl,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(version{}, asked("s3:ListBucketVersions", err))
				return
			}
			for _, v := range page.Versions {
				one := version{
					Key: decoded(page.EncodingType, v.Key), ID: aws.ToString(v.VersionId), Size: aws.ToInt64(v.Size),
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
				if !yield(version{
					Key: decoded(page.EncodingType, m.Key), ID: aws.ToString(m.VersionId),
					Latest: aws.ToBool(m.IsLatest), Marker: true,
				}, nil) {
					return
				}
			}
		}
	}
}

// decoded undoes the encoding that a listing says it has: a server may ignore
// the one that it was asked for.
func decoded(encoding types.EncodingType, key *string) string {
	if encoding == types.EncodingTypeUrl {
		if plain, err := url.QueryUnescape(aws.ToString(key)); err == nil {
			return plain
		}
	}
	return aws.ToString(key)
}

// inventory reads the versions from a report.
func (a *auditor) inventory(ctx context.Context, t *tally) iter.Seq2[version, error] {
	return func(yield func(version, error) bool) {
		report, err := a.openInventory(ctx)
		if err != nil {
			yield(version{}, err)
			return
		}
		t.result.Source, t.result.Taken = a.Inventory, &report.Taken
		t.fromInventory = true
		t.lacks = report.Lacks(inventory.Checksum)
		if !report.AllVersions() {
			t.newestOnly = true
		}
		for row, err := range report.Rows(ctx) {
			v := version{
				Key: row.Key, ID: row.VersionID, Size: row.Size,
				Latest: row.Latest || t.newestOnly, Marker: row.DeleteMarker,
				Mode: row.Mode, Until: row.RetainUntil, Hold: row.LegalHold, Checksum: row.Checksum,
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

func (a *auditor) openInventory(ctx context.Context) (*inventory.Inventory, error) {
	location, err := inventory.Latest(ctx, a.S3, a.Inventory)
	if err != nil {
		return nil, err
	}
	a.Inventory = location
	report, err := inventory.Open(ctx, inventory.FromS3(a.S3), location)
	if err != nil {
		return nil, err
	}
	if report.Source != a.Bucket {
		return nil, fmt.Errorf("the inventory %s is of bucket %s", location, report.Source)
	}
	if lacks := report.Lacks(inventory.Mode, inventory.RetainUntil, inventory.LegalHold); len(lacks) > 0 {
		return nil, fmt.Errorf("the inventory %s lacks %v; add these optional fields to its configuration",
			location, lacks)
	}
	return report, nil
}

// heads returns what asks for the lock of a version.
func (a *auditor) heads(ctx context.Context) func(*version) {
	limit := a.limit()
	return func(v *version) {
		if err := limit.Wait(ctx); err != nil {
			return // the context is done
		}
		input := &s3.HeadObjectInput{Bucket: &a.Bucket, Key: &v.Key, VersionId: &v.ID}
		out, err := a.S3.HeadObject(ctx, input)
		if err != nil {
			v.Gone, v.Unknown = status(err) == http.StatusNotFound, asked("s3:GetObjectVersion", err)
			return
		}
		v.Mode, v.Until = string(out.ObjectLockMode), aws.ToTime(out.ObjectLockRetainUntilDate).UTC()
		v.Hold = out.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn
		v.EventHold = out.ObjectLockEventHold == types.ObjectLockEventHoldOn
		if v.Mode == "" && !v.EventHold {
			a.confirm(ctx, v)
		}
	}
}

// limit is shared by all who ask.
func (a *auditor) limit() *rate.Limiter {
	a.once.Do(func() {
		a.limiter = rate.NewLimiter(rate.Inf, 1)
		if a.Rate > 0 {
			a.limiter = rate.NewLimiter(rate.Limit(a.Rate), max(1, int(a.Rate/10)))
		}
	})
	return a.limiter
}

// confirm asks for the retention and the hold of a version whose HEAD shows
// none: HEAD leaves out what the caller may not see.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (a *auditor) confirm(ctx context.Context, v *version) {
	out, err := a.S3.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{
		Bucket: &a.Bucket, Key: &v.Key, VersionId: &v.ID,
	})
	switch {
	case none(err):
	case err != nil:
		v.Unknown = asked("s3:GetObjectRetention", err)
		return
	case out.Retention != nil:
		v.Mode, v.Until = string(out.Retention.Mode), aws.ToTime(out.Retention.RetainUntilDate).UTC()
		v.EventHold = out.Retention.EventHold == types.ObjectLockEventHoldOn
	}
	if v.Hold || v.Mode != "" || v.EventHold {
		return
	}
	hold, err := a.S3.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{
		Bucket: &a.Bucket, Key: &v.Key, VersionId: &v.ID,
	})
	switch {
	case none(err):
	case err != nil:
		v.Unknown = asked("s3:GetObjectLegalHold", err)
	case hold.LegalHold != nil:
		v.Hold = hold.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
	}
}

// none reports whether an answer says that a version has no such lock.
func none(err error) bool {
	switch code(err) {
	case "NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError":
		return true
	case "InvalidRequest": // the bucket has no Object Lock
		return status(err) == http.StatusBadRequest
	}
	return false
}
