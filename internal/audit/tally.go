package audit

import (
	"fmt"
	"sync"
	"time"

	"datalock/internal/check"
	"datalock/internal/inspect"
	"datalock/internal/inventory"

	"github.com/dustin/go-humanize"
)

// Versions are counts of the versions of a bucket.
type Versions struct {
	// Source is the inventory's manifest, or empty for a listing; Taken is the
	// time of the inventory.
	Source string     `json:"inventory,omitempty"`
	Taken  *time.Time `json:"inventoryTaken,omitempty"`
	// Versions and Bytes count versions that aren't delete markers.
	Versions      int64 `json:"versions"`
	Bytes         int64 `json:"bytes"`
	DeleteMarkers int64 `json:"deleteMarkers"`
	// Compliance and Governance have a retention that hasn't ended; EndedLocks
	// have one that has.
	Compliance int64 `json:"compliance"`
	Governance int64 `json:"governance"`
	EndedLocks int64 `json:"endedLocks"`
	LegalHolds int64 `json:"legalHolds"`
	EventHolds int64 `json:"eventHolds"`
	// Unlocked have no retention, or one that has ended, and no hold.
	Unlocked int64 `json:"unlocked"`
	// Noncurrent versions are older than a version or delete marker of the same
	// key. HiddenKeys are keys whose newest version is a delete marker.
	Noncurrent int64 `json:"noncurrent"`
	HiddenKeys int64 `json:"hiddenKeys"`
	// WithoutChecksum have no checksum in S3 other than the ETag.
	WithoutChecksum int64 `json:"withoutChecksum"`
	// Unknown are versions whose lock couldn't be read.
	Unknown int64 `json:"unknown"`
	// NextEnd is the version whose lock ends next, NextAt when it does.
	NextEnd *Example   `json:"nextEnd,omitempty"`
	NextAt  *time.Time `json:"nextEndAt,omitempty"`
	// Ends is the histogram of the ends of locks.
	Ends Histogram `json:"ends"`
}

// Summary returns the counts in one line.
func (v Versions) Summary() string {
	text := fmt.Sprintf("%s, %s, %s", counted(v.Versions, "version"), humanize.IBytes(uint64(v.Bytes)),
		counted(v.DeleteMarkers, "delete marker"))
	if v.Taken != nil {
		text += ", as of " + v.Taken.Format(time.RFC3339)
	}
	return text
}

// mostExamples is the limit of examples for each finding.
const mostExamples = 100

// A tally counts versions. Its memory doesn't depend on their number.
type tally struct {
	mu          sync.Mutex
	now         time.Time
	soon        time.Time
	result      Versions
	days        map[int64]*day // by day since 1970, UTC
	examples    map[string][]Example
	counts      map[string]int64
	unknown     error            // the first reason for an unknown lock
	holdUnknown error            // why the hold of a version isn't known
	sample      *inspect.Version // a version that isn't a delete marker
	gone        int64            // versions deleted since the listing
	// fromInventory is set for an inventory, which may have only the newest
	// versions or lack fields.
	fromInventory, newestOnly bool
	// noEventHolds is set if the inventory doesn't show event holds.
	noEventHolds bool
	lacks        []inventory.Field
}

func newTally(now time.Time, warnDays int) *tally {
	return &tally{
		now: now, soon: now.AddDate(0, 0, warnDays), days: map[int64]*day{},
		examples: map[string][]Example{}, counts: map[string]int64{},
	}
}

// read records the inventory that a scan read, if any.
func (t *tally) read(s *inspect.Scan) {
	if s.Inventory == "" {
		return
	}
	t.fromInventory, t.newestOnly, t.lacks, t.noEventHolds = true, s.NewestOnly, s.Lacks, s.NoEventHolds
	t.result.Source, t.result.Taken = s.Inventory, s.Taken
}

func (t *tally) seen() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.result.Versions + t.result.DeleteMarkers
}

// add counts a version.
func (t *tally) add(v inspect.Version) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &t.result
	if v.Gone {
		t.gone++
		return
	}
	if v.Marker {
		r.DeleteMarkers++
		if v.Latest {
			r.HiddenKeys++
			t.example(hidden, v, "the delete marker")
		}
		return
	}
	if t.sample == nil {
		t.sample = &v
	}
	r.Versions++
	r.Bytes += v.Size
	if !v.Latest {
		r.Noncurrent++
		t.example(shadowed, v, "")
	}
	if v.Checksum == "" {
		r.WithoutChecksum++
	}
	if v.Unknown != nil {
		r.Unknown++
		if t.unknown == nil {
			t.unknown = v.Unknown
		}
		return
	}
	if t.holdUnknown == nil {
		t.holdUnknown = v.HoldUnknown
	}
	t.lock(v)
}

// lock counts a version whose lock is known.
func (t *tally) lock(v inspect.Version) {
	r := &t.result
	holds := v.Mode != "" && v.Until.After(t.now)
	ended := v.Mode != "" && !v.Until.IsZero() && !holds
	if v.Hold {
		r.LegalHolds++
	}
	if v.EventHold {
		r.EventHolds++
		t.example(eventHold, v, "")
	}
	switch {
	case ended:
		r.EndedLocks++
	case holds && v.Mode == "GOVERNANCE":
		r.Governance++
		t.example(weakerMode, v, "GOVERNANCE until "+v.Until.Format(time.RFC3339))
	case holds:
		r.Compliance++
	}
	if holds {
		t.ends(v)
	}
	if v.Holds(t.now) {
		return
	}
	r.Unlocked++
	detail := "no retention"
	if ended {
		detail = "its retention ended at " + v.Until.Format(time.RFC3339)
	}
	t.example(unlocked, v, detail)
}

// ends counts a lock by its end.
func (t *tally) ends(v inspect.Version) {
	key := v.Until.Unix() / (24 * 60 * 60)
	if t.days[key] == nil {
		t.days[key] = &day{}
	}
	t.days[key].versions++
	t.days[key].bytes += v.Size
	r := &t.result
	if r.NextAt == nil || v.Until.Before(*r.NextAt) {
		until := v.Until
		r.NextAt, r.NextEnd = &until, &Example{Key: check.Printable(v.Key), VersionID: v.ID}
	}
	if !v.Until.After(t.soon) && !v.Hold && !v.EventHold {
		t.example(endsSoon, v, "until "+v.Until.Format(time.RFC3339))
	}
}

// example counts a version for a rule, and keeps the first as examples.
func (t *tally) example(rule string, v inspect.Version, detail string) {
	t.counts[rule]++
	if len(t.examples[rule]) < mostExamples {
		t.examples[rule] = append(t.examples[rule], Example{Key: check.Printable(v.Key), VersionID: v.ID, Detail: detail})
	}
}

// counted returns a number with its noun.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}
