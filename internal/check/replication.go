package check

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// copying returns the enabled rules of a replication configuration.
func copying(values object) []any {
	return slices.DeleteFunc(slices.Clone(blocks(values, "rule")), func(rule any) bool {
		return text(rule, "status") != "Enabled"
	})
}

// destination returns the destination of a replication rule: the bucket's ARN,
// and the account and new owner if they are given. A bucket's own argument names the
// account account_id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html
func destination(rule any) string {
	parts := []string{text(rule, "destination", "bucket")}
	for _, path := range [][]string{{"account"}, {"account_id"}, {"access_control_translation", "owner"}} {
		if value := text(at(rule, "destination"), path...); value != "" {
			parts = append(parts, value)
		}
	}
	return strings.Join(parts, " ")
}

// toLocked reports whether a destination is a locked bucket of the same plan or
// stack, without another account or owner.
func (s *Subject) toLocked(destination string) bool {
	return slices.ContainsFunc(s.ofType[bucketType], func(b *resource) bool {
		_, name, _ := strings.Cut(destination, ":s3:::")
		named := name == text(b.after, "bucket") || name == "${"+b.address+".bucket}"
		return name != "" && named && b.stays() && b.locked && b.guardedBy[lockType]
	})
}

// copiesToLocked reports whether a replication copied to a locked bucket.
func (s *Subject) copiesToLocked(r *resource) bool {
	return r.kind == replicationType && slices.ContainsFunc(copying(r.copied()), func(rule any) bool {
		return s.toLocked(destination(rule))
	})
}

// copied returns the replication before the apply. Of a new one it is what the bucket
// shows, which the new one replaces.
func (r *resource) copied() object {
	if !r.creates() || r.bucket == nil {
		return r.before
	}
	shown := at(r.bucket.before, inlineReplication)
	var rules []any
	for _, rule := range blocks(shown, "rules") {
		rules = append(rules, shownRule(rule))
	}
	return object{"role": at(shown, "role"), "rule": rules}
}

// shownRule returns a rule of a bucket's own argument as that of a resource.
func shownRule(rule any) object {
	to := object{"encryption_configuration": object{"replica_kms_key_id": at(rule, "destination", "replica_kms_key_id")}}
	for _, name := range []string{"bucket", "account_id", "access_control_translation", "metrics"} {
		to[name] = at(rule, "destination", name)
	}
	as := object{
		"status": at(rule, "status"), "prefix": at(rule, "prefix"), "filter": object{"and": at(rule, "filter")},
		"destination":               to,
		"delete_marker_replication": object{"status": at(rule, "delete_marker_replication_status")},
	}
	if boolAt(rule, "source_selection_criteria", "sse_kms_encrypted_objects", "enabled") {
		as["source_selection_criteria"] = object{"sse_kms_encrypted_objects": object{"status": "Enabled"}}
	}
	return as
}

func findReplicated(s *Subject, found report) {
	for _, r := range s.ofType[replicationType] {
		var before []string
		for _, rule := range copying(r.copied()) {
			before = append(before, destination(rule))
		}
		for _, rule := range copying(r.after) {
			to := destination(rule)
			if text(rule, "destination", "bucket") != "" && !slices.Contains(before, to) && !s.toLocked(to) {
				found(r, "everything new is copied to "+to)
			}
		}
	}
	for _, b := range s.ofType[bucketType] {
		before := inlineDestinations(b.before)
		for _, to := range inlineDestinations(b.after) {
			if b.setsInline(inlineReplication) && !slices.Contains(before, to) && !s.toLocked(to) {
				found(b, "everything new is copied to "+to)
			}
		}
	}
}

// inlineReplication is the argument of a bucket that replicates, as before version 4
// of the provider.
const inlineReplication = "replication_configuration"

// inlineDestinations returns where the bucket's own argument has objects copied, as
// far as that is known.
func inlineDestinations(values object) []string {
	var all []string
	for _, rule := range blocks(at(values, inlineReplication), "rules") {
		if text(rule, "status") == "Enabled" && text(rule, "destination", "bucket") != "" {
			all = append(all, destination(rule))
		}
	}
	return all
}

// findCopyingStopped finds replication that no longer copies to a locked bucket
// all that it did, or not as it did. The rule guard-unknown finds what isn't
// known of it.
func (s *Subject) findCopyingStopped(found report) {
	for _, r := range s.ofType[replicationType] {
		kept := r.stays() || r.destroys() // a forgotten replication goes on
		if !s.copiesToLocked(r) || !kept || r.unknownIn("rule") != "" {
			continue
		}
		if r.replaced() {
			found(r, "the plan destroys the replication and makes another one, and what is written in between isn't copied")
		}
		was, is := text(r.copied(), "role"), text(r.after, "role")
		if r.stays() && was != is && r.unknownIn("role") == "" {
			found(r, fmt.Sprintf("the role of the replication goes from %s to %q, and it can't be judged that it copies as much",
				was, is))
		}
		losses := map[string]bool{}
		for _, rule := range copying(r.copied()) {
			if s.toLocked(destination(rule)) {
				for _, loss := range lost(rule, r) {
					losses[loss] = true
				}
			}
		}
		for _, loss := range slices.Sorted(maps.Keys(losses)) {
			found(r, loss)
		}
	}
}

// lost returns what the rules of a replication after the apply no longer do that
// a rule did before.
func lost(before any, r *resource) []string {
	to := destination(before)
	rules := slices.DeleteFunc(copying(r.after), func(rule any) bool { return destination(rule) != to })
	var all []string
	switch {
	case len(rules) == 0:
		return []string{"nothing is copied to " + to + " any longer"}
	case !slices.ContainsFunc(rules, func(rule any) bool { return scopeOf(rule).covers(scopeOf(before)) }):
		all = append(all, "which objects are copied to "+to+" changes, and it can't be judged that it is as many as before")
	}
	for _, rule := range rules {
		same := func(other any) bool { return reflect.DeepEqual(rule, other) }
		if scopeOf(rule).meets(scopeOf(before)) && !slices.ContainsFunc(copying(r.copied()), same) {
			all = append(all, lesser(before, rule)...)
		}
	}
	return all
}

// stayEnabled are the settings of a replication rule that, once enabled, must
// stay so.
var stayEnabled = [][]string{
	{"source_selection_criteria", "sse_kms_encrypted_objects"},
	{"source_selection_criteria", "replica_modifications"},
	{"destination", "metrics"},
}

// lesser returns what a rule doesn't do that another one did for the same
// objects.
func lesser(before, after any) []string {
	to := destination(before)
	var all []string
	for _, path := range stayEnabled {
		was, is := at(at(before, path...), "status"), at(at(after, path...), "status")
		if was == "Enabled" && is != was {
			all = append(all, strings.Join(path, ".")+" of the replication to "+to+" is no longer Enabled")
		}
	}
	// A copied delete marker hides the copy.
	markers := func(rule any) bool { return text(rule, "delete_marker_replication", "status") == "Enabled" }
	if markers(after) && !markers(before) {
		all = append(all, "delete markers are copied to "+to+" too")
	}
	key := []string{"destination", "encryption_configuration", "replica_kms_key_id"}
	if was, is := text(before, key...), text(after, key...); was != is {
		all = append(all, fmt.Sprintf("the key of what is copied to %s goes from %q to %q", to, was, is))
	}
	return all
}

// A copyScope is which objects a replication rule copies.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
type copyScope struct {
	prefix string
	tags   map[string]any
	other  object // what this version of Datalock doesn't know
}

func scopeOf(rule any) copyScope {
	scope := copyScope{prefix: text(rule, "prefix"), tags: map[string]any{}, other: object{}}
	for _, filter := range blocks(rule, "filter") {
		both := at(filter, "and")
		scope.prefix = cmp.Or(text(both, "prefix"), text(filter, "prefix"), scope.prefix)
		if key := text(filter, "tag", "key"); key != "" {
			scope.tags[key] = at(filter, "tag", "value")
		}
		tags, _ := at(both, "tags").(object)
		maps.Copy(scope.tags, tags)
		scope.addOther(filter, "prefix", "tag", "and")
		for _, block := range blocks(both) {
			scope.addOther(block, "prefix", "tags")
		}
	}
	return scope
}

func (c copyScope) addOther(filter any, known ...string) {
	values, _ := filter.(object)
	for key, value := range values {
		if written(value) != nil && !slices.Contains(known, key) {
			c.other[key] = value
		}
	}
}

// covers reports whether all objects of another scope are in this one.
func (c copyScope) covers(other copyScope) bool {
	for key, value := range c.tags {
		if !reflect.DeepEqual(other.tags[key], value) {
			return false
		}
	}
	return strings.HasPrefix(other.prefix, c.prefix) && reflect.DeepEqual(c.other, other.other)
}

// meets reports whether an object may be in both scopes.
func (c copyScope) meets(other copyScope) bool {
	return strings.HasPrefix(other.prefix, c.prefix) || strings.HasPrefix(c.prefix, other.prefix)
}
