package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Renew says how long the datasets of a bucket stay locked. `datalock renew
// --due` lengthens locks that are due. It doesn't change the bucket.
type Renew struct {
	// RenewPolicy applies to all datasets; zero means none.
	RenewPolicy
	// Prefixes are the policies for datasets at or below a prefix. The longest
	// matching prefix counts.
	Prefixes map[string]RenewPolicy
}

// A RenewPolicy says when to lengthen a lock, and to how long.
type RenewPolicy struct {
	// KeepDays is the length of the lock after a renewal, in days from the
	// renewal.
	KeepDays int
	// WhenLeftDays is the number of remaining days below which a lock is due.
	WhenLeftDays int
}

// Of returns the policy of the dataset at a prefix, and whether there is one.
func (r Renew) Of(prefix string) (RenewPolicy, bool) {
	found, longest := r.RenewPolicy, -1
	for above, policy := range r.Prefixes {
		if len(above) > longest && strings.HasPrefix(prefix+"/", above+"/") {
			found, longest = policy, len(above)
		}
	}
	return found, found != RenewPolicy{}
}

func decodeRenew(r *reader, into *Renew) {
	decodeRenewPolicy(r, &into.RenewPolicy)
	if prefixes := r.object("prefixes"); prefixes != nil {
		into.Prefixes = map[string]RenewPolicy{}
		for _, prefix := range prefixes.node.keys {
			var policy RenewPolicy
			if nested := prefixes.object(prefix); nested != nil {
				decodeRenewPolicy(nested, &policy)
				nested.done()
			}
			into.Prefixes[prefix] = policy
		}
	}
	r.done()
}

func decodeRenewPolicy(r *reader, into *RenewPolicy) {
	days := func(key string, into *int) {
		if r.integer(key, into) && *into == 0 {
			*into = zeroDays // zero means not set, and a zero in the file is a mistake
		}
	}
	days("keepDays", &into.KeepDays)
	days("whenLeftDays", &into.WhenLeftDays)
}

func (r Renew) validate(path string, of Retention) Mistakes {
	var ms Mistakes
	if (r.RenewPolicy != RenewPolicy{}) {
		ms = r.RenewPolicy.validate(path, of)
	}
	for _, prefix := range sortedKeys(r.Prefixes) {
		key := join(join(path, "prefixes"), prefix)
		if prefix == "" || strings.Trim(prefix, "/") != prefix {
			ms.add(key, "", "must be the prefix of datasets, without slashes at its ends", `write one such as "imagenet"`)
		}
		ms = append(ms, r.Prefixes[prefix].validate(key, of)...)
	}
	return ms
}

func (p RenewPolicy) validate(path string, of Retention) Mistakes {
	var ms Mistakes
	least, most := of.TotalDays(), of.Ceiling()
	switch {
	case p.KeepDays == 0:
		ms.add(join(path, "keepDays"), "", "missing", `write a number of days, such as "keepDays": 365`)
	case p.KeepDays < least || p.KeepDays > most:
		ms.add(join(path, "keepDays"), dayCount(p.KeepDays),
			fmt.Sprintf("must be from %d, the default retention, to %d, the longest that the bucket allows", least, most),
			fmt.Sprintf("write a number of days such as %d", min(max(DaysPerYear, least), most)))
	}
	switch {
	case p.WhenLeftDays == 0:
		ms.add(join(path, "whenLeftDays"), "", "missing", `write a number of days, such as "whenLeftDays": 120`)
	case p.WhenLeftDays < 1 || p.KeepDays > 0 && p.WhenLeftDays >= p.KeepDays:
		ms.add(join(path, "whenLeftDays"), dayCount(p.WhenLeftDays),
			"must be from 1 to less than keepDays: with more, every run would lengthen every lock",
			"write at least twice the days between two runs, such as 14 for a weekly run")
	}
	return ms
}

// zeroDays stands for a zero in the file.
const zeroDays = math.MinInt

// dayCount returns a number of days as it is in the file.
func dayCount(days int) string {
	if days == zeroDays {
		return "0"
	}
	return strconv.Itoa(days)
}
