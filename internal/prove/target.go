package prove

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Target is what a trial attacks, and how it comes to be.
type Target struct {
	// Text names it.
	Text string
	// Versions is how many object versions making it writes.
	Versions int
	// locked says that it must have the bucket's default retention before
	// the attack.
	locked bool
	make   func(context.Context, *attempt) error
}

// The targets.
var (
	put        = Target{"a locked version", 1, true, victim((*attempt).putFirst)}
	inParts    = Target{"a locked version, uploaded in parts", 1, true, victim((*attempt).putMultipart)}
	copied     = Target{"a locked version, made by a copy", 2, true, victim((*attempt).putCopy)}
	posted     = Target{"a locked version, posted by a form", 1, true, victim((*attempt).putForm)}
	held       = Target{"a locked version under a legal hold", 1, true, victim((*attempt).putHeld)}
	noncurrent = Target{"a locked version under a newer one", 2, true, covered}
	marked     = Target{"a locked version behind a delete marker", 1, true, behindMarker}
	newKey     = Target{"a key without an object", 0, false, nothing}
	shortLived = Target{"a version locked for a few seconds", 1, false, forSeconds}
	everything = Target{"every version of the run", 1, true, victim((*attempt).putFirst)}
	bucketItem = Target{"the bucket, with a locked version in it", 1, true, victim((*attempt).putFirst)}
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

// putHeld is not for a bucket in which the hold could not be lifted again.
func (a *attempt) putHeld(ctx context.Context, key string) (version, error) {
	if a.guards.Declares(SealConfiguration) && !a.endpoint.OwnerExempt {
		return version{}, notHere("only a guardian may lift the legal hold again")
	}
	return a.put(ctx, key, lockOf{hold: true})
}

// covered writes a version and a newer one over it.
func covered(ctx context.Context, a *attempt) error {
	if a.guards.Declares(WriteOnce) && !a.endpoint.OwnerExempt {
		return notHere("under a write-once policy no version gets a newer one")
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
	if a.guards.Declares(NoDeleteMarkers) && !a.endpoint.OwnerExempt {
		return notHere("the bucket policy lets nobody lay a delete marker")
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
// retention floor would not take it.
func forSeconds(ctx context.Context, a *attempt) error {
	if a.guards.Declares(RetentionFloor) && !a.endpoint.OwnerExempt {
		return notHere("the bucket policy takes no retention below the default, so none ends within the run")
	}
	a.wanted = inSeconds(shortRetention)
	v, err := a.put(ctx, a.key("probe"), lockOf{mode: a.mode(), until: a.wanted})
	a.victim = v
	return err
}

func notHere(why string) error { return fmt.Errorf("%w: %s", errNotHere, why) }
