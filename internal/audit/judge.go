package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// staleInventory is the age above which a weekly inventory should have been
// followed by a newer one. The versions in it are then unknown.
const staleInventory = 9 * 24 * time.Hour

// judge turns the counts into parts and findings.
func (a *auditor) judge(ctx context.Context, t *tally) {
	r := &t.result
	r.Ends = histogram(t.days)
	a.b.Versions = r
	a.part("locks of versions", func() (string, error) { return a.locks(t) })
	a.part("legal holds", func() (string, error) {
		if err := a.holdsShow(ctx, t); err != nil {
			return "", err
		}
		return counted(r.LegalHolds, "version") + " under a legal hold", nil
	})
	a.part("noncurrent and hidden versions", func() (string, error) {
		if t.newestOnly {
			return "", errors.New("the inventory lists only the newest versions; configure one of all versions")
		}
		if a.Wanted.WriteOnce {
			a.about(t, shadowed, "version", "noncurrent, which writeOnce excludes")
		}
		if a.Wanted.DeleteMarkers == settings.DenyDeleteMarkers {
			a.about(t, hidden, "key", "hidden by a delete marker")
		}
		return fmt.Sprintf("%s noncurrent, %s hidden by a delete marker",
			counted(r.Noncurrent, "version"), counted(r.HiddenKeys, "key")), nil
	})
	a.part("checksums", func() (string, error) {
		if len(t.lacks) > 0 {
			return "", fmt.Errorf("the inventory lacks %v; add the optional field to its configuration", t.lacks)
		}
		return counted(r.WithoutChecksum, "version") + " without a checksum beside the ETag", nil
	})
	if t.gone > 0 {
		a.note("%s gone when asked for the lock, after the listing had it", counted(t.gone, "version"))
	}
}

func (a *auditor) locks(t *tally) (string, error) {
	r := &t.result
	without := "without a lock"
	if t.noEventHolds {
		without = "without a retention or a legal hold; an inventory doesn't show event holds"
	}
	if r.EndedLocks > 0 {
		without += fmt.Sprintf(" (the retention of %d has ended)", r.EndedLocks)
	}
	a.about(t, unlocked, "version", without)
	if a.Wanted.Retention.Mode == settings.Compliance {
		a.about(t, weakerMode, "version", "in GOVERNANCE mode; "+a.says()+" say COMPLIANCE")
	}
	a.about(t, endsSoon, "version", "whose retention ends within "+counted(int64(a.WarnDays), "day"))
	a.about(t, eventHold, "version", "under an event hold, which has no end yet")
	if r.Unknown > 0 {
		return "", fmt.Errorf("the locks of %s aren't known: %s", counted(r.Unknown, "version"), inspect.Why(t.unknown))
	}
	return fmt.Sprintf("%d in COMPLIANCE mode, %d in GOVERNANCE mode, %d without a lock",
		r.Compliance, r.Governance, r.Unlocked), nil
}

// about adds a finding about the versions counted for a rule, if there are any.
func (a *auditor) about(t *tally, rule, noun, what string) {
	n := t.counts[rule]
	if n == 0 {
		return
	}
	f := newFinding(named(rule), "s3://"+a.Bucket, counted(n, noun)+" "+what)
	f.Count, f.Examples = n, t.examples[rule]
	slices.SortFunc(f.Examples, func(x, y Example) int {
		return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.VersionID, y.VersionID))
	})
	a.b.Findings = append(a.b.Findings, f)
}

// holdsShow returns why legal holds can't be read. HEAD omits them if the caller
// may not read them, so the hold of one version is requested even if all show one.
func (a *auditor) holdsShow(ctx context.Context, t *tally) error {
	if t.holdUnknown != nil || t.fromInventory || t.sample == nil {
		return t.holdUnknown
	}
	_, err := a.S3.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{
		Bucket: &a.Bucket, Key: &t.sample.Key, VersionId: &t.sample.ID,
	})
	if inspect.None(err) {
		return nil
	}
	return inspect.Asked("s3:GetObjectLegalHold", err)
}
