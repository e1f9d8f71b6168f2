package prove

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"datalock/settings"
)

// Config says what is on trial.
type Config struct {
	Endpoint Endpoint
	// Bucket is the bucket's name.
	Bucket string
	// Expected is the default retention that new versions must get; the zero
	// value fails every trial that needs one.
	Expected settings.Retention
	// Guards are those of the bucket's policy.
	Guards Guards
	// Scratch allows the trials that change the bucket itself.
	Scratch bool
	// Controls allows making buckets beside it, without the guards, in which
	// the same attacks must succeed. They are removed at the end.
	Controls bool
	// Run names the run, for the keys of its objects and its control buckets:
	// lower-case letters and numbers.
	Run string
	// Only, where it isn't nil, says which trials to run.
	Only func(Trial) bool
	// Progress, where it isn't nil, is told each result as it comes.
	Progress func(done, total int, r Result)
}

// parallel is how many trials run at a time. Those that change the bucket run
// alone, after all others.
const parallel = 4

// A runner is a run.
type runner struct {
	config   Config
	subject  *lab
	controls map[Control]*lab
	total    int

	mu   sync.Mutex
	done int
}

// Run runs the trials against a bucket and judges them. The error says why the
// run could not go on, as an [*UnreachableError] where the server is gone; the
// outcome then has the results so far.
func Run(ctx context.Context, c Config) (outcome Outcome, err error) {
	ways, err := newClients(c.Endpoint)
	if err != nil {
		return Outcome{}, err
	}
	r := &runner{config: c, subject: &lab{
		clients: ways, bucket: c.Bucket, prefix: prefixOf(c.Run), locked: true, versioned: true,
		expected: c.Expected, guards: c.Guards, ledger: &ledger{},
	}}
	if c.Controls {
		r.controls, err = makeControls(ctx, ways, c)
		defer func() { outcome.Left = removeControls(ctx, r.controls) }()
		if err != nil {
			return Outcome{}, err
		}
	}
	trials := c.trials()
	r.total = len(trials)
	results := make([]*Result, len(trials))
	err = r.together(ctx, trials, results)
	if err == nil {
		err = r.lookAgain(ctx, results)
	}
	for i, t := range trials {
		if err == nil && t.Group == BucketGroup {
			results[i], err = r.one(ctx, t)
		}
	}
	if err == nil {
		err = r.judgeGuards(ctx, results)
	}
	for _, result := range results {
		if result != nil {
			outcome.Results = append(outcome.Results, *result)
		}
	}
	if err == nil {
		err = r.tidy(ctx, &outcome)
	}
	return outcome, err
}

// prefixOf begins the keys of a run.
func prefixOf(run string) string { return "datalock-trials/" + run + "/" }

// trials returns the lines of the table that are wanted.
func (c Config) trials() []Trial {
	var chosen []Trial
	for _, t := range Table() {
		if c.Only == nil || c.Only(t) {
			chosen = append(chosen, t)
		}
	}
	return chosen
}

// together runs all trials that leave the bucket as it is.
func (r *runner) together(ctx context.Context, trials []Trial, results []*Result) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	places := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for i, t := range trials {
		if t.Group == BucketGroup {
			continue
		}
		all.Go(func() {
			// Those that wait for a retention to end need no place.
			if t.Group != Time {
				places <- struct{}{}
				defer func() { <-places }()
			}
			if ctx.Err() != nil {
				return
			}
			result, err := r.one(ctx, t)
			if err != nil {
				stop(err)
				return
			}
			results[i] = result
		})
	}
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return nil
}

// one runs a trial and its control.
func (r *runner) one(ctx context.Context, t Trial) (*Result, error) {
	result := &Result{Trial: t, Started: time.Now()}
	t, why := r.adapt(t)
	result.As = t.As
	if why != "" {
		result.Status, result.Reason = NotRun, why
		return result, r.report(result)
	}
	a := &attempt{lab: r.subject, trial: t}
	ok, found, err := a.run(ctx)
	result.Took = time.Since(result.Started)
	result.Answers, result.Moves, result.Reason = a.answers, a.moves, found
	switch {
	case errors.Is(err, errNotHere):
		result.Status, result.Reason = NotRun, reasonOf(err)
		return result, r.report(result)
	case errors.Is(err, errRefused):
		result.Status, result.Reason = Failed, "the trial could not be prepared: "+err.Error()
		return result, r.report(result)
	case err != nil:
		return nil, fmt.Errorf("trial %s: %w", t.Name, err)
	}
	result.Status = Failed
	if ok {
		result.Status = Passed
	}
	if a.victim.key != "" && a.victim.written.Unix() > 0 {
		after, err := a.read(ctx, a.victim)
		if err != nil {
			return nil, fmt.Errorf("trial %s: %w", t.Name, err)
		}
		before := a.before
		result.Version, result.Before, result.After = a.victim.id, &before, &after
		if err := a.settle(ctx, ok, after); err != nil {
			return nil, fmt.Errorf("trial %s: %w", t.Name, err)
		}
	}
	if err := r.control(ctx, t, result); err != nil {
		return nil, err
	}
	return result, r.report(result)
}

// lookAgain reads once more, when all trials that leave the bucket as it is have
// run, what they locked: a server may forget a lock that it kept for a moment.
func (r *runner) lookAgain(ctx context.Context, results []*Result) error {
	for _, entry := range r.subject.ledger.all() {
		after, err := r.subject.read(ctx, entry.version)
		if err != nil {
			return fmt.Errorf("look again at what trial %s locked: %w", entry.trial, err)
		}
		harm := weaker(entry.state, after, entry.version.sum)
		for _, result := range results {
			if harm != "" && result != nil && result.Trial.Name == entry.trial && result.Status == Passed {
				result.Status, result.Reason, result.After = Failed, "later on "+harm, &after
			}
		}
	}
	return nil
}

// adapt fits a trial to what is on trial, or says why it can't be run.
func (r *runner) adapt(t Trial) (Trial, string) {
	c := r.config
	if t.Guard == NoBypass && c.Expected.Mode != settings.Governance {
		t.Guard = ""
	}
	if t.Guard == NoBypass && t.As == Owner {
		t.As = Admin
	}
	switch {
	case t.Scratch && !c.Scratch:
		return t, "it needs a bucket that is given up for it"
	case t.Guard != "" && !c.Guards.Declares(t.Guard):
		return t, "the bucket policy doesn't promise it"
	case r.subject.by[t.As] == nil:
		return t, fmt.Sprintf("the run has no credentials of a principal like %q", t.As)
	case t.Guard == RetentionFloor && c.Expected.TotalDays() < 2:
		return t, "AWS counts in whole days, and the default retention is a single one"
	}
	return t, ""
}

// settle enters what the trial locked into the ledger, and lifts its legal
// hold.
func (a *attempt) settle(ctx context.Context, ok bool, after State) error {
	if after.Hold {
		if err := a.lift(ctx); err != nil {
			return err
		}
		after.Hold = false
	}
	if ok && after.Readable && a.trial.Target.locked {
		a.ledger.add(a.trial.Name, a.victim, after)
	}
	return nil
}

func (r *runner) report(result *Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.config.Progress != nil {
		r.config.Progress(r.done, r.total, *result)
	}
	return nil
}

// reasonOf returns what follows errNotHere's text.
func reasonOf(err error) string {
	text, cut := err.Error(), errNotHere.Error()+": "
	if len(text) > len(cut) && text[:len(cut)] == cut {
		return text[len(cut):]
	}
	return text
}
