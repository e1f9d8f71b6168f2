package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"datalock/settings"
)

// A Permanence is one lock that can't be undone once the plan is applied.
type Permanence struct {
	// Address is the address of the resource with the lock.
	Address string `json:"address"`
	// Bucket is the bucket's name or prefix, or empty if neither is known; Key is the
	// object's key if the lock is an object's.
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key,omitempty"`
	// Change says whether the lock is new or lengthened.
	Change string `json:"change"`
	Mode   string `json:"mode"`
	// Days is the default retention of new versions and Before what it was, 0
	// for none. An object's lock has only Until.
	Days   float64 `json:"days,omitempty"`
	Before float64 `json:"daysBefore,omitempty"`
	// Until is the day in UTC until which an object written on the day of the
	// check can't be deleted.
	Until string `json:"until"`
	// CeilingDays is the longest retention that the bucket policy or S3 allows;
	// 0 if the policy isn't known.
	CeilingDays float64 `json:"ceilingDays,omitempty"`
	// Cost is the least that storing the expected data until then costs.
	Cost *Cost `json:"cost,omitempty"`
	// Says is the whole in words.
	Says string `json:"says"`
}

// A Cost is in US dollars, at a price for one TB for a month.
type Cost struct {
	TB              float64 `json:"tb"`
	PricePerTBMonth float64 `json:"pricePerTBMonth"`
	DefaultPrice    bool    `json:"defaultPrice"`
	Dollars         float64 `json:"dollars"`
}

// permanent returns the locks that applying the plan on the day of now creates
// or lengthens, compared with what Terraform found.
func (s *Subject) permanent(declared settings.Settings, now time.Time) []Permanence {
	all := []Permanence{}
	if s.Kind != Plan {
		return all
	}
	s.comparedWithFound(func() {
		locks := s.lockings()
		for _, l := range locks {
			if p, is := s.permanentLock(l, declared, now); is {
				all = append(all, p)
			}
		}
		for _, r := range s.resources {
			if p, is := permanentObject(r); is {
				all = append(all, p)
			} else if p, is := permanentByDefault(r, locks, now); is {
				all = append(all, p)
			}
		}
	})
	return all
}

func (s *Subject) permanentLock(l locking, declared settings.Settings, now time.Time) (Permanence, bool) {
	before, after := retentionOf(l.before), retentionOf(l.after)
	b := l.at.bucketOrSelf()
	if l.at.gone || b != nil && b.replaced() {
		before = retention{}
	}
	unknown := l.unknownIn("rule")
	if !unknown && after.days <= 0 {
		return l.switchedOn(b)
	}
	harder := before.mode != "COMPLIANCE" && after.mode == "COMPLIANCE"
	if !unknown && after.days <= before.days && !harder {
		return Permanence{}, false
	}
	p := Permanence{
		Address: Printable(l.at.address), Bucket: Printable(l.at.bucketKnownAs()),
		Change: "makes", Mode: Printable(after.mode), Days: after.days,
		CeilingDays: s.ceilingOf(l.at),
	}
	if before.days > 0 && !harder {
		p.Change, p.Before = "lengthens", before.days
	}
	if unknown {
		p.Days, p.Says = 0, "the plan locks new versions for a time or in a mode that isn't known before the apply"
		return p, true
	}
	if after.days > settings.MaximumDays {
		p.Says = fmt.Sprintf("%sthe plan locks new versions for %s. S3 allows %s at most and refuses it.",
			about(p.Bucket), days(p.Days), days(settings.MaximumDays))
		return p, true
	}
	p.Until = now.UTC().AddDate(0, 0, int(after.days)).Format(time.DateOnly)
	p.Cost = s.costOf(l.at, after.days, declared)
	p.Says = p.words(now)
	if l.at.bucketImported() {
		p.Says += " Versions that the bucket has already don't get this retention."
	}
	return p, true
}

// switchedOn returns what a lock without a default retention makes permanent: that
// its bucket has Object Lock.
func (l locking) switchedOn(b *resource) (Permanence, bool) {
	made := b != nil && (b.before == nil || b.replaced())
	on := l.at.kind == lockType || boolAt(b.after, "object_lock_enabled") || lockedInline(b.after)
	had := b != nil && boolAt(b.before, "object_lock_enabled")
	if !on || !made && (had || l.before != nil) {
		return Permanence{}, false
	}
	name := Printable(l.at.bucketKnownAs())
	return Permanence{
		Address: Printable(l.at.address), Bucket: name, Change: "makes",
		Says: about(name) + "Object Lock is switched on, without a default retention. It can't be switched off again, and " +
			"versioning can't be suspended.",
	}, true
}

// words describes a default retention to the reviewer of the plan.
func (p Permanence) words(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%snew versions are locked in %s mode for %s", about(p.Bucket), p.Mode, days(p.Days))
	if p.Before > 0 {
		b.WriteString(" instead of " + days(p.Before))
	}
	fmt.Fprintf(&b, ". %s can delete a version written on %s before %s.",
		who(p.Mode), now.UTC().Format(time.DateOnly), p.Until)
	switch {
	case p.CeilingDays == 0:
		b.WriteString(" How long a writer may lock a version isn't known, because the policy isn't.")
	case p.CeilingDays >= settings.MaximumDays:
		fmt.Fprintf(&b, " No statement limits for everybody how long a version may be locked: S3's own limit is %s.",
			days(settings.MaximumDays))
	default:
		fmt.Fprintf(&b, " A writer may lock a version for up to %s.", days(p.CeilingDays))
	}
	if p.Change == "makes" {
		b.WriteString(" Object Lock can't be switched off again, and versioning can't be suspended.")
	}
	if c := p.Cost; c != nil {
		fmt.Fprintf(&b, " %s TB cost at least %s US dollars until then, if a TB costs %s a month",
			plain(c.TB), plain(math.Round(c.Dollars)), plain(c.PricePerTBMonth))
		if c.DefaultPrice {
			b.WriteString(": the default of check.pricePerTBMonth, not looked up; set yours")
		}
		b.WriteString(".")
	}
	return b.String()
}

// permanentObject returns the lock that the apply creates or lengthens on an
// object.
func permanentObject(r *resource) (Permanence, bool) {
	if !isObject(r.kind) {
		return Permanence{}, false
	}
	was, is := text(r.before, "object_lock_retain_until_date"), text(r.after, "object_lock_retain_until_date")
	mode := text(r.after, "object_lock_mode")
	harder := mode == "COMPLIANCE" && text(r.before, "object_lock_mode") != mode
	until, err := time.Parse(time.RFC3339, is)
	if err != nil || was != "" && notEarlier(is, was) && !harder {
		return Permanence{}, false
	}
	p := Permanence{
		Address: Printable(r.address), Bucket: Printable(r.bucketKnownAs()), Key: Printable(text(r.after, "key")),
		Change: "makes", Mode: Printable(mode),
		Until: until.UTC().Format(time.DateOnly),
	}
	if was != "" && !harder {
		p.Change = "lengthens"
	}
	p.Says = fmt.Sprintf("%sthe object %s is locked in %s mode. %s can delete this version before %s.",
		about(p.Bucket), p.Key, p.Mode, who(mode), p.Until)
	return p, true
}

// permanentByDefault returns the lock that a new object gets from the default
// retention of its bucket.
func permanentByDefault(r *resource, locks []locking, now time.Time) (Permanence, bool) {
	if !isObject(r.kind) || !r.creates() || r.bucket == nil || text(r.after, "object_lock_retain_until_date") != "" {
		return Permanence{}, false
	}
	for _, l := range locks {
		is := retentionOf(l.after)
		if l.at.bucketOrSelf() != r.bucket || l.unknownIn("rule") || is.days <= 0 || is.days > settings.MaximumDays {
			continue
		}
		p := Permanence{
			Address: Printable(r.address), Bucket: Printable(r.bucketKnownAs()), Key: Printable(text(r.after, "key")),
			Change: "makes", Mode: Printable(is.mode), Until: now.UTC().AddDate(0, 0, int(is.days)).Format(time.DateOnly),
		}
		p.Says = fmt.Sprintf("%sthe object %s gets the default retention: it is locked in %s mode for %s. "+
			"%s can delete a version written on %s before %s.", about(p.Bucket), p.Key, p.Mode, days(is.days), who(is.mode),
			now.UTC().Format(time.DateOnly), p.Until)
		return p, true
	}
	return Permanence{}, false
}

// who returns who can delete a version before its retention ends.
func who(mode string) string {
	if mode == "COMPLIANCE" {
		return "Nobody"
	}
	return "Only those with s3:BypassGovernanceRetention"
}

// about begins a sentence about a bucket, if its name is known.
func about(bucket string) string {
	if bucket == "" {
		return ""
	}
	return bucket + ": "
}

// bucketKnownAs returns a bucket's name, or else its prefix, or "".
func (r *resource) bucketKnownAs() string {
	if name := r.bucketName(); name != "" {
		return name
	}
	b := r
	if r.bucket != nil {
		b = r.bucket
	}
	if prefix := text(b.after, "bucket_prefix"); prefix != "" {
		return prefix + "…"
	}
	return ""
}

// costOf returns the cost of the data that the settings expect in a bucket, or
// nil if they have no expectedTB for it.
func (s *Subject) costOf(r *resource, days float64, declared settings.Settings) *Cost {
	_, own := s.stackOf(r, declared)
	if own.ExpectedTB == 0 {
		return nil
	}
	price, byDefault := declared.Check.Price()
	dollars := own.ExpectedTB * price * days * 12 / 365
	return &Cost{TB: own.ExpectedTB, PricePerTBMonth: price, DefaultPrice: byDefault, Dollars: dollars}
}

// plain writes a number without an exponent.
func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func days(n float64) string {
	if n == 1 {
		return "1 day"
	}
	return plain(n) + " days"
}
