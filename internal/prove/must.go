package prove

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Must is a rule about the data after an attack.
type Must struct {
	// Text says what must be.
	Text string
	// judge reports whether it is so, and what was found.
	judge func(context.Context, *attempt) (ok bool, found string, err error)
}

// The rules.
var (
	Kept          = Must{"the version reads back unchanged, locked as long as before", judgeKept}
	KeptAndLocked = Must{"the old version reads back unchanged, and a newer one is locked too", judgeKeptAndLocked}
	StillShown    = Must{"a reader of the key still gets the data", judgeShown}
	Lengthened    = Must{"the version is locked until the later date", judgeLengthened}
	NotLengthened = Must{"the version is locked until the same date as before", judgeNotLengthened}
	DefaultLocked = Must{"the new version is locked for the bucket's default retention", judgeDefault}
	NotStored     = Must{"nothing is stored", judgeNotStored}
	OneWinner     = Must{"exactly one writer wins, and its data is what is stored", judgeOneWinner}
	NothingRead   = Must{"no byte of the data is given out", judgeNothingRead}
	EndsInTime    = Must{"the delete is refused before the retention ends and works after", judgeEnds}
	SettingKept   = Must{"the setting is as before, and the version is unchanged and locked", judgeSetting}
	AllKept       = Must{"the bucket and all that the run locked in it are still there", judgeAll}
)

// retentionSlack is how far the server's clock may be off from ours when a
// default retention is compared.
const retentionSlack = 5 * time.Minute

func judgeKept(ctx context.Context, a *attempt) (bool, string, error) {
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return false, "", err
	}
	return weaker(a.before, after, a.victim.sum) == "", found(a.before, after, a.victim.sum), nil
}

// weaker returns what is worse than before, or "".
func weaker(before, after State, sum string) string {
	switch {
	case !after.Readable:
		return "the version is " + after.String()
	case after.SHA256 != sum:
		return "the version has other bytes: " + after.String()
	case rank(after.Mode) < rank(before.Mode):
		return fmt.Sprintf("the retention mode went from %q to %q", before.Mode, after.Mode)
	case before.Until != nil && after.Until == nil:
		return "the retention is gone"
	case before.Until != nil && after.Until.Before(*before.Until):
		return fmt.Sprintf("the retention was shortened from %s to %s", before.Until.Format(time.RFC3339), after.Until.Format(time.RFC3339))
	case before.Hold && !after.Hold:
		return "the legal hold is off"
	}
	return ""
}

func found(before, after State, sum string) string {
	if harm := weaker(before, after, sum); harm != "" {
		return harm
	}
	return after.String()
}

func rank(m settings.RetentionMode) int {
	return map[settings.RetentionMode]int{settings.Governance: 1, settings.Compliance: 2}[m]
}

// lacks returns how a version falls short of the default retention, or "".
func (l *lab) lacks(v version, s State) string {
	expected := l.expected
	if !l.locked || expected.TotalDays() == 0 {
		return "the bucket has no default retention"
	}
	switch off := time.Duration(0); {
	case s.Mode != expected.Mode:
		return fmt.Sprintf("retention mode %q where %s was declared", s.Mode, expected.Mode)
	default:
		off = s.Until.Sub(expected.Until(v.written))
		if off.Abs() > retentionSlack {
			return fmt.Sprintf("locked until %s, which is not %s after it was written", s.Until.UTC().Format(time.RFC3339), expected)
		}
	}
	return ""
}

func judgeDefault(ctx context.Context, a *attempt) (bool, string, error) {
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return false, "", err
	}
	if !after.Readable || after.SHA256 != a.victim.sum {
		return false, found(a.before, after, a.victim.sum), nil
	}
	if short := a.lacks(a.victim, after); short != "" {
		return false, short, nil
	}
	return true, after.String(), nil
}

func judgeKeptAndLocked(ctx context.Context, a *attempt) (bool, string, error) {
	ok, text, err := judgeKept(ctx, a)
	if err != nil || !ok || !a.locked {
		return ok, text, err
	}
	var newest version
	_, err = call(ctx, "HeadObject", func(ctx context.Context) error {
		out, err := a.by[Owner].HeadObject(ctx, &s3.HeadObjectInput{Bucket: &a.bucket, Key: &a.victim.key})
		if err == nil {
			newest = version{key: a.victim.key, id: aws.ToString(out.VersionId), written: time.Now()}
		}
		return err
	})
	if err != nil || newest.id == a.victim.id {
		return err == nil, text, unreachable(err)
	}
	state, err := a.read(ctx, newest)
	if err != nil {
		return false, "", err
	}
	if short := a.lacks(newest, state); short != "" {
		return false, "the newer version isn't locked as declared: " + short, nil
	}
	return true, text + "; the newer version is locked too", nil
}

func judgeShown(ctx context.Context, a *attempt) (bool, string, error) {
	state, err := a.shown(ctx, a.victim.key)
	if err != nil {
		return false, "", err
	}
	if !state.Readable || state.SHA256 != a.victim.sum {
		return false, "a reader of the key gets: " + state.String(), nil
	}
	return judgeKept(ctx, a)
}

func judgeLengthened(ctx context.Context, a *attempt) (bool, string, error) {
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return false, "", err
	}
	if after.Until == nil || after.Until.Before(a.wanted) {
		return false, "the retention was not lengthened: " + after.String(), nil
	}
	return weaker(a.before, after, a.victim.sum) == "", found(a.before, after, a.victim.sum), nil
}

func judgeNotStored(ctx context.Context, a *attempt) (bool, string, error) {
	state, err := a.shown(ctx, a.aside)
	if err != nil {
		return false, "", err
	}
	if state.Readable {
		return false, "the object was stored", nil
	}
	if state.status != http.StatusNotFound {
		return false, "whether the object was stored can't be told: " + state.Answer, nil
	}
	versions, err := a.versionsOf(ctx, a.aside)
	if err != nil {
		return false, "", err
	}
	if len(versions) > 0 {
		return false, "the object was stored, where a reader of the key doesn't see it", nil
	}
	return true, "nothing is stored (" + state.Answer + ")", nil
}

func judgeNothingRead(ctx context.Context, a *attempt) (bool, string, error) {
	if a.got.data {
		return false, "the data was given out", nil
	}
	return judgeKept(ctx, a)
}

func judgeNotLengthened(ctx context.Context, a *attempt) (bool, string, error) {
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return false, "", err
	}
	if after.Until != nil && (a.before.Until == nil || after.Until.After(*a.before.Until)) {
		return false, "the version is now locked until " + after.Until.UTC().Format(time.RFC3339), nil
	}
	return weaker(a.before, after, a.victim.sum) == "", found(a.before, after, a.victim.sum), nil
}
