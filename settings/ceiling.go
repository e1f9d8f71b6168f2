package settings

import (
	"fmt"
	"strconv"
)

// DefaultMaximumDays is the default of [Retention.MaximumDays]: ten years. S3
// itself allows 100 years.
const DefaultMaximumDays = 3650

// Ceiling returns the longest retention, in days, that a request may set on a
// version: MaximumDays if it is set, and otherwise ten years or the default
// retention, whichever is longer.
func (r Retention) Ceiling() int {
	if r.MaximumDays != 0 {
		return r.MaximumDays
	}
	return max(DefaultMaximumDays, r.TotalDays())
}

func decodeMaximum(r *reader, into *Retention) {
	if r.integer("maximumDays", &into.MaximumDays) && into.MaximumDays == 0 {
		r.report(maximumOutOfRange(r.path, 0))
	}
}

func (r Retention) validateMaximum(path string) Mistakes {
	total := r.TotalDays()
	switch n := r.MaximumDays; {
	case n == 0:
		return nil
	case n < 0 || n > MaximumDays:
		return maximumOutOfRange(path, n)
	case n < total && total <= MaximumDays:
		return mistake(join(path, "maximumDays"), strconv.Itoa(n),
			fmt.Sprintf("is less than the default retention of %s", r),
			fmt.Sprintf("write %d or more, or shorten the retention", total))
	}
	return nil
}

func maximumOutOfRange(path string, n int) Mistakes {
	return mistake(join(path, "maximumDays"), strconv.Itoa(n),
		fmt.Sprintf("must be a whole number from 1 to %d", MaximumDays),
		`write a length in days, such as "maximumDays": 3650, or remove the key`)
}
