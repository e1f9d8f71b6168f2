package prove

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ProbeBytes is the size of every object that a run writes.
const ProbeBytes = 256

// An attempt is one run of one trial in one bucket.
type attempt struct {
	*testBucket
	trial Trial
	// valid says that the request is sent as a valid one: the control of trials
	// whose request itself is wrong.
	valid bool

	// victim is the version under attack, before its state before the attack.
	victim version
	before State
	// aside is the key that the attack writes to, if that isn't the victim's.
	aside string
	// wanted is the date that a retention must reach.
	wanted time.Time
	// got holds what the judges need besides the victim.
	got struct {
		data    bool
		winners int
		early   bool
		// setting says how a setting became weaker, changed what the owner
		// could change and the trial put back.
		setting, changed string
		// unasked says why the attack did not reach what it tests.
		unasked string
		// unreached says why the data is safe although the policy was not
		// reached.
		unreached string
		// twice says that a request was sent again after its answer was lost,
		// and may have been carried out twice.
		twice bool
	}
	moves []Move

	mu       sync.Mutex
	requests []Request
}

// errRefused wraps the reason why a trial could not be prepared: the server
// refused a request.
var errRefused = errors.New("the server refused")

// errNotRestored wraps the reason why an attack's change could not be undone.
var errNotRestored = errors.New("the attack changed the bucket, and the change could not be undone")

// errNotHere wraps the reason why a trial can't run on this bucket or server,
// and what would make it run.
var errNotHere = errors.New("not applicable")

// who returns the attacker: the trial's, or the owner if the valid request is one
// from somebody else.
func (a *attempt) who() Principal {
	if a.valid && a.trial.Group == Identity && a.trial.Guard == "" {
		return Owner
	}
	return a.trial.As
}

// try sends one request of the attack and reports whether the server accepted
// it. The error is an [*UnreachableError] or the context's.
func (a *attempt) try(
	ctx context.Context, operation string, send func(context.Context, *s3.Client) error,
) (bool, error) {
	request, err := a.tryRequest(ctx, operation, send)
	return request.accepted(), err
}

func (a *attempt) tryRequest(
	ctx context.Context, operation string, send func(context.Context, *s3.Client) error,
) (Request, error) {
	request, err := call(to(ctx, ToAttack), operation, func(ctx context.Context) error { return send(ctx, a.by[a.who()]) })
	return request, unreachable(err)
}

// tryRefused is try for a request that S3 refuses.
func (a *attempt) tryRefused(
	ctx context.Context, operation string, send func(context.Context, *s3.Client) error,
) (bool, error) {
	took, err := a.try(ctx, operation, send)
	a.mustRefuse()
	return took, err
}

// mustRefuse records that S3 refuses the last request.
func (a *attempt) mustRefuse() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.requests); n > 0 && !a.control {
		a.requests[n-1].Refusal = true
	}
}

// prepare sends one request as the owner, which must succeed for the trial to
// run.
func (a *attempt) prepare(ctx context.Context, operation string, send func(context.Context, *s3.Client) error) error {
	return a.prepareAs(ctx, Owner, operation, send)
}

func (a *attempt) prepareAs(
	ctx context.Context, who Principal, operation string, send func(context.Context, *s3.Client) error,
) error {
	var (
		request Request
		err     error
	)
	for range conflictTries {
		request, err = call(ctx, operation, func(ctx context.Context) error { return send(ctx, a.by[who]) })
		if request.Status != http.StatusConflict {
			break
		}
	}
	if err != nil && unreachable(err) == nil {
		return fmt.Errorf("%w: %s returned %s %s", errRefused, operation, request.Answer(), request.Message)
	}
	return err
}

// conflictTries is how often a conditional write is sent if S3 returns 409,
// which means that others were writing and the client should try again.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
const conflictTries = 3

// key returns a key that belongs to this trial.
func (a *attempt) key(name string) string {
	return a.prefix + a.trial.Name + "/" + name
}

// body returns unique data.
func (a *attempt) body(label string) []byte {
	head := fmt.Sprintf("datalock probe, trial %s, %s, %s\n", a.trial.Name, label, rand.Text())
	return []byte(head + strings.Repeat(".", max(0, ProbeBytes-len(head)-1)) + "\n")[:ProbeBytes]
}

// mode is the retention mode of attacks that set one: objects in a control
// bucket must stay deletable.
func (a *attempt) mode() settings.RetentionMode {
	if a.control {
		return settings.Governance
	}
	return settings.Compliance
}

// ownMode is the bucket's own mode, so that an object which a policy should have
// stopped is locked no harder than others.
func (a *attempt) ownMode() settings.RetentionMode {
	if a.control || a.expected.Mode == "" {
		return a.mode()
	}
	return a.expected.Mode
}

// days returns a date some days ahead of the server's clock, in whole seconds.
func (a *attempt) days(n int) time.Time { return a.in(time.Duration(n) * 24 * time.Hour) }

// in returns a date some time ahead of the server's clock, in whole seconds,
// rounded up.
func (a *attempt) in(d time.Duration) time.Time {
	return a.clock.now().UTC().Add(d + time.Second - 1).Truncate(time.Second)
}

// wait sleeps until a date by the server's clock, and a little longer.
func (a *attempt) wait(ctx context.Context, until time.Time) error {
	return sleep(ctx, until.Sub(a.clock.now())+clockSlack)
}

// clockSlack is how long to wait after a retention's end date.
const clockSlack = 700 * time.Millisecond

// run prepares the trial, attacks and judges. The error wraps errRefused,
// errNotHere or errNotRestored, or is an [*UnreachableError] or the context's.
func (a *attempt) run(ctx context.Context) (finding, error) {
	ctx = context.WithValue(ctx, recorderKey{}, a)
	if err := a.trial.Target.make(ctx, a); err != nil {
		return finding{}, err
	}
	if a.victim.key != "" {
		var err error
		if a.before, err = a.read(to(ctx, ToPrepare), a.victim); err != nil {
			return finding{}, err
		}
		if f, unfit := a.unfit(); unfit && !a.control {
			return a.confirm(ctx, f, func(ctx context.Context) (f finding, err error) {
				a.before, err = a.read(to(ctx, ToPrepare), a.victim)
				f, _ = a.unfit()
				return f, err
			})
		}
	}
	if err := a.trial.attack(ctx, a); err != nil {
		return finding{}, err
	}
	f, err := a.judge(ctx)
	if err != nil || f.status != Held {
		return f, err
	}
	if why := a.undecided(); why != "" {
		return unsure("%s; found: %s", why, f.text), nil
	}
	if a.got.unasked != "" {
		return unsure("%s; found: %s", a.got.unasked, f.text), nil
	}
	if a.got.unreached != "" {
		f.text += "; " + a.got.unreached
	}
	return f, nil
}

// judge judges the data. It returns a breach only if a second read confirms it.
func (a *attempt) judge(ctx context.Context) (finding, error) {
	look := func(ctx context.Context) (finding, error) { return a.trial.Expectation.judge(to(ctx, ToCheck), a) }
	f, err := look(ctx)
	if err != nil || f.status != Breached || a.control {
		return f, err
	}
	if a.got.twice {
		return unsure("%s; but an answer was lost and the request sent again, so it may have been carried out twice",
			f.text), nil
	}
	return a.confirm(ctx, f, look)
}

// confirm reads again after a breach: networks and servers can be wrong once.
func (a *attempt) confirm(
	ctx context.Context, f finding, look func(context.Context) (finding, error),
) (finding, error) {
	if f.status != Breached {
		return f, nil
	}
	again, err := look(ctx)
	if err == nil && again.status != Breached {
		return unsure("two reads differ: %s; then: %s", f.text, cmp.Or(again.text, a.before.String())), nil
	}
	return f, err
}

// unfit returns what is wrong with the victim before the attack, if anything.
func (a *attempt) unfit() (finding, bool) {
	wantsLock := a.trial.Target.locked && a.locked
	switch {
	case wantsLock && a.expected.TotalDays() == 0 && len(a.before.Unknown) == 0:
		f := a.judgeLock(a.victim, a.before)
		f.text = "before the attack, " + f.text
		return f, true
	case len(a.before.Unknown) > 0:
		return unsure("before the attack, %s", a.before.String()), true
	case !a.before.Readable:
		return unsure("before the attack, the new version can't be read back: %s", a.before.Answer), true
	case a.before.SHA256 != a.victim.sum:
		return breached("before the attack, the version's bytes differ from what was written"), true
	case wantsLock:
		if f := a.judgeLock(a.victim, a.before); f.status != Held {
			f.text = "before the attack, " + f.text
			return f, true
		}
	}
	switch {
	case a.trial.Target.held && !a.before.Hold && len(a.before.Contradictions) == 0:
		return breached("before the attack, the version has no legal hold, though it was written with one"), true
	case len(a.before.Contradictions) > 0:
		return unsure("before the attack, the version is %s", a.before.String()), true
	case a.victim.id == "" && a.versioned:
		return unsure("the server returned no version id for the new version, so it can't be attacked by its id"), true
	}
	return finding{}, false
}
