package rehearse

import (
	"context"
	"sync"
	"time"

	"datalock/internal/audit"
	"datalock/internal/prove"
	"datalock/internal/report"
	"datalock/settings"
)

// A part is one bucket of a stack, with its trials and what is reported of it.
type part struct {
	config  prove.Config
	subject *report.Subject
}

// partsOf returns the stack's buckets as they are deployed here: first that with
// the data, whose trials and subject are given.
func (r *rehearsal) partsOf(first prove.Config, b settings.Bucket, subject *report.Subject) []part {
	all := []part{{first, subject}}
	for _, m := range (audit.Config{Stack: subject.Stack, Bucket: first.Bucket, Wanted: b}).Members() {
		c := configOf(first, m)
		one := report.NewSubject(c, subject.Server)
		one.Stack, one.Kind = subject.Stack, m.Kind
		all = append(all, part{c, &one})
	}
	return all
}

// configOf returns the trials of another bucket of the stack, given those of the
// bucket with the data.
func configOf(first prove.Config, m audit.Config) prove.Config {
	c := first
	c.Bucket, c.Expected, c.Guards = m.Bucket, m.Wanted.Retention, GuardsOf(m.Wanted)
	c.Run += "-" + string(m.Kind)
	if m.Kind == audit.Evidence {
		c.Unlocked, c.Expected, c.Guards = noLock, settings.Retention{}, guardsWithoutLock(c.Guards)
	}
	return c
}

// A PartPlan says what a rehearsal would leave in one bucket of a stack.
type PartPlan struct {
	Kind audit.Kind
	prove.Plan
}

// PlanFor returns what a rehearsal of a stack would leave on an endpoint that
// others use too: first in the bucket with the data.
func PlanFor(s settings.Settings, stack, endpoint string, now time.Time) []PartPlan {
	adapted, _ := Declare(s, stack, endpoint, Situation{Shared: true})
	b := adapted.BucketOf(stack)
	c := prove.Config{Expected: b.Retention, Guards: GuardsOf(b), Scratch: true, Controls: true, Run: "RUN"}
	all := []PartPlan{{audit.Data, prove.PlanOf(c, now)}}
	for _, m := range (audit.Config{Stack: stack, Wanted: b}).Members() {
		all = append(all, PartPlan{m.Kind, prove.PlanOf(configOf(c, m), now)})
	}
	return all
}

// judge runs the trials of all buckets and, in parallel to those that leave the
// buckets' settings as they are, a second plan. The trials that change settings
// wait for the plan, which must see what was deployed.
func (r *rehearsal) judge(
	ctx context.Context, tf *deployment, t *report.Terraform, parts []part,
) ([]*report.Subject, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	planned := make(chan struct{})
	go func() {
		defer close(planned)
		if err := r.planAgain(ctx, tf, t); err != nil {
			stop(err)
			return
		}
		// The changes in the second plan are known only now.
		parts[0].subject.Terraform = t
	}()
	alone := func(ctx context.Context) error {
		select {
		case <-planned:
		case <-ctx.Done():
		}
		return context.Cause(ctx)
	}
	r.Progress.Step("trials", "the attacks and their controls, in parallel to a second plan")
	began, counter := time.Now(), newCounter()
	var all sync.WaitGroup
	for _, p := range parts {
		all.Go(func() {
			p.config.Alone = alone
			if err := r.attack(ctx, p, counter); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	<-planned
	return r.attacked(parts, time.Since(began), context.Cause(ctx))
}

// attacked returns what is reported of the buckets, and the error that ended the
// trials.
func (r *rehearsal) attacked(parts []part, took time.Duration, err error) ([]*report.Subject, error) {
	subjects := make([]*report.Subject, 0, len(parts))
	for _, p := range parts {
		subjects = append(subjects, p.subject)
	}
	if err != nil {
		return subjects, err
	}
	r.Progress.Done(parts[0].subject.Counts.Line())
	for _, p := range parts[1:] {
		r.Progress.Beside(string(p.subject.Kind), p.subject.Counts.Line(), took)
	}
	return subjects, nil
}

// attack runs the trials against one bucket, with the statements of its policy.
func (r *rehearsal) attack(ctx context.Context, p part, counter *counter) (err error) {
	c := p.config
	if c.Guards.Statements, err = prove.ReadStatements(ctx, c.Endpoint, c.Bucket); err != nil {
		return err
	}
	r.Folder.Begin(c, time.Now())
	c.Progress = func(done, total int, result prove.Result) {
		r.Folder.Trial(c.Bucket, result)
		done, total = counter.add(c.Bucket, done, total)
		r.Progress.Trial(done, total, result)
	}
	outcome, err := prove.Run(ctx, c)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	p.subject.Fill(c, outcome)
	p.subject.Left.Removed = !c.Keep
	return err
}

// A counter adds up the trials of buckets that are attacked side by side.
type counter struct {
	mu    sync.Mutex
	trial map[string][2]int
}

func newCounter() *counter { return &counter{trial: map[string][2]int{}} }

// add returns how many trials are done, and of how many, after those of a bucket.
func (c *counter) add(bucket string, done, total int) (allDone, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trial[bucket] = [2]int{done, total}
	for _, n := range c.trial {
		allDone, all = allDone+n[0], all+n[1]
	}
	return allDone, all
}
