package prove

import (
	"context"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A change is a retention that an attack wants, given the one there is.
type change func(*attempt) *types.ObjectLockRetention

// The changes.
var (
	toTomorrow   change = func(a *attempt) *types.ObjectLockRetention { return retention(a.modeNow(), a.tomorrow()) }
	toYesterday  change = func(a *attempt) *types.ObjectLockRetention { return retention(a.modeNow(), a.days(-1)) }
	toNone       change = func(*attempt) *types.ObjectLockRetention { return &types.ObjectLockRetention{} }
	toGovernance change = func(a *attempt) *types.ObjectLockRetention {
		return retention(types.ObjectLockRetentionModeGovernance, a.untilNow())
	}
	toSecondLess change = func(a *attempt) *types.ObjectLockRetention {
		return retention(a.modeNow(), a.untilNow().Add(-time.Second))
	}
)

// tomorrow is a day ahead, or half as far as the retention lasts if that is
// less: a later date would be no shortening.
func (a *attempt) tomorrow() time.Time {
	left := a.untilNow().Sub(a.clock.now())
	if half := a.in(left / 2); half.Before(a.days(1)) {
		return half
	}
	return a.days(1)
}

func retention(mode types.ObjectLockRetentionMode, until time.Time) *types.ObjectLockRetention {
	return &types.ObjectLockRetention{Mode: mode, RetainUntilDate: &until}
}

// modeNow is the victim's mode, or what it would be under a lock.
func (a *attempt) modeNow() types.ObjectLockRetentionMode {
	if a.before.Mode != "" {
		return types.ObjectLockRetentionMode(a.before.Mode)
	}
	return types.ObjectLockRetentionMode(a.mode())
}

func (a *attempt) untilNow() time.Time {
	if a.before.Until != nil {
		return *a.before.Until
	}
	return a.days(2)
}

// tryRetention asks for another retention of the victim.
func (a *attempt) tryRetention(ctx context.Context, name string, want *types.ObjectLockRetention, bypass bool, id *string) (bool, error) {
	if bypass {
		name += ", bypassing governance"
	}
	took, err := a.try(ctx, name, func(ctx context.Context, c *s3.Client) error {
		_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: id, Retention: want,
			BypassGovernanceRetention: a.flag(bypass),
		})
		return err
	})
	if a.before.Until != nil && (want.RetainUntilDate == nil || want.RetainUntilDate.Before(a.untilNow()) || rank(settings.RetentionMode(want.Mode)) < rank(a.before.Mode)) {
		a.mustRefuse()
	}
	if want.RetainUntilDate != nil {
		a.moves = append(a.moves, Move{To: *want.RetainUntilDate, Accepted: took})
	}
	return took, err
}

// retain asks for the change, and then tries to delete the version.
func retain(to change, bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		if _, err := a.tryRetention(ctx, "PutObjectRetention", to(a), bypass, a.victim.idOrNil()); err != nil {
			return err
		}
		_, err := a.tryDelete(ctx, bypass)
		return err
	}
}

// retainCurrent does it without naming the version.
func retainCurrent(to change, bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		if _, err := a.tryRetention(ctx, "PutObjectRetention without a version", to(a), bypass, nil); err != nil {
			return err
		}
		_, err := a.tryDelete(ctx, bypass)
		return err
	}
}

// lengthen asks for a day more, which must work, and then tries to take it
// back.
func lengthen(ctx context.Context, a *attempt) error {
	later := a.untilNow().Add(24 * time.Hour).Truncate(time.Second)
	if _, err := a.tryRetention(ctx, "PutObjectRetention, a day longer", retention(a.modeNow(), later), false, a.victim.idOrNil()); err != nil {
		return err
	}
	a.wanted = later
	if _, err := a.tryRetention(ctx, "PutObjectRetention, as before", retention(a.modeNow(), a.untilNow()), true, a.victim.idOrNil()); err != nil {
		return err
	}
	_, err := a.tryDelete(ctx, true)
	return err
}
