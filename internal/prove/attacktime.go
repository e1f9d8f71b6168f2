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
	// shortRetention leaves enough time to attack a version before its
	// retention ends.
	shortRetention = 4 * time.Second
	// lengthenedBy leaves enough time to attack a version after its first date.
	lengthenedBy = 20 * time.Second
)

// deleteBeforeAndAfter tries to delete the victim during its retention, and
// again after it.
func deleteBeforeAndAfter(ctx context.Context, a *attempt) error {
	gone, err := a.deleteEarly(ctx)
	if gone && a.locked && a.clock.now().After(a.wanted) {
		return fmt.Errorf("%w in time: the short retention had ended by the time the attack was answered", errRefused)
	}
	if gone || err != nil {
		return err
	}
	if err := a.wait(ctx, a.wanted); err != nil {
		return err
	}
	return a.deleteEnded(ctx)
}

// deleteEnded deletes the victim after its retention has ended.
func (a *attempt) deleteEnded(ctx context.Context) error {
	const operation = "DeleteObject of the version, after its retention"
	_, err := a.try(ctx, operation, func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(),
		})
		return err
	})
	return err
}

// deleteEarly tries to delete the victim while it must not be deletable.
func (a *attempt) deleteEarly(ctx context.Context) (gone bool, err error) {
	if _, err := a.tryDelete(ctx, true); err != nil {
		return false, err
	}
	after, err := a.read(to(ctx, ToCheck), a.victim)
	a.got.early = !after.Readable && len(after.Unknown) == 0
	return a.got.early, err
}

// holdPastTheEnd adds a legal hold, waits for the retention to end, tries to
// delete the version, and deletes it after removing the hold.
func holdPastTheEnd(ctx context.Context, a *attempt) error {
	a.ledger.hold(a.victim.key)
	took, err := a.try(ctx, "PutObjectLegalHold ON", func(ctx context.Context, c *s3.Client) error {
		return setHold(ctx, c, a.bucket, a.victim, types.ObjectLockLegalHoldStatusOn)
	})
	if err != nil {
		return err
	}
	if !took && a.locked {
		a.got.unasked = "the legal hold could not be added, so nothing could outlast the retention"
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
		return setHold(ctx, c, a.bucket, a.victim, types.ObjectLockLegalHoldStatusOff)
	}); err != nil {
		return err
	}
	return a.deleteEnded(ctx)
}

// lengthenAndWait lengthens a short retention and tries to delete the version
// after the first date.
func lengthenAndWait(ctx context.Context, a *attempt) error {
	first := a.wanted
	a.wanted = a.in(lengthenedBy)
	longer := retention(a.modeNow(), a.wanted)
	if _, err := a.tryRetention(ctx, "PutObjectRetention, seconds longer", longer, false, a.victim.idOrNil()); err != nil {
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

// deleteFromTheFuture signs with a clock set past the retention; the valid
// request uses the real time.
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
