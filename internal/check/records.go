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
	topicType:        {nil, []string{"policy"}},
	topicPolicyType:  {nil, []string{"arn", "policy"}},
	notificationType: {nil, []string{"topic"}},
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
	s.findCopyingStopped(found)
}

// findTopicPolicies finds new policies of topics that exist, which replace those
// that the topics have.
// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
func (s *Subject) findTopicPolicies(found report) {
	for _, r := range s.ofType[topicPolicyType] {
		same := r.topic != nil && r.after != nil && r.topic.was("policy") == r.after["policy"]
		if r.creates() && !r.ofNewTopic && !same && r.unknownIn("policy") == "" {
			found(r, "it replaces the policy that the topic has, and it can't be judged that it covers as much")
		}
	}
}

// linkTopics finds the topic of each topic's policy.
func (s *Subject) linkTopics() {
	for _, r := range s.ofType[topicPolicyType] {
		r.topic, r.ofNewTopic = s.topicOf(r)
	}
}

// aboutTopic reports whether a topic has a policy, or a policy a topic, that is
// about a locked bucket.
func (s *Subject) aboutTopic(r *resource) bool {
	return r.topic != nil && s.aboutLocked(r.topic) ||
		r.kind == topicType && slices.ContainsFunc(s.ofType[topicPolicyType], func(policy *resource) bool {
			return policy.topic == r && s.aboutLocked(policy)
		})
}

// topicOf returns the topic that a policy is of, if it is in the plan, and
// whether the plan makes it. A topic whose ARN isn't known is made by the plan.
func (s *Subject) topicOf(policy *resource) (topic *resource, made bool) {
	arn := text(policy.after, "arn")
	for _, t := range s.ofType[topicType] {
		for _, values := range []object{t.before, t.after} {
			own := text(values, "arn")
			if arn != "" && (own == arn || own == "" && strings.HasSuffix(arn, ":"+text(values, "name"))) {
				return t, t.creates()
			}
		}
	}
	return nil, policy.unknownIn("arn") != "" && slices.ContainsFunc(s.ofType[topicType], (*resource).creates)
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
