package store

import (
	"slices"
	"strconv"
	"strings"

	"datalock/internal/policy"
)

// Limits are the minimum and maximum days that may remain when a request
// arrives, 0 if the bucket policy has no such limit or can't be read.
type Limits struct{ Floor, Ceiling int }

const remainingDays = "s3:object-lock-remaining-retention-days"

// limits reads a bucket policy's limits on the remaining days for an action on
// the keys below a prefix. maybe are the statements that may limit them too:
// they apply to some keys or principals, or under further conditions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
func limits(document policy.Document, action, bucket, prefix string) (l Limits, maybe []string) {
	for i, s := range document.Statement {
		if s.Effect != "Deny" || !limitsDays(s) || !denies(s, action) {
			continue
		}
		covered := coverage(s, bucket+"/"+prefix)
		if covered == none {
			continue
		}
		one, plain := limitOf(s)
		if covered == some || !plain || !slices.Equal(s.Principal, policy.Principals{policy.Everybody}) {
			name := s.Sid
			if name == "" {
				name = "number " + strconv.Itoa(i+1)
			}
			maybe = append(maybe, name)
			continue
		}
		l.Floor = max(l.Floor, one.Floor)
		if one.Ceiling > 0 {
			l.Ceiling = lower(l.Ceiling, one.Ceiling)
		}
	}
	return l, maybe
}

// limitsDays reports whether a statement has a condition on the remaining days.
func limitsDays(s policy.Statement) bool {
	for _, keys := range s.Condition {
		for key := range keys {
			if strings.EqualFold(key, remainingDays) {
				return true
			}
		}
	}
	return false
}

// limitOf returns the limit of a statement; plain is false if its condition has
// more than that limit.
func limitOf(s policy.Statement) (l Limits, plain bool) {
	if len(s.Condition) != 1 {
		return l, false
	}
	for operator, keys := range s.Condition {
		if len(keys) != 1 {
			return l, false
		}
		for _, values := range keys {
			for _, value := range values {
				days, err := strconv.Atoi(value)
				if err != nil {
					return l, false
				}
				switch strings.TrimSuffix(operator, "IfExists") {
				case "NumericLessThan":
					l.Floor = max(l.Floor, days)
				case "NumericLessThanEquals":
					l.Floor = max(l.Floor, days+1)
				case "NumericGreaterThan":
					l.Ceiling = lower(l.Ceiling, days)
				case "NumericGreaterThanEquals":
					l.Ceiling = lower(l.Ceiling, days-1)
				default:
					return l, false
				}
			}
		}
	}
	return l, true
}

const lockMode = "s3:object-lock-mode"

// deniedModes returns the modes of a retention that a bucket policy denies to
// everybody, for an action on all keys below a prefix.
func deniedModes(document policy.Document, action, bucket, prefix string) []string {
	var modes []string
	for _, s := range document.Statement {
		if s.Effect != "Deny" || len(s.Condition) != 1 || !denies(s, action) || coverage(s, bucket+"/"+prefix) != all ||
			!slices.Equal(s.Principal, policy.Principals{policy.Everybody}) {
			continue
		}
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if strings.TrimSuffix(operator, "IfExists") == "StringEquals" && len(keys) == 1 &&
					strings.EqualFold(key, lockMode) {
					modes = append(modes, values...)
				}
			}
		}
	}
	return modes
}

func lower(a, b int) int {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// denies reports whether a statement is about an action.
func denies(s policy.Statement, action string) bool {
	is := func(pattern string) bool { return policy.Matches(strings.ToLower(pattern), strings.ToLower(action)) }
	if len(s.NotAction) > 0 {
		return !slices.ContainsFunc(s.NotAction, is)
	}
	return slices.ContainsFunc(s.Action, is)
}

// The keys below a prefix that a statement is about.
type covered int

const (
	none covered = iota
	some
	all
)

// coverage returns the keys below a path, BUCKET/PREFIX/, that a statement is
// about.
func coverage(s policy.Statement, path string) covered {
	if len(s.NotResource) > 0 {
		return all - patternsCover(s.NotResource, path)
	}
	return patternsCover(s.Resource, path)
}

func patternsCover(patterns policy.Values, path string) covered {
	most := none
	for _, pattern := range patterns {
		_, objects, isARN := strings.Cut(pattern, ":::")
		switch {
		case pattern == "*":
			return all
		case !isARN || strings.Contains(objects, "${"):
			most = max(most, some)
		case strings.HasSuffix(objects, "*") && policy.Matches(objects, path):
			return all
		case overlaps(objects, path):
			most = max(most, some)
		}
	}
	return most
}

// overlaps reports whether a pattern matches a text that begins with a path.
func overlaps(pattern, path string) bool {
	for ; path != ""; pattern, path = pattern[1:], path[1:] {
		if pattern == "" {
			return false
		}
		if pattern[0] == '*' {
			// The rest matches something that follows the path, or a part of it.
			return true
		}
		if pattern[0] != '?' && pattern[0] != path[0] {
			return false
		}
	}
	return true
}
