package prove

import (
	"context"
	"fmt"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Target is what a trial attacks, and how it is created.
type Target struct {
	// Text describes it.
	Text string
	// Versions is the number of object versions that creating it writes.
	Versions int
	// locked says that it must have the bucket's default retention before the
	// attack; held says that it must have a legal hold.
	// holds says that the attack puts it under one.
	locked, held, holds bool
	make                func(context.Context, *attempt) error
}

// The targets.
var (
	put = Target{
		Text:     "a locked version",
		Versions: 1, locked: true, make: victim((*attempt).putFirst),
	}
	inParts = Target{
		Text:     "a locked version, uploaded in parts",
		Versions: 1, locked: true, make: victim((*attempt).putMultipart),
	}
	copied = Target{
		Text:     "a locked version, made by a copy",
		Versions: 2, locked: true, make: victim((*attempt).putCopy),
	}
	posted = Target{
		Text:     "a locked version, posted with a form",
		Versions: 1, locked: true, make: victim((*attempt).putForm),
	}
	underHold = Target{
		Text:     "a locked version under a legal hold",
		Versions: 1, locked: true, held: true, make: victim((*attempt).putHeld),
	}
	noncurrent = Target{
		Text:     "a locked version under a newer one",
		Versions: 2, locked: true, make: covered,
	}
	marked = Target{
		Text:     "a locked version behind a delete marker",
		Versions: 1, locked: true, make: behindMarker,
	}
	newKey = Target{
		Text:     "a key without an object",
		Versions: 0, locked: false, make: nothing,
	}
	shortLived = Target{
		Text:     "a version locked for a few seconds",
		Versions: 1, locked: false, make: forSeconds,
	}
	shortUnderHold = Target{
		Text:     shortLived.Text,
		Versions: 1, locked: false, holds: true, make: forSecondsUnderHold,
	}
	weak = Target{
		Text:     "a version in GOVERNANCE mode for an hour",
		Versions: 1, make: victim((*attempt).putWeak),
	}
	everything = Target{
		Text:     "every version of the run",
		Versions: 1, locked: true, make: victim((*attempt).putFirst),
	}
	bucketItem = Target{
		Text:     "the bucket, with a locked version in it",
		Versions: 1, locked: true, make: victim((*attempt).putFirst),
	}
)

func victim(write func(*attempt, context.Context, string) (version, error)) func(context.Context, *attempt) error {
	return func(ctx context.Context, a *attempt) (err error) {
		a.victim, err = write(a, ctx, a.key("probe"))
		return err
	}
}

func (a *attempt) putFirst(ctx context.Context, key string) (version, error) {
	return a.put(ctx, key, lockOf{})
}

// putHeld writes a version under a legal hold, unless the owner could not
// remove the hold again.
func (a *attempt) putHeld(ctx context.Context, key string) (version, error) {
	if err := a.unlessGuarded(SealHolds, onlyGuardians); err != nil {
		return version{}, err
	}
	a.ledger.hold(key)
	return a.put(ctx, key, lockOf{hold: true})
}

// putWeak writes a version that the governance bypass can delete. The bucket's
// policy may block such a write.
func (a *attempt) putWeak(ctx context.Context, key string) (version, error) {
	for _, g := range []Guard{NoWeakerMode, RetentionFloor} {
		if err := a.unlessGuarded(g, "it blocks versions in GOVERNANCE mode"); err != nil {
			return version{}, err
		}
	}
	return a.put(ctx, key, lockOf{mode: settings.Governance, until: a.in(time.Hour)})
}

// covered writes a version and a newer one over it.
func covered(ctx context.Context, a *attempt) error {
	if err := a.unlessGuarded(WriteOnce, "it blocks newer versions"); err != nil {
		return err
	}
	v, err := a.put(ctx, a.key("probe"), lockOf{})
	if err != nil {
		return err
	}
	a.victim = v
	return a.prepare(ctx, "PutObject over it", func(ctx context.Context, c *s3.Client) error {
		return overwrite(ctx, c, a.bucket, v.key, a.body("newer data"))
	})
}

// behindMarker writes a version and hides it.
func behindMarker(ctx context.Context, a *attempt) error {
	if err := a.unlessGuarded(NoDeleteMarkers, "it blocks delete markers"); err != nil {
		return err
	}
	v, err := a.put(ctx, a.key("probe"), lockOf{})
	if err != nil {
		return err
	}
	a.victim = v
	return a.prepare(ctx, "DeleteObject without a version", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &v.key})
		return err
	})
}

func nothing(_ context.Context, a *attempt) error {
	a.aside = a.key("probe")
	return nil
}

// forSeconds writes a version whose retention ends soon. A policy with a
// retention floor blocks it.
func forSeconds(ctx context.Context, a *attempt) error {
	if err := a.unlessGuarded(RetentionFloor, "it blocks retentions that end during the run"); err != nil {
		return err
	}
	a.wanted = a.in(shortRetention)
	v, err := a.put(ctx, a.key("probe"), lockOf{mode: a.mode(), until: a.wanted})
	a.victim = v
	return err
}

// forSecondsUnderHold is forSeconds for an attack that adds a legal hold, unless
// the owner could not remove the hold again.
func forSecondsUnderHold(ctx context.Context, a *attempt) error {
	if err := a.unlessGuarded(SealHolds, onlyGuardians); err != nil {
		return err
	}
	return forSeconds(ctx, a)
}

// onlyGuardians is why no trial puts a version under a legal hold.
const onlyGuardians = "only a guardian may remove the legal hold again"

// unlessGuarded returns an error if a guard prevents creating the target: the
// policy applies to the owner too, unless the run saw that it doesn't.
func (a *attempt) unlessGuarded(g Guard, why string) error {
	if !a.guardedFrom(g, Owner) {
		return nil
	}
	return notHere("the bucket policy has " + string(g) + ": " + why + "; it runs on a bucket without that guard")
}

func notHere(why string) error { return fmt.Errorf("%w: %s", errNotHere, why) }
