package check

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
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
	// same are the arguments that may not change, kept those that may not once
	// they are set.
	same, kept []string
}{
	loggingType: {same: []string{"target_bucket", "target_prefix"}},
	inventoryType: {
		off: func(v object) string {
			if is, written := v["enabled"]; written && is == false {
				return "enabled is false"
			}
			return ""
		},
		same: []string{"destination", "included_object_versions"},
	},
	trailType: {
		off: func(v object) string {
			if is, written := v["enable_logging"]; written && is == false {
				return "enable_logging is false"
			}
			if !boolAt(v, "enable_log_file_validation") {
				return "enable_log_file_validation is not true"
			}
			return ""
		},
		same: []string{"s3_bucket_name", "s3_key_prefix", "advanced_event_selector", "event_selector"},
		kept: []string{
			"include_global_service_events", "is_multi_region_trail", "is_organization_trail", "kms_key_id",
			"cloud_watch_logs_group_arn", "cloud_watch_logs_role_arn", "sns_topic_name",
		},
	},
	alarmType: {
		off: func(v object) string {
			if state := text(v, "state"); state == "DISABLED" {
				return "state is DISABLED"
			}
			if is, written := v["is_enabled"]; written && is == false {
				return "is_enabled is false"
			}
			return ""
		},
		same: []string{"event_pattern", "schedule_expression", "event_bus_name"},
	},
	alarmTargetType: {same: []string{
		"arn", "role_arn", "rule", "event_bus_name", "input", "input_path", "input_transformer",
	}},
	topicType:       {same: []string{"policy"}},
	topicPolicyType: {same: []string{"arn", "policy"}},
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
		for _, argument := range slices.Concat(c.same, c.kept) {
			was, is := written(r.was(argument)), written(r.after[argument])
			free := slices.Contains(c.kept, argument) && (was == nil || was == false) ||
				r.bucket == nil && argument == "target_prefix" // of logs that may be of an unlocked bucket
			if r.before != nil && !free && r.unknownIn(argument) == "" && !reflect.DeepEqual(was, is) {
				found(r, fmt.Sprintf("%s of %s changes, and it can't be judged that it covers as much as before",
					argument, guards[r.kind].what))
			}
		}
		if r.kind == inventoryType {
			findInventoryLess(r, found)
		}
	}
	s.findMadeAgain(found)
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

// findInventoryLess finds an inventory that loses columns or keys, or becomes less
// frequent.
func findInventoryLess(r *resource, found report) {
	fields := texts(r.after["optional_fields"])
	for _, field := range texts(r.before["optional_fields"]) {
		if !slices.Contains(fields, field) && r.unknownIn("optional_fields") == "" {
			found(r, "the inventory loses the column "+Printable(field))
		}
	}
	was, is := text(r.before, "filter", "prefix"), text(r.after, "filter", "prefix")
	if r.before != nil && !strings.HasPrefix(was, is) && r.unknownIn("filter") == "" {
		found(r, fmt.Sprintf("the inventory lists only keys with the prefix %q, it was %q", is, was))
	}
	if text(r.before, "schedule", "frequency") == "Daily" && text(r.after, "schedule", "frequency") == "Weekly" {
		found(r, "the inventory is written every week, it was every day")
	}
}

// findMadeAgain finds what records, copies or reports, if somebody has deleted it
// and the plan makes another one. What happened since then isn't recorded, and a
// role of the same name is another one for the policies that name it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
func (s *Subject) findMadeAgain(found report) {
	for _, r := range s.resources {
		_, records := recordChecks[r.kind]
		if r.gone && r.stays() && (records || r.kind == notificationType || r.works.is || s.copiesToLocked(r)) {
			found(r, "Terraform did not find "+guards[r.kind].what+", and the plan makes it again: what happened since it was "+
				"deleted isn't recorded or copied")
		}
	}
}
