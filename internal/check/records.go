package check

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// surroundings are the types that record or copy data but don't belong to one
// bucket. They are judged only if they refer to a locked bucket.
var surroundings = []string{
	trailType, topicType, topicPolicyType, alarmType, alarmTargetType, roleType, rolePolicyType,
	attachmentType,
}

func isSurrounding(kind string) bool { return slices.Contains(surroundings, kind) }

// aboutLocked reports whether a resource refers to a locked bucket, or has the
// name of one in its arguments.
func (s *Subject) aboutLocked(r *resource) bool {
	written := ""
	for _, values := range []object{r.before, r.found, r.after} {
		text, err := json.Marshal(values)
		if err != nil {
			return true
		}
		written += string(text) + "\n"
	}
	return slices.ContainsFunc(s.ofType[bucketType], func(b *resource) bool {
		if !b.locked {
			return false
		}
		if slices.Contains(r.refersTo, withoutKeys(b.address)) {
			return true
		}
		for _, name := range []string{text(b.before, "bucket"), text(b.after, "bucket")} {
			if name != "" && namePattern(name).MatchString(written) {
				return true
			}
		}
		return false
	})
}

// namePattern matches a bucket's name, also with a suffix after '-', as in the
// names of the resources made for the bucket.
func namePattern(name string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^a-z0-9.-])` + regexp.QuoteMeta(name) + `($|[^a-z0-9.])`)
}

// recordChecks are the checks for each type that records or copies.
var recordChecks = map[string]struct {
	// off returns what is stopped or weakened, or "".
	off func(values object) string
	// same are the arguments that may not change.
	same []string
}{
	loggingType: {nil, []string{"target_bucket", "target_prefix"}},
	inventoryType: {
		func(v object) string {
			if is, written := v["enabled"]; written && is == false {
				return "enabled is false"
			}
			return ""
		},
		[]string{"destination", "included_object_versions"},
	},
	trailType: {
		func(v object) string {
			if is, written := v["enable_logging"]; written && is == false {
				return "enable_logging is false"
			}
			if !boolAt(v, "enable_log_file_validation") {
				return "enable_log_file_validation is not true"
			}
			return ""
		},
		[]string{"s3_bucket_name", "s3_key_prefix", "advanced_event_selector", "event_selector"},
	},
	alarmType: {
		func(v object) string {
			if state := text(v, "state"); state == "DISABLED" {
				return "state is DISABLED"
			}
			if is, written := v["is_enabled"]; written && is == false {
				return "is_enabled is false"
			}
			return ""
		},
		[]string{"event_pattern", "schedule_expression", "event_bus_name"},
	},
	alarmTargetType: {nil, []string{
		"arn", "role_arn", "rule", "event_bus_name", "input", "input_path", "input_transformer",
	}},
	topicType:       {nil, []string{"policy"}},
	topicPolicyType: {nil, []string{"arn", "policy"}},
}

func findRecordsStopped(s *Subject, found report) {
	for _, r := range s.resources {
		c, records := recordChecks[r.kind]
		if !records || !r.stays() {
			continue
		}
		if c.off != nil {
			if off := c.off(r.after); off != "" {
				found(r, guards[r.kind].what+" is stopped or weakened: "+off)
			}
		}
		for _, argument := range c.same {
			if r.before != nil && r.unknownIn(argument) == "" &&
				!reflect.DeepEqual(written(r.was(argument)), written(r.after[argument])) {
				found(r, fmt.Sprintf("%s of %s changes, and it can't be judged that it covers as much as before",
					argument, guards[r.kind].what))
			}
		}
		if r.kind == inventoryType {
			findInventoryLess(r, found)
		}
	}
	s.findTopicPolicies(found)
	s.findNoticesStopped(found)
	s.findCopyingStopped(found)
}

// written returns a value, or nil if it is empty.
func written(value any) any {
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
	}
	return value
}

// findInventoryLess finds an inventory that loses columns or becomes less
// frequent.
func findInventoryLess(r *resource, found report) {
	fields := texts(r.after["optional_fields"])
	for _, field := range texts(r.before["optional_fields"]) {
		if !slices.Contains(fields, field) && r.unknownIn("optional_fields") == "" {
			found(r, "the inventory loses the column "+Printable(field))
		}
	}
	if text(r.before, "schedule", "frequency") == "Daily" && text(r.after, "schedule", "frequency") == "Weekly" {
		found(r, "the inventory is written every week, it was every day")
	}
}
