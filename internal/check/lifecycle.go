package check

import (
	"encoding/json"
	"fmt"
	"slices"
)

// An expiry is what one enabled lifecycle rule expires.
type expiry struct {
	id     string
	filter string  // the versions that it applies to, as compared by inOneForm
	days   float64 // until current versions expire; 0 for never
	date   string  // on which current versions expire
	old    float64 // days until noncurrent versions are deleted; 0 for never
	kept   float64 // newer noncurrent versions that are kept
}

// expiries returns the enabled rules that expire anything.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
func expiries(values object) []expiry {
	var all []expiry
	for _, rule := range blocks(values, "rule") {
		if text(rule, "status") != "Enabled" {
			continue
		}
		e := expiry{
			id: text(rule, "id"), filter: filterOf(rule),
			days: number(rule, "expiration", "days"), date: text(rule, "expiration", "date"),
			old:  number(rule, "noncurrent_version_expiration", "noncurrent_days"),
			kept: number(rule, "noncurrent_version_expiration", "newer_noncurrent_versions"),
		}
		if e.days != 0 || e.date != "" || e.old != 0 {
			all = append(all, e)
		}
	}
	return all
}

// inlineExpiries does the same for the lifecycle_rule argument of a bucket.
func inlineExpiries(values object) []expiry {
	var all []expiry
	for _, rule := range blocks(values, "lifecycle_rule") {
		if !boolAt(rule, "enabled") {
			continue
		}
		e := expiry{
			id: text(rule, "id"), filter: inOneForm(object{"prefix": at(rule, "prefix"), "tags": at(rule, "tags")}),
			days: number(rule, "expiration", "days"), date: text(rule, "expiration", "date"),
			old: number(rule, "noncurrent_version_expiration", "days"),
		}
		if e.days != 0 || e.date != "" || e.old != 0 {
			all = append(all, e)
		}
	}
	return all
}

// filterOf returns the filter of a rule in one form, whether it is a filter
// block or the older prefix argument, and with one condition or several.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html
func filterOf(rule any) string {
	filters := blocks(rule, "filter")
	if len(filters) > 1 {
		return inOneForm(filters, at(rule, "prefix"))
	}
	all := object{"prefix": at(rule, "prefix")}
	for _, filter := range filters {
		for _, conditions := range append([]any{filter}, blocks(filter, "and")...) {
			for name, value := range asObject(conditions) {
				if name != "and" && name != "tag" && trim(value) != nil {
					all[name] = value
				}
			}
		}
		if key := text(filter, "tag", "key"); key != "" {
			all["tags"] = object{key: at(filter, "tag", "value")}
		}
	}
	return inOneForm(all)
}

func asObject(value any) object {
	values, _ := value.(object)
	return values
}

// inOneForm returns equal texts for equivalent filters, "null" for no filter.
func inOneForm(values ...any) string {
	text, err := json.Marshal(trim(values))
	if err != nil {
		return "?"
	}
	return string(text)
}

// trim removes empty values, which mean the same as absent ones.
func trim(value any) any {
	switch v := value.(type) {
	case []any:
		var kept []any
		for _, item := range v {
			if item = trim(item); item != nil {
				kept = append(kept, item)
			}
		}
		if kept == nil {
			return nil
		}
		return kept
	case object:
		kept := object{}
		for key, item := range v {
			if item = trim(item); item != nil {
				kept[key] = item
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case string:
		if v == "" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	}
	return value
}

// noSooner reports whether an expiry expires nothing earlier than another one
// does.
func (e expiry) noSooner(than expiry) bool {
	later := func(is, was float64) bool { return is == 0 || was != 0 && is >= was }
	return e.filter == than.filter && later(e.days, than.days) && later(e.old, than.old) &&
		(e.old == 0 || e.kept >= than.kept) && (e.date == "" || than.date != "" && notEarlier(than.date, e.date))
}

func findExpiresSooner(s *Subject, found report) {
	for _, r := range s.ofType[lifecycleType] {
		if !r.stays() || r.before == nil && r.bucket != nil && r.bucket.before == nil {
			continue // a new bucket is empty
		}
		if r.before == nil && r.bucket != nil {
			findExpiresAnew(r, inlineExpiries(r.bucket.before), found)
			continue
		}
		reportSooner(r, expiries(r.before), expiries(r.after), found)
	}
	for _, b := range s.ofType[bucketType] {
		if b.stays() && b.before != nil && b.setsInline("lifecycle_rule") {
			reportSooner(b, inlineExpiries(b.before), inlineExpiries(b.after), found)
		}
	}
}

// findExpiresAnew compares a lifecycle that the plan makes with what the bucket shows
// of its lifecycle, which has neither the sizes of objects nor how many newer versions
// are kept.
func findExpiresAnew(r *resource, before []expiry, found report) {
	after := expiries(r.after)
	earlier := sooner(before, after)
	for _, e := range after {
		if slices.Contains(earlier, e.id) {
			continue
		}
		found(r, fmt.Sprintf("rule %q expires versions, and it can't be judged that it expires no others than before: "+
			"the bucket doesn't show for which sizes, and how many newer versions were kept", e.id))
	}
	reportSooner(r, before, after, found)
}

func reportSooner(r *resource, before, after []expiry, found report) {
	for _, id := range sooner(before, after) {
		found(r, fmt.Sprintf("rule %q expires versions sooner than any rule did, or other versions", id))
	}
}

// sooner returns the ids of the rules that expire versions sooner than any rule
// before, or other versions.
func sooner(before, after []expiry) []string {
	var ids []string
	for _, e := range after {
		if !slices.ContainsFunc(before, func(was expiry) bool { return e.noSooner(was) }) {
			ids = append(ids, e.id)
		}
	}
	return ids
}
