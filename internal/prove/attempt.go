package prove

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ProbeBytes is the size of every object that a run writes.
const ProbeBytes = 256

// An attempt is one run of one trial in one bucket.
type attempt struct {
	*lab
	trial Trial
	// right says that the request is to be done as it should be: the control
	// of trials whose request is wrong in itself.
	right bool

	// victim is the version under attack, before is how it was.
	victim version
	before State
	// aside is a key that the attack writes to, where it is not the victim's.
	aside string
	// wanted is the date that a retention must reach.
	wanted time.Time
	// got collects what the rules judge beside the victim.
	got struct {
		data    bool
		winners int
		early   bool
		late    bool
		setting string
	}
	answers []Answer
	moves   []Move
}

// errRefused wraps what kept a trial from being prepared: the server said no.
var errRefused = errors.New("the server refused")

// errNotHere wraps why a trial can't be run on this bucket or server.
var errNotHere = errors.New("not run")

// who is the attacker: the trial's, or the owner where it is done rightly.
func (a *attempt) who() Principal {
	if a.right && a.trial.Group == Identity {
		return Owner
	}
	return a.trial.As
}

// try sends one request of the attack. It reports whether the server took it;
// the error is an [*UnreachableError] or the context's.
func (a *attempt) try(ctx context.Context, request string, send func(context.Context, *s3.Client) error) (bool, error) {
	answer, err := call(ctx, request, func(ctx context.Context) error { return send(ctx, a.by[a.who()]) })
	a.answers = append(a.answers, answer)
	return err == nil, unreachable(err)
}

// prepare sends one request, as the owner, that the trial needs to succeed.
func (a *attempt) prepare(ctx context.Context, request string, send func(context.Context, *s3.Client) error) error {
	return a.prepareAs(ctx, Owner, request, send)
}

func (a *attempt) prepareAs(ctx context.Context, who Principal, request string, send func(context.Context, *s3.Client) error) error {
	var (
		answer Answer
		err    error
	)
	for range conflictTries {
		answer, err = call(ctx, request, func(ctx context.Context) error { return send(ctx, a.by[who]) })
		if answer.Status != http.StatusConflict {
			break
		}
	}
	if err != nil && unreachable(err) == nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}

// conflictTries is how often a conditional write is sent that S3 answers with
// 409, which means that others were writing and asks for another try.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
const conflictTries = 3

// key returns a key of the trial's own.
func (a *attempt) key(name string) string {
	return a.prefix + a.trial.Name + "/" + name
}

// body returns fresh bytes that no other object has.
func (a *attempt) body(label string) []byte {
	head := fmt.Sprintf("datalock probe, trial %s, %s, %s\n", a.trial.Name, label, rand.Text())
	return []byte(head + strings.Repeat(".", max(0, ProbeBytes-len(head)-1)) + "\n")[:ProbeBytes]
}

// mode is how an attack locks that names a retention itself: in a control
// bucket it must stay removable.
func (a *attempt) mode() settings.RetentionMode {
	if a.control {
		return settings.Governance
	}
	return settings.Compliance
}

// days returns a date some days ahead, in whole seconds.
func days(n int) time.Time { return inSeconds(time.Duration(n) * 24 * time.Hour) }

// inSeconds returns a date some time ahead, in whole seconds, rounded up.
func inSeconds(d time.Duration) time.Time {
	return time.Now().UTC().Add(d + time.Second - 1).Truncate(time.Second)
}

// wait sleeps until a date, with a little for the server's clock.
func wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until) + clockSlack)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// clockSlack is how long after its date a short retention is waited for.
const clockSlack = 700 * time.Millisecond

// run prepares the trial, attacks and judges. The error wraps errRefused or
// errNotHere, or is an [*UnreachableError] or the context's.
func (a *attempt) run(ctx context.Context) (ok bool, found string, err error) {
	if err := a.trial.Target.make(ctx, a); err != nil {
		return false, "", err
	}
	if a.victim.key != "" {
		if a.before, err = a.read(ctx, a.victim); err != nil {
			return false, "", err
		}
		if !a.control {
			if short := a.unfit(); short != "" {
				return false, "before the attack: " + short, nil
			}
		}
	}
	if err := a.trial.attack(ctx, a); err != nil {
		return false, "", err
	}
	return a.trial.Must.judge(ctx, a)
}

// unfit returns how the victim isn't what the trial is about, or "".
func (a *attempt) unfit() string {
	switch {
	case !a.before.Readable:
		return "the version can't be read back: " + a.before.Answer
	case a.before.SHA256 != a.victim.sum:
		return "the version has other bytes than were written"
	case a.trial.Target.locked:
		return a.lacks(a.victim, a.before)
	}
	return ""
}
