package prove

import (
	"context"
	"slices"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lift removes a version's legal hold, as the owner, and reads whether it is off.
// It reports whether the server removed it.
func (b *testBucket) lift(ctx context.Context, v version) (bool, error) {
	request, err := call(to(ctx, ToRestore), "PutObjectLegalHold OFF", func(ctx context.Context) error {
		return setHold(ctx, b.by[Owner], b.bucket, v, types.ObjectLockLegalHoldStatusOff)
	})
	if unreachable(err) != nil {
		return false, err
	}
	if request.saysMissing() {
		b.ledger.saw(v, State{})
		return true, nil
	}
	now := State{Readable: true}
	if err := b.readHold(to(ctx, ToCheck), v, &now); err != nil {
		return false, err
	}
	b.ledger.saw(v, now)
	return request.accepted() || !b.ledger.mayBeHeld(v), nil
}

// liftAll removes the legal holds that the run set and that aren't known to be off.
func (b *testBucket) liftAll(ctx context.Context, versions []version) error {
	for _, v := range versions {
		if b.ledger.mayBeHeld(v) {
			if _, err := b.lift(ctx, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidy removes the run's legal holds and delete markers from the bucket under
// test and lists what stays, also after an interrupt: the versions that the bucket
// lists, and those that the server reported creating.
func (r *runner) tidy(ctx context.Context, o *Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
	defer cancel()
	b := r.subject
	made, states := b.answers.in(b.bucket)
	// A hold has no end, so holds go first, before anything can fail.
	gone := b.liftAll(ctx, made)
	versions, markers, err := b.list(ctx, b.prefix)
	if err != nil {
		o.Left.Unlisted = err.Error()
	}
	if failed := unreachable(err); failed != nil {
		gone = failed
	}
	if gone == nil {
		gone = b.liftAll(ctx, versions)
	}
	for _, m := range markers {
		if gone != nil {
			break
		}
		gone = b.show(ctx, m)
	}
	for _, v := range made {
		if !slices.Contains(versions, v) && states[v].state.isThere() {
			versions = append(versions, v)
		}
	}
	o.Left.Settings = b.ledger.settings()
	return r.listLeft(ctx, o, versions, gone)
}

// show removes a delete marker.
func (b *testBucket) show(ctx context.Context, marker version) error {
	_, err := call(ctx, "DeleteObject of a delete marker", func(ctx context.Context) error {
		_, err := b.by[Owner].DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &b.bucket, Key: &marker.key, VersionId: &marker.id,
		})
		return err
	})
	return unreachable(err)
}

// listLeft lists the versions that stay, with their locks. gone is why the server
// can't be asked for those that aren't known, or nil.
func (r *runner) listLeft(ctx context.Context, o *Outcome, versions []version, gone error) error {
	b := r.subject
	_, states := b.answers.in(b.bucket)
	denied := !b.locked && deletionDenied(o.Results)
	for _, v := range versions {
		m, known := states[v]
		state := m.state
		switch {
		case !b.locked:
			state = State{}
		case !known:
			state.Unknown = []string{"not read"}
		}
		if gone == nil && r.config.Keep && state.Until == nil && len(state.Unknown) > 0 {
			state = State{}
			gone = b.readRetention(ctx, v, &state)
		}
		left := state.left(v)
		left.Denied, left.Hold = denied, b.ledger.holdOf(v)
		if expected := r.config.Expected; known && left.Until == nil && left.Lock == "unknown" && expected.TotalDays() > 0 {
			until := expected.Until(m.at.Add(b.clock.Ahead())).UTC()
			left.ByDefault = &until
		}
		o.Left.Versions = append(o.Left.Versions, left)
	}
	if gone != nil && o.Left.Unlisted == "" {
		o.Left.Unlisted = gone.Error()
	}
	return gone
}

// deletionDenied reports whether trials attacked the policy that denies deletion,
// and all of them held.
func deletionDenied(results []Result) bool {
	held := 0
	for _, r := range results {
		switch {
		case r.Trial.Guard != NoDeletion:
		case r.Status == Held:
			held++
		case r.Status != NotApplicable:
			return false
		}
	}
	return held > 0
}

// isThere reports whether the version may still exist.
func (s State) isThere() bool { return s.Readable || len(s.Unknown) > 0 }

// left describes what is known of a version's lock.
func (s State) left(v version) LeftVersion {
	l := LeftVersion{Key: v.key, VersionID: v.id, Until: s.Until, Lock: "none"}
	switch {
	case s.Until != nil:
		l.Lock = string(s.Mode)
	case len(s.Unknown) > 0:
		l.Lock = "unknown"
	}
	return l
}

// A Plan says what a run will leave behind at most.
type Plan struct {
	// Trials is the number of trials that will run.
	Trials int
	// Objects is the number of object versions that they write into the bucket
	// under test, and Bytes their size.
	Objects, Bytes int
	// Mode and Until are the lock of most of them.
	Mode  settings.RetentionMode
	Until time.Time
	// Longest is until when the longest-locked version stays, which the
	// lengthening trial leaves.
	Longest time.Time
	// Ceiling is the number of days for which the ceiling's trials would lock
	// objects in Mode if the policy were not enforced; 0 if they don't run.
	// AboveCeiling is how many objects, and CeilingUntil when those locks would
	// end.
	Ceiling, AboveCeiling int
	CeilingUntil          time.Time
	// WithoutEnd is the number of objects that would be left under an event hold,
	// with no end of the retention, if the policy were not enforced.
	WithoutEnd int
	// Holds is the number of objects that are put under a legal hold, which the
	// run removes. They keep it if the process is killed.
	Holds int
	// Prefix is the key prefix of all objects.
	Prefix string
	// Buckets are the control buckets, which are removed at the end.
	Buckets []string
}

// Latest is when the last lock ends at the latest, also if the server doesn't
// enforce the bucket policy; objects in WithoutEnd and Holds aside.
func (p Plan) Latest() time.Time {
	if p.CeilingUntil.After(p.Longest) {
		return p.CeilingUntil
	}
	return p.Longest
}

// PlanOf returns what a run that starts now will leave behind.
func PlanOf(c Config, now time.Time) Plan {
	p := Plan{Mode: c.Expected.Mode, Prefix: prefixOf(c.Run)}
	if c.Expected.TotalDays() > 0 {
		p.Until, p.Longest = c.Expected.Until(now), c.Expected.Until(now)
	}
	for _, t := range c.trials() {
		if t.needsLock {
			continue
		}
		attacksGuard := t.Guard != "" && (t.Guard != NoBypass || t.Name == bypassName)
		if t.Scratch && !c.Scratch || attacksGuard && !c.Guards.Declares(t.Guard) {
			continue
		}
		p.Trials++
		p.Objects += t.Target.Versions + t.Adds
		if t.Name == "lengthen" && !p.Until.IsZero() {
			p.Longest = p.Until.AddDate(0, 0, 1)
		}
		switch t.Guard {
		case RetentionCeiling:
			p.Ceiling = c.Guards.CeilingDays + overCeilingDays
			p.CeilingUntil = now.AddDate(0, 0, p.Ceiling)
			p.AboveCeiling++
		case NoEventHold:
			p.WithoutEnd++
		}
		if t.Target.held || t.Target.holds {
			p.Holds++
		}
	}
	p.Bytes = p.Objects * ProbeBytes
	if c.Controls {
		for _, kind := range slices.Clone(controlBuckets) {
			p.Buckets = append(p.Buckets, ControlBucket(c.Run, kind))
		}
	}
	return p
}
