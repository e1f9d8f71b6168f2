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
	// Compliance locks a version for everybody, including the account root,
	// until its retention ends.
	Compliance RetentionMode = "COMPLIANCE"
	// Governance locks a version for everybody who doesn't have the permission
	// s3:BypassGovernanceRetention.
	Governance RetentionMode = "GOVERNANCE"
)

var retentionModes = []RetentionMode{Compliance, Governance}

// Valid reports whether AWS knows the mode.
func (m RetentionMode) Valid() bool {
	return slices.Contains(retentionModes, m)
}

// Limits of a default retention.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
const (
	// DefaultDays is the retention if the settings don't set one.
	DefaultDays = 90
	// MaximumDays is the longest default retention in days.
	MaximumDays = 36500
	// MaximumYears is the longest default retention in years.
	MaximumYears = 100
	// DaysPerYear is the length of a year of retention.
	DaysPerYear = 365
	// ConfirmOverDays is the length in days, ten years, above which a
	// COMPLIANCE retention has to be confirmed, because nobody can undo it.
	ConfirmOverDays = 3650
)

// Retention is a bucket's default retention. S3 applies it to each new object
// version that is written without an explicit retention.
type Retention struct {
	// Mode is COMPLIANCE or GOVERNANCE.
	Mode RetentionMode
	// Days is the length in days, 1 to 36,500; 0 if Years is set.
	Days int
	// Years is the length in years, 1 to 100; 0 if Days is set.
	Years int
	// ConfirmRetentionDays repeats the length in days (a year counts 365) of
	// a COMPLIANCE retention over 3,650 days; 0 otherwise.
	ConfirmRetentionDays int
	// MaximumDays is the longest retention that a request may set on a
	// version, 1 to 36,500; 0 for the default: see [Retention.Ceiling].
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

// Until returns when the retention of a version written at the given time
// ends, in UTC.
func (r Retention) Until(written time.Time) time.Time {
	return written.UTC().AddDate(0, 0, r.TotalDays())
}

// String returns the length in words: "90 days", "1 year".
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

func (r Retention) validate(path string) Mistakes {
	ms := validateChoice(join(path, "mode"), r.Mode, retentionModes,
		`use "COMPLIANCE", which nobody can undo, or "GOVERNANCE", which some can bypass`)
	switch {
	case r.Days != 0 && r.Years != 0:
		return append(ms, daysAndYears(path, r.Days, r.Years)...)
	case r.Years < 0 || r.Years > MaximumYears:
		return append(ms, yearsOutOfRange(path, r.Years)...)
	case r.Years == 0 && (r.Days < 1 || r.Days > MaximumDays):
		return append(ms, daysOutOfRange(path, r.Days)...)
	}
	return append(ms, r.validateConfirmation(join(path, "confirmRetentionDays"))...)
}

func (r Retention) validateConfirmation(path string) Mistakes {
	total := r.TotalDays()
	required := r.Mode == Compliance && total > ConfirmOverDays
	differs := fmt.Sprintf("must equal the retention in days, %d", total)
	switch {
	case r.ConfirmRetentionDays == total || r.ConfirmRetentionDays == 0 && !required:
		return nil
	case !required:
		return mistake(path, strconv.Itoa(r.ConfirmRetentionDays), differs,
			fmt.Sprintf("correct one of them, or remove the key: it is required only over %d days", ConfirmOverDays))
	}
	value, allowed := strconv.Itoa(r.ConfirmRetentionDays), differs
	if r.ConfirmRetentionDays == 0 {
		value = ""
		allowed = fmt.Sprintf("required for a COMPLIANCE retention over %d days, which nobody can undo", ConfirmOverDays)
	}
	return mistake(path, value, allowed, fmt.Sprintf(`to confirm %s, write "confirmRetentionDays": %d`, r, total))
}

func daysOutOfRange(path string, n int) Mistakes {
	return mistake(join(path, "days"), strconv.Itoa(n),
		fmt.Sprintf("must be a whole number from 1 to %d", MaximumDays), `write a length in days, such as "days": 90`)
}

func yearsOutOfRange(path string, n int) Mistakes {
	return mistake(join(path, "years"), strconv.Itoa(n),
		fmt.Sprintf("must be a whole number from 1 to %d", MaximumYears), `write a length in years, such as "years": 1`)
}

func daysAndYears(path string, days, years int) Mistakes {
	return mistake(path, fmt.Sprintf(`{"days": %d, "years": %d}`, days, years),
		"AWS accepts days or years, not both", "remove one")
}
