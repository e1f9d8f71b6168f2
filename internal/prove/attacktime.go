package prove

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// shortRetention is long enough to be attacked before it ends.
	shortRetention = 4 * time.Second
	// lengthenedBy is long enough for a version to be attacked after its
	// first date.
	lengthenedBy = 20 * time.Second
)

// deleteBeforeAndAfter attacks the victim while its retention lasts, and once
// more when it has ended.
func deleteBeforeAndAfter(ctx context.Context, a *attempt) error {
	gone, err := a.deleteEarly(ctx)
	if gone && a.locked && a.clock.now().After(a.wanted) {
		return fmt.Errorf("%w in time: a retention of seconds had ended when the attack was answered", errRefused)
	}
	if gone || err != nil {
		return err
	}
	if err := a.wait(ctx, a.wanted); err != nil {
		return err
	}
	return a.deleteEnded(ctx)
}

// deleteEnded deletes when the retention has ended.
func (a *attempt) deleteEnded(ctx context.Context) error {
	_, err := a.try(ctx, "DeleteObject of the version, after its retention", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(),
		})
		return err
	})
	return err
}

// deleteEarly deletes while it must not work.
func (a *attempt) deleteEarly(ctx context.Context) (gone bool, err error) {
	if _, err := a.tryDelete(ctx, true); err != nil {
		return false, err
	}
	after, err := a.read(to(ctx, ToCheck), a.victim)
	a.got.early = !after.Readable && len(after.Unknown) == 0
	return a.got.early, err
}

// holdPastTheEnd puts a legal hold on, waits for the retention to end, attacks,
// and deletes when the hold is off.
func holdPastTheEnd(ctx context.Context, a *attempt) error {
	took, err := a.try(ctx, "PutObjectLegalHold ON", func(ctx context.Context, c *s3.Client) error {
		return setHold(ctx, c, a, types.ObjectLockLegalHoldStatusOn)
	})
	if err != nil {
		return err
	}
	if !took && a.locked {
		a.got.unasked = "the legal hold could not be put on, so nothing could outlast the retention"
		return nil
	}
	if a.locked {
		if err := a.wait(ctx, a.wanted); err != nil {
			return err
		}
	}
	if gone, err := a.deleteEarly(ctx); gone || err != nil {
		return err
	}
	if _, err := a.try(ctx, "PutObjectLegalHold OFF", func(ctx context.Context, c *s3.Client) error {
		return setHold(ctx, c, a, types.ObjectLockLegalHoldStatusOff)
	}); err != nil {
		return err
	}
	return a.deleteEnded(ctx)
}

// lengthenAndWait lengthens a short retention and attacks when the first date
// has passed.
func lengthenAndWait(ctx context.Context, a *attempt) error {
	first := a.wanted
	a.wanted = a.in(lengthenedBy)
	if _, err := a.tryRetention(ctx, "PutObjectRetention, seconds longer", retention(a.modeNow(), a.wanted), false, a.victim.idOrNil()); err != nil {
		return err
	}
	if a.locked {
		if err := a.wait(ctx, first); err != nil {
			return err
		}
	}
	_, err := a.tryDelete(ctx, true)
	return err
}

// deleteFromTheFuture signs with a clock that is past the retention; done as it
// should be, with the clock as it is.
func deleteFromTheFuture(ctx context.Context, a *attempt) error {
	skew := time.Duration(a.expected.TotalDays()+1) * 24 * time.Hour
	name := "DeleteObject, signed at " + a.clock.now().Add(skew).UTC().Format(time.DateOnly)
	if a.valid {
		skew, name = 0, "DeleteObject, signed now"
	}
	return a.tryRaw(ctx, name, rawRequest{
		method: http.MethodDelete, key: a.victim.key, query: versionQuery(a.victim), skew: skew,
	})
}
