package settings

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// RetentionMode is the Object Lock retention mode of a bucket's default
// retention.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes
type RetentionMode string

const (
	// Compliance locks a version for everybody, the account root included,
	// until its retention ends.
	Compliance RetentionMode = "COMPLIANCE"
	// Governance locks a version for everybody without the permission
	// s3:BypassGovernanceRetention.
	Governance RetentionMode = "GOVERNANCE"
)

// Valid reports whether AWS knows the mode.
func (m RetentionMode) Valid() bool {
	return slices.Contains([]RetentionMode{Compliance, Governance}, m)
}

// Limits of a default retention.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
const (
	// DefaultDays is the retention of a bucket whose settings name none.
	DefaultDays = 90
	// MaximumDays is the longest default retention in days.
	MaximumDays = 36500
	// MaximumYears is the longest default retention in years.
	MaximumYears = 100
	// DaysPerYear is how AWS counts a year of retention.
	DaysPerYear = 365
	// ConfirmOverDays is the length in days above which a COMPLIANCE
	// retention has to be confirmed, because nobody can undo it: ten years.
	ConfirmOverDays = 3650
)

// Retention is a bucket's default retention: S3 puts it onto each new object
// version that names no retention of its own.
type Retention struct {
	// Mode is COMPLIANCE or GOVERNANCE.
	Mode RetentionMode
	// Days is the length in days, 1 to 36,500; 0 where Years is set.
	Days int
	// Years is the length in years, 1 to 100; 0 where Days is set.
	Years int
	// ConfirmRetentionDays repeats the length in days (a year counts 365) of
	// a COMPLIANCE retention over 3,650 days; 0 otherwise.
	ConfirmRetentionDays int
	// MaximumDays is the longest retention that a writer may name, 1 to
	// 36,500; 0 for the default: see [Retention.Ceiling].
	MaximumDays int
}

// DefaultRetention returns COMPLIANCE for 90 days.
func DefaultRetention() Retention {
	return Retention{Mode: Compliance, Days: DefaultDays}
}

// TotalDays returns the length in days; a year counts 365.
func (r Retention) TotalDays() int {
	return r.Days + r.Years*DaysPerYear
}

// Until returns the moment until which a version written at the given time is
// locked, in UTC.
func (r Retention) Until(written time.Time) time.Time {
	return written.UTC().AddDate(0, 0, r.TotalDays())
}

// String returns the length as a person says it: "90 days", "1 year".
func (r Retention) String() string {
	number, unit := r.Days, "day"
	if r.Years != 0 {
		number, unit = r.Years, "year"
	}
	if number != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", number, unit)
}

func (ms *Mistakes) retention(path string, r Retention) {
	if !r.Mode.Valid() {
		ms.add(join(path, "mode"), quote(string(r.Mode)), "must be COMPLIANCE or GOVERNANCE",
			`write "COMPLIANCE", which nobody can undo, or "GOVERNANCE", which some may bypass`)
	}
	switch {
	case r.Days != 0 && r.Years != 0:
		ms.daysAndYears(path, r.Days, r.Years)
		return
	case r.Years != 0:
		if r.Years < 1 || r.Years > MaximumYears {
			ms.years(path, r.Years)
			return
		}
	case r.Days < 1 || r.Days > MaximumDays:
		ms.days(path, r.Days)
		return
	}
	ms.confirmation(path, r)
}

func (ms *Mistakes) confirmation(path string, r Retention) {
	total, key := r.TotalDays(), join(path, "confirmRetentionDays")
	switch {
	case r.Mode == Compliance && total > ConfirmOverDays:
		if r.ConfirmRetentionDays == total {
			return
		}
		value, allowed := "", fmt.Sprintf("missing, but a COMPLIANCE retention over %d days can't be undone by anyone", ConfirmOverDays)
		if r.ConfirmRetentionDays != 0 {
			value, allowed = strconv.Itoa(r.ConfirmRetentionDays), fmt.Sprintf("must repeat the retention of %s in days, %d", r, total)
		}
		ms.add(key, value, allowed, fmt.Sprintf(`if %s is meant, write "confirmRetentionDays": %d`, r, total))
	case r.ConfirmRetentionDays != 0 && r.ConfirmRetentionDays != total:
		ms.add(key, strconv.Itoa(r.ConfirmRetentionDays), fmt.Sprintf("must repeat the retention of %s in days, %d", r, total),
			fmt.Sprintf("correct the one or the other, or leave the key out: it is only needed over %d days", ConfirmOverDays))
	}
}

func (ms *Mistakes) days(path string, n int) {
	ms.add(join(path, "days"), strconv.Itoa(n), fmt.Sprintf("must be a whole number from 1 to %d", MaximumDays), `write a length in days, such as "days": 90`)
}

func (ms *Mistakes) years(path string, n int) {
	ms.add(join(path, "years"), strconv.Itoa(n), fmt.Sprintf("must be a whole number from 1 to %d", MaximumYears), `write a length in years, such as "years": 1`)
}

func (ms *Mistakes) daysAndYears(path string, days, years int) {
	ms.add(path, fmt.Sprintf(`{"days": %d, "years": %d}`, days, years), "AWS takes days or years, not both", "leave one of the two out")
}
