package audit

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"
	"datalock/internal/inspect"
	"datalock/settings"
)

// TestTally judges versions that the local server can't hold.
func TestTally(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		v    inspect.Version
		want string // the rules, in order
	}{
		{"an event hold without an end", inspect.Version{EventHold: true, Mode: "COMPLIANCE", Latest: true}, "event-hold"},
		{
			"an event hold that ends soon",
			inspect.Version{EventHold: true, Mode: "COMPLIANCE", Until: now.AddDate(0, 0, 2), Latest: true},
			"event-hold",
		},
		{
			"ends on the last day",
			inspect.Version{Mode: "COMPLIANCE", Until: now.AddDate(0, 0, 30), Latest: true},
			"ends-soon",
		},
		{
			"ends a second later",
			inspect.Version{Mode: "COMPLIANCE", Until: now.AddDate(0, 0, 30).Add(time.Second), Latest: true},
			"",
		},
		{"ends now", inspect.Version{Mode: "COMPLIANCE", Until: now, Latest: true}, "unlocked"},
		{"ends in a second", inspect.Version{Mode: "COMPLIANCE", Until: now.Add(time.Second), Latest: true}, "ends-soon"},
		{"an older delete marker", inspect.Version{Marker: true}, ""},
		{"unknown", inspect.Version{Unknown: &inspect.Denied{Action: "s3:GetObjectRetention"}, Latest: true}, ""},
		{"gone", inspect.Version{Gone: true}, ""},
	} {
		tally := newTally(now, 30)
		tally.add(c.v)
		var got []string
		for _, rule := range Rules() {
			if tally.counts[rule.Name] > 0 {
				got = append(got, rule.Name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
}

// TestHistogram holds that every lock is in a bar, and that there are few bars.
func TestHistogram(t *testing.T) {
	today := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		unit string
		last time.Time
		bars int
	}{
		{"day", today, 1}, {"day", today.AddDate(0, 0, 35), 36}, {"month", today.AddDate(0, 0, 36), 3},
		{"month", today.AddDate(0, 35, 0), 36}, {"year", today.AddDate(3, 1, 0), 4}, {"year", today.AddDate(100, 0, 0), 101},
	} {
		days := map[int64]*day{
			today.Unix() / 86400: {versions: 1, bytes: 2}, c.last.AddDate(0, 0, -1).Unix() / 86400: {versions: 3, bytes: 4},
		}
		if c.last.Equal(today) {
			delete(days, c.last.AddDate(0, 0, -1).Unix()/86400)
		}
		days[c.last.Unix()/86400] = &day{versions: 5, bytes: 6}
		h := histogram(days)
		var versions, want int64
		for _, bar := range h.Bars {
			versions += bar.Versions
		}
		for _, d := range days {
			want += d.versions
		}
		if h.Unit != c.unit || len(h.Bars) != c.bars || versions != want {
			t.Errorf("until %s: %d bars by %s with %d of %d", c.last.Format(time.DateOnly), len(h.Bars), h.Unit, versions, want)
		}
	}
	if h := histogram(nil); h.Bars == nil || len(h.Bars) > 0 {
		t.Errorf("nothing ends: %+v", h)
	}
}

// TestRules holds that no rule has two names, and each its reason and source.
func TestRules(t *testing.T) {
	names := map[string]bool{}
	for _, r := range append(check.Rules(), Rules()...) {
		if names[r.Name] || r.Finds == "" || r.Reason == "" || !strings.HasPrefix(r.Source, "https://") {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
	}
}

// TestRuleNames holds the names that the settings take in exceptions to the
// rules, which the settings can't import.
func TestRuleNames(t *testing.T) {
	var names []string
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	declared := settings.AuditRuleNames()
	slices.Sort(names)
	slices.Sort(declared)
	if !slices.Equal(names, declared) {
		t.Errorf("the settings take the rules\n%v\nand there are\n%v", declared, names)
	}
}

// TestExceptions holds that an exception allows one rule at one address until
// its last day, that nothing is dropped, and what is noted of exceptions.
func TestExceptions(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	found := func(rule, address string) Finding {
		return Finding{Finding: check.Finding{Rule: rule, Address: address}}
	}
	except := func(rule, address, until string) settings.Exception {
		return settings.Exception{Rule: rule, Address: address, Reason: "why", Until: until}
	}
	whole := []Finding{
		found("unlocked", "s3://acme-data"), found("lifecycle-changed", lifecycleAddress),
		found("ownership", ownershipAddress),
	}
	for _, c := range []struct {
		name        string
		e           settings.Exception
		excepted    string
		note, inAll string // in a run of one stack, and of all
	}{
		{"of versions", except("unlocked", "s3://acme-data", "2026-11-26"), "unlocked", "", ""},
		{"of a resource", except("lifecycle-changed", lifecycleAddress, "2027-01-01"), "lifecycle-changed", "", ""},
		{"of check's rule", except("ownership", ownershipAddress, "2027-01-01"), "ownership", "", ""},
		{"another bucket", except("unlocked", "s3://acme-other", "2027-01-01"), "", "", "was not needed; remove it"},
		{"another rule", except("ends-soon", "s3://acme-data", "2027-01-01"), "", "", "was not needed; remove it"},
		{
			"expired",
			except("unlocked", "s3://acme-data", "2026-11-25"),
			"",
			"expired on 2026-11-25; remove it",
			"",
		},
		{"expired, of check's rule", except("ownership", ownershipAddress, "2026-11-25"), "", "expired on 2026-11-25", ""},
		{"expired, and not needed", except("hidden", "s3://acme-data", "2026-11-25"), "", "expired on 2026-11-25", ""},
		{"of check alone", except("destroyed", bucketAddress, "2027-01-01"), "", "", ""},
		{"of check alone, expired", except("destroyed", bucketAddress, "2026-11-25"), "", "", ""},
	} {
		b := Bucket{Name: "acme-data", Findings: slices.Clone(whole), Excepted: []Finding{}}
		for i := range b.Findings {
			b.Findings[i].Part = b.Findings[i].Rule
			b.Parts = append(b.Parts, Part{Name: b.Findings[i].Rule, Status: Found})
		}
		b.end([]settings.Exception{c.e}, now)
		for _, p := range b.Parts {
			if want := map[bool]Status{true: Excepted, false: Found}[p.Name == c.excepted]; p.Status != want {
				t.Errorf("%s: the part with %s is %s, want %s", c.name, p.Name, p.Status, want)
			}
		}
		if got := len(b.Findings) + len(b.Excepted); got != len(whole) {
			t.Errorf("%s: of %d findings there are %d", c.name, len(whole), got)
		}
		if c.excepted != "" && (len(b.Excepted) != 1 || b.Excepted[0].Rule != c.excepted ||
			b.Excepted[0].Exception != "why") ||
			c.excepted == "" && len(b.Excepted) > 0 {
			t.Errorf("%s: excepted %+v", c.name, b.Excepted)
		}
		for all, want := range map[bool]string{false: c.note, true: cmp.Or(c.note, c.inAll)} {
			r := Report{Ended: now, Buckets: []Bucket{b}}
			r.Check([]settings.Exception{c.e}, all)
			if got := strings.Join(r.Notes, "\n"); (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("%s: with all %v, the notes are %q, want %q", c.name, all, got, want)
			}
			if r.Notes == nil {
				t.Errorf("%s: the notes are null in JSON", c.name)
			}
		}
	}
	// What isn't known may need it.
	unknown := Report{Ended: now, Buckets: []Bucket{{Parts: []Part{{Status: Unknown}}}}}
	if unknown.Check([]settings.Exception{except("unlocked", "s3://acme-data", "2027-01-01")},
		true); len(unknown.Notes) > 0 {
		t.Errorf("versions that aren't known: %v", unknown.Notes)
	}
}

// TestStatus holds that a finding comes before an unknown part, and both before
// a pass.
func TestStatus(t *testing.T) {
	ok, unknown := Bucket{Parts: []Part{{Status: OK}}}, Bucket{Parts: []Part{{Status: Unknown}}}
	found := Bucket{Parts: unknown.Parts, Findings: []Finding{{}}}
	for _, c := range []struct {
		buckets []Bucket
		want    Status
	}{
		{[]Bucket{ok}, OK}, {[]Bucket{ok, unknown}, Unknown}, {[]Bucket{unknown, found, ok}, Found}, {nil, Unknown},
		{[]Bucket{{Failed: "no network"}}, Unknown},
	} {
		if got := (Report{Buckets: c.buckets}).Status(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.buckets, got, c.want)
		}
	}
}

// TestExceptionOfAnotherStack: an exception for one stack excuses no other.
func TestExceptionOfAnotherStack(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for stack, excepted := range map[string]int{"data": 1, "raw": 0} {
		e := settings.Exception{Rule: "mode-weakened", Address: "a.b", Stack: stack, Reason: "r", Until: "2027-01-01"}
		b := Bucket{Stack: "data", Findings: []Finding{newFinding(named("mode-weakened"), "a.b", "weaker")}}
		b.end([]settings.Exception{e}, now)
		if len(b.Excepted) != excepted || len(b.Findings) != 1-excepted {
			t.Errorf("an exception of %s: found %v, excepted %v", stack, b.Findings, b.Excepted)
		}
	}
}
