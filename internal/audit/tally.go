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

// Versions is what was seen of all versions of a bucket.
type Versions struct {
	// Source is the inventory's manifest, or empty for a listing; Taken is when
	// the inventory was.
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
	// Noncurrent have a newer version or a delete marker above them, HiddenKeys
	// have a delete marker as the newest.
	Noncurrent int64 `json:"noncurrent"`
	HiddenKeys int64 `json:"hiddenKeys"`
	// WithoutChecksum have no checksum that S3 keeps, beside the ETag.
	WithoutChecksum int64 `json:"withoutChecksum"`
	// Unknown are those whose lock couldn't be read.
	Unknown int64 `json:"unknown"`
	// NextEnd is the lock that ends next, and when.
	NextEnd *Example   `json:"nextEnd,omitempty"`
	NextAt  *time.Time `json:"nextEndAt,omitempty"`
	// Ends says how many locks end when.
	Ends Histogram `json:"ends"`
}

// Summary says it in a line.
func (v Versions) Summary() string {
	text := fmt.Sprintf("%s, %s, %s", counted(v.Versions, "version"), humanize.IBytes(uint64(v.Bytes)),
		counted(v.DeleteMarkers, "delete marker"))
	if v.Taken != nil {
		text += ", as of " + v.Taken.Format(time.RFC3339)
	}
	return text
}

// mostExamples are kept of each finding.
const mostExamples = 100

// A tally counts versions. Its memory doesn't depend on their number.
type tally struct {
	mu       sync.Mutex
	now      time.Time
	soon     time.Time
	result   Versions
	days     map[int64]*day // by day since 1970, UTC
	examples map[string][]Example
	counts   map[string]int64
	unknown  error            // the first reason
	sample   *inspect.Version // one that isn't a delete marker
	gone     int64            // since the listing
	// What an inventory doesn't have.
	fromInventory, newestOnly bool
	lacks                     []inventory.Field
}

func newTally(now time.Time, warnDays int) *tally {
	return &tally{
		now: now, soon: now.AddDate(0, 0, warnDays), days: map[int64]*day{},
		examples: map[string][]Example{}, counts: map[string]int64{},
	}
}

// read notes where a scan took the versions from.
func (t *tally) read(s *inspect.Scan) {
	if s.Inventory == "" {
		return
	}
	t.fromInventory, t.newestOnly, t.lacks = true, s.NewestOnly, s.Lacks
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

// example counts a version of a finding, and keeps the first.
func (t *tally) example(rule string, v inspect.Version, detail string) {
	t.counts[rule]++
	if len(t.examples[rule]) < mostExamples {
		t.examples[rule] = append(t.examples[rule], Example{Key: check.Printable(v.Key), VersionID: v.ID, Detail: detail})
	}
}

// counted writes a number of things.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}
