package settings

import (
	"fmt"
	"strconv"
)

// DefaultMaximumDays is the longest retention that a writer may name, unless
// the settings say otherwise: ten years. S3 itself takes a hundred.
const DefaultMaximumDays = 3650

// Ceiling returns the longest retention in days that a writer may name for a
// version: MaximumDays where it is set, and otherwise ten years or the default
// retention, whichever is longer.
func (r Retention) Ceiling() int {
	if r.MaximumDays != 0 {
		return r.MaximumDays
	}
	return max(DefaultMaximumDays, r.TotalDays())
}

func decodeMaximum(r *reader, into *Retention) {
	if r.integer("maximumDays", &into.MaximumDays) && into.MaximumDays == 0 {
		r.ms.maximumRange(r.path, 0)
	}
}

func (ms *Mistakes) maximum(path string, r Retention) {
	total := r.TotalDays()
	switch n := r.MaximumDays; {
	case n == 0:
	case n < 0 || n > MaximumDays:
		ms.maximumRange(path, n)
	case n < total && total <= MaximumDays:
		ms.add(join(path, "maximumDays"), strconv.Itoa(n), fmt.Sprintf("is shorter than the default retention of %s", r), fmt.Sprintf("write %d or more, or shorten the retention", total))
	}
}

func (ms *Mistakes) maximumRange(path string, n int) {
	ms.add(join(path, "maximumDays"), strconv.Itoa(n), fmt.Sprintf("must be a whole number from 1 to %d", MaximumDays), `write a length in days, such as "maximumDays": 3650, or leave the key out`)
}
