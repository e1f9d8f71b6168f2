package prove

import (
	"context"
	"slices"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lift takes a legal hold off again, as the owner.
func (a *attempt) lift(ctx context.Context) error {
	_, err := call(to(ctx, ToRestore), "PutObjectLegalHold OFF", func(ctx context.Context) error {
		return setHold(ctx, a.by[Owner], a, types.ObjectLockLegalHoldStatusOff)
	})
	return unreachable(err)
}

// tidy removes the delete markers of the run from the bucket on trial, and
// lists what stays, also after the run's end was asked for.
func (r *runner) tidy(ctx context.Context, o *Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
	defer cancel()
	b := r.subject
	versions, markers, err := b.list(ctx, b.prefix)
	if err != nil {
		o.Left.Unlisted = err.Error()
		for _, e := range b.ledger.all() {
			o.Left.Versions = append(o.Left.Versions, e.state.left(e.version))
		}
		return unreachable(err)
	}
	for _, m := range markers {
		if _, err := call(ctx, "DeleteObject of a delete marker", func(ctx context.Context) error {
			_, err := b.by[Owner].DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &m.key, VersionId: &m.id})
			return err
		}); unreachable(err) != nil {
			return err
		}
	}
	return r.listLeft(ctx, o, versions)
}

// listLeft says of each version until when it is locked: as the trials read it,
// or as it is read now if the server stays.
func (r *runner) listLeft(ctx context.Context, o *Outcome, versions []version) error {
	known := map[string]State{}
	for _, e := range r.subject.ledger.all() {
		known[e.version.key+"?"+e.version.id] = e.state
	}
	for _, v := range versions {
		state, ok := known[v.key+"?"+v.id]
		if !ok && r.config.Keep {
			if err := r.subject.readRetention(ctx, v, &state); err != nil {
				o.Left.Unlisted = err.Error()
				return err
			}
		} else if !ok {
			state.Unknown = []string{"not read"}
		}
		o.Left.Versions = append(o.Left.Versions, state.left(v))
	}
	return nil
}

// left says what a version's lock is known to be.
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

// A Plan is what a run will leave behind, at most.
type Plan struct {
	// Trials is how many will be run.
	Trials int
	// Objects is how many object versions they write into the bucket on
	// trial, and Bytes their size.
	Objects, Bytes int
	// Mode and Until are how long most of them are locked.
	Mode  settings.RetentionMode
	Until time.Time
	// Longest is until when one is locked that the lengthening trial leaves.
	Longest time.Time
	// Ceiling is for how many days the ceiling's trials would lock an object
	// where the policy were not enforced; 0 where they don't run.
	Ceiling int
	// Prefix begins the keys of all objects.
	Prefix string
	// Buckets are the control buckets, which are removed again.
	Buckets []string
}

// PlanOf returns what a run that starts now will leave behind.
func PlanOf(c Config, now time.Time) Plan {
	p := Plan{Mode: c.Expected.Mode, Prefix: prefixOf(c.Run)}
	if c.Expected.TotalDays() > 0 {
		p.Until, p.Longest = c.Expected.Until(now), c.Expected.Until(now)
	}
	for _, t := range c.trials() {
		if t.Scratch && !c.Scratch || t.Guard != "" && t.Guard != NoBypass && !c.Guards.Declares(t.Guard) {
			continue
		}
		p.Trials++
		p.Objects += t.Target.Versions + t.Adds
		if t.Name == "lengthen" && !p.Until.IsZero() {
			p.Longest = p.Until.AddDate(0, 0, 1)
		}
		if t.Guard == RetentionCeiling {
			p.Ceiling = c.Guards.CeilingDays + overCeilingDays
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
