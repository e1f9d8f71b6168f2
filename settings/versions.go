package settings

import (
	"slices"
	"strconv"
	"strings"
)

// A release is the major, minor and patch version of a release.
type release [3]int

func (r release) compare(other release) int { return slices.Compare(r[:], other[:]) }

// next returns the release after which no other comes before: the next patch.
func (r release) next() release { return release{r[0], r[1], r[2] + 1} }

// releases are the releases from least on, below the first that is too new, if
// there is one.
type releases struct {
	least, below release
	bounded      bool
	except       []release
}

// narrow leaves the releases that also meet a part of a version constraint, as
// [constraint] matches it.
// https://developer.hashicorp.com/terraform/language/expressions/version-constraints#operators
func (r *releases) narrow(part []string) {
	var version release
	for i, digits := range part[2:5] {
		version[i], _ = strconv.Atoi(digits) // 0 if it's left out
	}
	switch operator := part[1]; operator {
	case "", "=":
		r.from(version)
		r.before(version.next())
	case "!=":
		r.except = append(r.except, version)
	case ">=":
		r.from(version)
	case ">":
		r.from(version.next())
	case "<=":
		r.before(version.next())
	case "<":
		r.before(version)
	case "~>": // the last part that is written may grow
		r.from(version)
		if part[4] == "" {
			r.before(release{version[0] + 1})
		} else {
			r.before(release{version[0], version[1] + 1})
		}
	}
}

func (r *releases) from(least release) {
	if least.compare(r.least) > 0 {
		r.least = least
	}
}

func (r *releases) before(below release) {
	if !r.bounded || below.compare(r.below) < 0 {
		r.below, r.bounded = below, true
	}
}

// empty reports whether no release is left. There may be any number of patches.
func (r *releases) empty() bool {
	least := r.least
	for slices.Contains(r.except, least) {
		least = least.next()
	}
	return r.bounded && least.compare(r.below) >= 0
}

// releasesOf returns the releases that meet all parts of a version constraint, if
// it is valid.
func releasesOf(constraints string) (all releases, valid bool) {
	for _, part := range strings.Split(constraints, ",") {
		match := constraint.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil || match[1] == "~>" && match[3] == "" {
			return releases{}, false
		}
		all.narrow(match)
	}
	return all, true
}
