package prove

import (
	"context"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A change returns the retention that an attack asks for.
type change func(*attempt) *types.ObjectLockRetention

// The changes that the trials use.
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

// tomorrow is one day from now, or half of the remaining retention if that is
// sooner: a later date would not shorten it.
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

// modeNow is the victim's retention mode or, without a lock, the mode that
// attacks use.
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

// tryRetention tries to change the victim's retention.
func (a *attempt) tryRetention(
	ctx context.Context, name string, want *types.ObjectLockRetention, bypass bool, id *string,
) (bool, error) {
	weakens := a.before.Until != nil && (want.RetainUntilDate == nil || want.RetainUntilDate.Before(a.untilNow()) ||
		rank(settings.RetentionMode(want.Mode)) < rank(a.before.Mode))
	took, err := a.eachWay(bypass, func(bypass bool) (bool, error) {
		took, err := a.try(ctx, bypassing(name, bypass), func(ctx context.Context, c *s3.Client) error {
			_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
				Bucket: &a.bucket, Key: &a.victim.key, VersionId: id, Retention: want,
				BypassGovernanceRetention: a.flag(bypass),
			})
			return err
		})
		if weakens {
			a.mustRefuse()
		}
		return took, err
	})
	if want.RetainUntilDate != nil {
		a.moves = append(a.moves, Move{To: *want.RetainUntilDate, Accepted: took})
	}
	return took, err
}

// retain tries to change the retention, then to delete the version.
func retain(to change, bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		if _, err := a.tryRetention(ctx, "PutObjectRetention", to(a), bypass, a.victim.idOrNil()); err != nil {
			return err
		}
		_, err := a.tryDelete(ctx, bypass)
		return err
	}
}

// retainCurrent does the same without naming the version.
func retainCurrent(to change, bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		if _, err := a.tryRetention(ctx, "PutObjectRetention without a version", to(a), bypass, nil); err != nil {
			return err
		}
		_, err := a.tryDelete(ctx, bypass)
		return err
	}
}

// lengthen asks for one more day, which must work, then tries to undo that and
// to delete the version.
func lengthen(ctx context.Context, a *attempt) error {
	later := a.untilNow().Add(24 * time.Hour).Truncate(time.Second)
	id := a.victim.idOrNil()
	longer, asBefore := retention(a.modeNow(), later), retention(a.modeNow(), a.untilNow())
	if _, err := a.tryRetention(ctx, "PutObjectRetention, a day longer", longer, false, id); err != nil {
		return err
	}
	a.wanted = later
	if _, err := a.tryRetention(ctx, "PutObjectRetention, as before", asBefore, true, id); err != nil {
		return err
	}
	_, err := a.tryDelete(ctx, true)
	return err
}
