package check

import (
	"encoding/json"
	"fmt"
	"reflect"
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
	if slices.ContainsFunc(r.refersTo, func(address string) bool { return s.lockedNames[address] }) {
		return true
	}
	return slices.ContainsFunc(r.everyValues(), func(values object) bool {
		text, err := json.Marshal(values)
		return err != nil || mentions(string(text), s.lockedNames)
	})
}

// nameLocked records the names and the addresses of the locked buckets.
func (s *Subject) nameLocked() {
	s.lockedNames = map[string]bool{}
	for _, b := range s.ofType[bucketType] {
		if b.locked {
			for _, name := range []string{text(b.before, "bucket"), text(b.after, "bucket"), withoutKeys(b.address)} {
				s.lockedNames[name] = true
			}
		}
	}
	delete(s.lockedNames, "")
}

// longestName is the length of the longest bucket names: those in us-east-1 from
// before 2018.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const longestName = 255

// mentions reports whether a text has one of the names of buckets, also with a
// suffix after '-', as in the names of the resources made for the bucket.
func mentions(text string, names map[string]bool) bool {
	inName := func(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-' }
	for start := 0; start < len(text); start++ {
		end := start
		for ; end < len(text) && inName(text[end]); end++ {
			if text[end] == '-' && end-start <= longestName && names[text[start:end]] {
				return true
			}
		}
		if names[text[start:end]] {
			return true
		}
		start = end
	}
	return false
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
	topicType:       {same: []string{"policy", "kms_master_key_id"}},
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
			free := r.maySet(argument) ||
				r.bucket == nil && argument == "target_prefix" // of logs that may be of an unlocked bucket
			if (r.before != nil || r.replaces() != nil) && !free && r.unknownIn(argument) == "" && !reflect.DeepEqual(was, is) {
				found(r, fmt.Sprintf("%s of %s changes, and it can't be judged that it covers as much as before",
					argument, guards[r.kind].what))
			}
		}
		switch r.kind {
		case inventoryType:
			findInventoryLess(r, found)
		case alarmType:
			findAlarmLess(r, found)
		}
	}
	s.findMadeAgain(found)
	s.findTopicPolicies(found)
	s.findNoticesStopped(found)
	s.findCopyingStopped(found)
	s.findRightsLost(found)
}

// replaces returns the access logs that a bucket shows and that new ones replace, or
// nil.
func (r *resource) replaces() object {
	if r.kind != loggingType || !r.creates() || r.bucket == nil {
		return nil
	}
	for _, shown := range blocks(r.bucket.before, inline[loggingType]) {
		return asObject(shown)
	}
	return nil
}

// maySet reports whether an argument is one that may be set to anything, because
// it wasn't set before the apply.
func (r *resource) maySet(argument string) bool {
	was := written(r.was(argument))
	return slices.Contains(recordChecks[r.kind].kept, argument) && (was == nil || was == false)
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

// findAlarmLess finds an alarm that no longer sees the management events that read.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html#API_PutRule_RequestSyntax
func findAlarmLess(r *resource, found report) {
	const all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	if is := text(r.after, "state"); text(r.before, "state") == all && is == "ENABLED" {
		found(r, "state of the alarm goes from "+all+" to "+is)
	}
}
