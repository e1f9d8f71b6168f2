package prove

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"datalock/settings"
)

// Config describes a run.
type Config struct {
	Endpoint Endpoint
	// Bucket is the bucket's name.
	Bucket string
	// Expected is the default retention that new versions must get; with the
	// zero value, every trial that needs one fails.
	Expected settings.Retention
	// Guards are the guards of the bucket's policy.
	Guards Guards
	// Unlocked, if not empty, says why the bucket has no Object Lock on purpose:
	// the trials then attack its policy, and those of a lock don't apply.
	Unlocked string
	// Scratch allows the trials that change the bucket itself.
	Scratch bool
	// Controls allows creating control buckets without the guards, in which the
	// same attacks must succeed. They are removed at the end.
	Controls bool
	// Run names the run. It is part of the object keys and the names of the
	// control buckets: lower-case letters, numbers and hyphens.
	Run string
	// Only, if not nil, selects the trials to run.
	Only func(Trial) bool
	// Alone, if not nil, is called before the first trial that changes the
	// bucket's settings, and returns when nothing else reads them.
	Alone func(context.Context) error
	// Progress, if not nil, receives each result as it arrives.
	Progress func(done, total int, r Result)
	// Watch is the minimum time after its attack at which each version is read
	// again.
	Watch time.Duration
	// Watching, if not nil, receives the time that the run waits for that.
	Watching func(time.Duration)
	// Keep says that the server outlives the run, so the locks of what is left
	// are read.
	Keep bool
}

// parallel is how many trials run at a time. Trials that change the bucket run
// alone, after all others.
const parallel = 4

// A runner is a run.
type runner struct {
	config   Config
	subject  *testBucket
	controls map[Control]*testBucket
	total    int

	mu   sync.Mutex
	done int
}

// Run runs the trials against a bucket and judges them. The error says why the
// run stopped, and is an [*UnreachableError] if the server can't be reached;
// the outcome then has the results so far and what was left behind.
func Run(ctx context.Context, c Config) (outcome Outcome, err error) {
	ways, err := newClients(c.Endpoint)
	if err != nil {
		return Outcome{}, err
	}
	r := &runner{config: c, subject: &testBucket{
		clients: ways, bucket: c.Bucket, prefix: prefixOf(c.Run), locked: c.Unlocked == "", versioned: true,
		expected: c.Expected, guards: c.Guards, ledger: newLedger(),
	}}
	notAsked, err := r.subject.askForRights(ctx, c.Scratch)
	if err != nil {
		return Outcome{}, err
	}
	if c.Controls {
		r.controls = controlsOf(ways, c)
		defer func() { outcome.Left.Buckets = removeControls(ctx, r.controls) }()
		if err = makeControls(ctx, r.controls); err == nil {
			err = r.findExempt(ctx)
		}
		if err == nil {
			err = r.tryBypass(ctx)
		}
		if err != nil {
			return Outcome{}, err
		}
	}
	trials := c.trials()
	r.total = len(trials)
	results := make([]*Result, len(trials))
	if err = r.all(ctx, trials, results); err != nil {
		r.leaveGuards(results)
	}
	for _, result := range results {
		if result != nil {
			outcome.Results = append(outcome.Results, *result)
		}
	}
	outcome.ClockAhead, outcome.Exempt, outcome.Watched = ways.clock.Ahead(), ways.exempted(), watched(outcome.Results)
	outcome.NotAsked = notAsked
	tidied := r.tidy(ctx, &outcome)
	if err == nil {
		err = tidied
	}
	return outcome, err
}

// all runs the trials that leave the bucket as it is in parallel, then the
// others one by one. At the end every locked version is read again.
func (r *runner) all(ctx context.Context, trials []Trial, results []*Result) error {
	if err := r.together(ctx, trials, results); err != nil {
		return err
	}
	if err := r.lookAgain(ctx, results); err != nil || len(trials) == 0 {
		return err
	}
	if r.config.Alone != nil {
		if err := r.config.Alone(ctx); err != nil {
			return err
		}
	}
	for i, t := range trials {
		if t.Group != BucketGroup {
			continue
		}
		if left := r.subject.ledger.settings(); len(left) > 0 {
			results[i] = r.report(&Result{
				Trial: t, As: r.subject.stands(t.As), Status: Inconclusive, Started: time.Now(),
				Reason: "not tried: an earlier trial left the bucket changed: " + strings.Join(left, "; "),
			})
			continue
		}
		var err error
		if results[i], err = r.one(ctx, t); err != nil {
			return err
		}
	}
	if err := r.judgeGuards(ctx, results); err != nil {
		return err
	}
	last := results[len(results)-1]
	if last != nil && last.Trial.Expectation.Text == AllKept.Text && last.Status == Breached {
		// It deleted what the other trials locked: only this trial is breached.
		return nil
	}
	if err := r.waitToWatch(ctx, results); err != nil {
		return err
	}
	return r.lookAgain(ctx, results)
}

// prefixOf returns the key prefix of a run.
func prefixOf(run string) string { return "datalock-trials/" + run + "/" }

// trials returns the selected trials.
func (c Config) trials() []Trial {
	table := Table()
	if c.Unlocked != "" {
		table = tableWithoutLock()
	}
	var chosen []Trial
	for _, t := range table {
		if c.Only == nil || c.Only(t) {
			chosen = append(chosen, t)
		}
	}
	return chosen
}

// together runs in parallel all trials that leave the bucket as it is.
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
			// Trials that wait for a retention to end don't take up a slot.
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
	t, status, why := r.adapt(t)
	result.Trial.Guard, result.Trial.Control = t.Guard, t.Control
	result.As = r.subject.stands(t.As)
	if why != "" {
		result.Status, result.Reason = status, why
		return r.report(result), nil
	}
	a := &attempt{testBucket: r.subject, trial: t}
	f, err := a.run(ctx)
	gone := (*UnreachableError)(nil)
	result.Took = time.Since(result.Started)
	result.Moves, result.PolicyUnreached = a.moves, a.got.unreached != ""
	result.Status, result.Reason = f.status, f.text
	switch {
	case errors.Is(err, errNotHere):
		result.Status, result.Reason = NotApplicable, reasonOf(err)
	case errors.Is(err, errNotRestored):
		result.Status, result.Reason = Inconclusive, err.Error()
		if a.got.setting != "" {
			result.Status = Breached
			result.Reason = strings.TrimSuffix(a.got.setting, "; it was restored") + "; " + err.Error()
		}
	case errors.Is(err, errRefused):
		result.Status, result.Reason = Inconclusive, "the trial could not be prepared: "+err.Error()
	case errors.As(err, &gone) && r.answers(ctx):
		result.Status = Inconclusive
		result.Reason = gone.Request + " got no answer, though the server answers other requests: " + clean(gone.Err.Error())
	case err != nil:
		return nil, fmt.Errorf("trial %s: %w", t.Name, err)
	}
	if err := r.settle(ctx, a, result); err != nil {
		return nil, fmt.Errorf("trial %s: %w", t.Name, err)
	}
	if result.Status == Held {
		result.Deviations = deviations(a.requests)
	}
	result.Requests = a.requests
	if err == nil {
		if err := r.control(ctx, t, result); err != nil {
			return nil, err
		}
	}
	r.doubt(t, result)
	return r.report(result), nil
}

// settle reads the victim's state after the attack, records what the trial
// locked, and removes its legal hold.
func (r *runner) settle(ctx context.Context, a *attempt, result *Result) error {
	if a.victim.key == "" || a.victim.written.Unix() <= 0 {
		return nil
	}
	ctx = to(context.WithValue(ctx, recorderKey{}, a), ToCheck)
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return err
	}
	before := a.before
	result.Version, result.Before, result.After = a.victim.id, &before, &after
	if result.Status == Held && a.trial.Target.locked {
		if f := compare(before, after, a.victim.sum); f.status != Held {
			result.Status, result.Reason = f.status, "shortly after the verdict, "+f.text
		}
	}
	state := after
	if a.ledger.mayBeHeld(a.victim) {
		lifted, err := a.lift(ctx, a.victim)
		if err != nil {
			return err
		}
		state.Hold = state.Hold && !lifted
	}
	if result.Status == Held && after.Readable && a.trial.Target.locked {
		a.ledger.add(a.trial.Name, a.victim, state)
	}
	return nil
}

// answers reports whether the server still answers other requests.
func (r *runner) answers(ctx context.Context) bool {
	_, err := r.subject.head(ctx)
	return ctx.Err() == nil && unreachable(err) == nil
}

func (r *runner) report(result *Result) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.config.Progress != nil {
		r.config.Progress(r.done, r.total, *result)
	}
	return result
}

// reasonOf returns the error's text without errNotHere's prefix.
func reasonOf(err error) string {
	text, cut := err.Error(), errNotHere.Error()+": "
	if len(text) > len(cut) && text[:len(cut)] == cut {
		return text[len(cut):]
	}
	return text
}
