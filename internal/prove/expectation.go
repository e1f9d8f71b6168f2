package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"datalock/settings"
)

// An Expectation is the state that the data must be in after an attack.
type Expectation struct {
	// Text describes that state.
	Text string
	// judge decides whether the data is in that state, and says what was found.
	judge func(context.Context, *attempt) (finding, error)
}

// The expectations.
var (
	Kept = Expectation{"the version reads back unchanged, locked as long as before", judgeKept}

	KeptAndLocked = Expectation{
		"the old version reads back unchanged, and a newer one is locked too", judgeKeptAndLocked,
	}
	StillShown    = Expectation{"a reader of the key still gets the data", judgeShown}
	Lengthened    = Expectation{"the version is locked until the later date", judgeLengthened}
	NotLengthened = Expectation{"the version is locked until the same date as before", judgeNotLengthened}
	DefaultLocked = Expectation{"the new version is locked for the bucket's default retention", judgeDefault}
	NotStored     = Expectation{"nothing is stored", judgeNotStored}
	OneWinner     = Expectation{"exactly one writer wins, and its data is stored", judgeOneWinner}
	NothingRead   = Expectation{"no data is returned", judgeNothingRead}
	EndsInTime    = Expectation{"the version stays until its retention ends, and can be deleted after", judgeEnds}
	SettingKept   = Expectation{"the setting is as before, and the version is unchanged and locked", judgeSetting}
	AllKept       = Expectation{"the bucket and everything the run locked in it still exist", judgeAll}

	VersionOutlives = Expectation{
		"the version is unchanged and locked, whatever the default retention is now", judgeOutlives,
	}
)

// retentionSlack is the tolerance for the end of a default retention, by the
// server's clock.
const retentionSlack = 5 * time.Minute

func judgeKept(ctx context.Context, a *attempt) (finding, error) {
	after, err := a.read(ctx, a.victim)
	return compare(a.before, after, a.victim.sum), err
}

// compare judges a version by its state before the attack.
func compare(before, after State, sum string) finding {
	if harm := weaker(before, after, sum); harm != "" {
		return breached("%s", harm)
	}
	if after.doubtful() {
		return unsure("%s", after)
	}
	return held("%s", after)
}

// doubtful reports whether part of the state is unknown or contradictory.
func (s State) doubtful() bool { return len(s.Unknown)+len(s.Contradictions) > 0 }

// weaker returns what is worse than before, or "". What could not be read
// doesn't count as worse.
func weaker(before, after State, sum string) string {
	unknown := len(after.Unknown) > 0
	switch {
	case !after.Readable && unknown:
		return ""
	case !after.Readable:
		return "the version is " + after.String()
	case after.SHA256 != sum:
		return "the version's bytes changed: " + after.String()
	case unknown:
		return ""
	case rank(after.Mode) < rank(before.Mode):
		return fmt.Sprintf("the retention mode changed from %q to %q", before.Mode, after.Mode)
	case before.Until != nil && after.Until == nil:
		return "the retention is gone"
	case before.Until != nil && after.Until.Before(*before.Until):
		return fmt.Sprintf("the retention was shortened from %s to %s",
			before.Until.Format(time.RFC3339), after.Until.Format(time.RFC3339))
	case before.Hold && !after.Hold:
		return "the legal hold is off"
	}
	return ""
}

func rank(m settings.RetentionMode) int {
	return map[settings.RetentionMode]int{settings.Governance: 1, settings.Compliance: 2}[m]
}

// judgeLock judges whether a version has the default retention.
func (b *testBucket) judgeLock(v version, s State) finding {
	expected := b.expected
	switch {
	case !b.locked || expected.TotalDays() == 0:
		return breached("the version has no lock: the bucket has no default retention")
	case s.Mode == "" || s.Until == nil:
		return breached("the version has no retention; expected %s for %s", expected.Mode, expected)
	case s.Mode != expected.Mode:
		return breached("the version has the retention mode %q; expected %s", s.Mode, expected.Mode)
	}
	until, is := s.Until.UTC().Format(time.RFC3339), func(written time.Time) bool {
		return s.Until.Sub(expected.Until(written)).Abs() <= retentionSlack
	}
	switch {
	case is(v.written):
		return held("%s", s)
	case !v.here.IsZero() && is(v.here):
		return unsure("the version is locked until %s, which is %s after it was written "+
			"by this machine's clock but not by the server's, whose Date header is %s off",
			until, expected, b.clock.Ahead().Abs())
	}
	return breached("the version is locked until %s, which is not %s after it was written", until, expected)
}

func judgeDefault(ctx context.Context, a *attempt) (finding, error) {
	after, err := a.read(ctx, a.victim)
	f := compare(State{}, after, a.victim.sum)
	if err != nil || f.status == Breached || len(after.Unknown) > 0 {
		return f, err
	}
	if lock := a.judgeLock(a.victim, after); lock.status != Held {
		return lock, nil
	}
	return f, nil
}

func judgeKeptAndLocked(ctx context.Context, a *attempt) (finding, error) {
	f, err := judgeKept(ctx, a)
	if err != nil || f.status != Held || !a.locked {
		return f, err
	}
	versions, err := a.versionsOf(ctx, a.victim.key)
	if refused := (*listError)(nil); errors.As(err, &refused) {
		return unsure("can't tell whether there is a newer version: %v", err), nil
	}
	if err != nil {
		return finding{}, err
	}
	newer := 0
	for _, v := range versions {
		if v.key != a.victim.key || v.id == a.victim.id {
			continue
		}
		newer++
		state, err := a.read(ctx, v)
		if err != nil {
			return finding{}, err
		}
		if lock := a.judgeNewer(v, state); lock.status != Held {
			return lock, nil
		}
	}
	switch took := slices.ContainsFunc(a.attacks(), Request.accepted); {
	case newer > 0:
		return held("%s; the newer version is locked too", f.text), nil
	case took:
		return unsure("the overwrite was confirmed, but no newer version is listed; found: %s", f.text), nil
	}
	return f, nil
}

// judgeNewer judges the lock of a version that an attack just wrote.
func (a *attempt) judgeNewer(v version, s State) finding {
	if !s.Readable || len(s.Unknown) > 0 {
		return unsure("the newer version is %s", s)
	}
	if f := a.judgeNewerLock(v, s); f.status != Held || len(s.Contradictions) == 0 {
		return f
	}
	return unsure("the newer version is %s", s)
}

func (a *attempt) judgeNewerLock(v version, s State) finding {
	v.written, v.here = a.clock.now(), time.Now()
	f := a.judgeLock(v, s)
	if f.status != Held {
		f.text = "the newer version isn't locked as expected: " + f.text
	}
	return f
}

func judgeShown(ctx context.Context, a *attempt) (finding, error) {
	state, err := a.shown(ctx, a.victim.key)
	switch {
	case err != nil:
		return finding{}, err
	case len(state.Unknown) > 0:
		return unsure("what a reader of the key gets is %s", state), nil
	case !state.Readable || state.SHA256 != a.victim.sum:
		return breached("a reader of the key gets: %s", state), nil
	}
	return judgeKept(ctx, a)
}

func judgeLengthened(ctx context.Context, a *attempt) (finding, error) {
	after, err := a.read(ctx, a.victim)
	if f := compare(a.before, after, a.victim.sum); err != nil || f.status != Held {
		return f, err
	}
	if after.Until == nil || after.Until.Before(a.wanted) {
		if why := a.undecided(); why != "" {
			return unsure("%s; found: %s", why, after), nil
		}
		return breached("the retention was not lengthened: %s", after), nil
	}
	return held("%s", after), nil
}

func judgeNotStored(ctx context.Context, a *attempt) (finding, error) {
	state, err := a.shown(ctx, a.aside)
	if err != nil {
		return finding{}, err
	}
	if state.Readable {
		return breached("the object was stored"), nil
	}
	if len(state.Unknown) > 0 {
		return unsure("can't tell whether the object was stored: %s", state), nil
	}
	versions, err := a.versionsOf(ctx, a.aside)
	if refused := (*listError)(nil); errors.As(err, &refused) {
		return unsure("can't tell whether the object was stored: %v", err), nil
	}
	if err != nil {
		return finding{}, err
	}
	if len(versions) > 0 {
		return breached("the object was stored, but a reader of the key doesn't see it"), nil
	}
	return held("nothing is stored (%s)", state.Answer), nil
}

func judgeNothingRead(ctx context.Context, a *attempt) (finding, error) {
	if a.got.data {
		return breached("the data was returned"), nil
	}
	return judgeKept(ctx, a)
}

func judgeNotLengthened(ctx context.Context, a *attempt) (finding, error) {
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return finding{}, err
	}
	if after.Until != nil && (a.before.Until == nil || after.Until.After(*a.before.Until)) {
		return breached("the version is now locked until %s", after.Until.UTC().Format(time.RFC3339)), nil
	}
	return compare(a.before, after, a.victim.sum), nil
}
