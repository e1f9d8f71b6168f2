package check

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A notice is one event of replication that a bucket's notification sends, of
// objects with a prefix and a suffix, and where it is sent.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
type notice struct{ argument, to, prefix, suffix, event string }

// receivers are the arguments of a notification that say where events are sent,
// each with its own argument for the ARN.
var receivers = map[string]string{
	"topic": "topic_arn", "queue": "queue_arn", "lambda_function": "lambda_function_arn",
}

const replicationEvents = "s3:Replication:"

func copyNotices(values object) []notice {
	var all []notice
	for _, argument := range slices.Sorted(maps.Keys(receivers)) {
		for _, block := range blocks(values, argument) {
			for _, event := range texts(at(block, "events")) {
				if strings.HasPrefix(event, replicationEvents) {
					all = append(all, notice{argument, text(block, receivers[argument]), text(block, "filter_prefix"),
						text(block, "filter_suffix"), event})
				}
			}
		}
	}
	return all
}

// covers reports whether a notice is also sent by another one.
func (n notice) covers(other notice) bool {
	return n.argument == other.argument && n.to == other.to && strings.HasPrefix(other.prefix, n.prefix) &&
		strings.HasSuffix(other.suffix, n.suffix) && (n.event == other.event || n.event == replicationEvents+"*")
}

// reportsCopies reports whether a notification is, was or may be about
// replication. One about other events records nothing that is judged.
func (r *resource) reportsCopies() bool {
	if r.unseen() || r.unknown == true {
		return true
	}
	for argument := range receivers {
		events := func(block any) bool { return block == true || hasTrue(at(block, "events")) }
		if at(r.unknown, argument) == true || slices.ContainsFunc(blocks(r.unknown, argument), events) {
			return true
		}
	}
	return slices.ContainsFunc(r.everyValues(), func(values object) bool { return len(copyNotices(values)) > 0 })
}

// markWaiters records for each notification that sends, or sent, the events of its
// bucket to EventBridge the rules of the plan that wait for them.
func (s *Subject) markWaiters() {
	for _, r := range s.ofType[notificationType] {
		if slices.ContainsFunc(r.everyValues(), func(values object) bool { return boolAt(values, "eventbridge") }) {
			r.waiters = s.waiting(r)
		}
	}
}

// An eventPattern is the part of a rule's pattern that says for which events it waits.
type eventPattern struct {
	Source []any `json:"source"`
	Type   []any `json:"detail-type"`
	Detail struct {
		Bucket struct {
			Name []any `json:"name"`
		} `json:"bucket"`
	} `json:"detail"`
}

// eventPattern returns the pattern of a rule, which may wait for anything if it can't be
// parsed. Each rule's is parsed once.
func (r *resource) eventPattern() *eventPattern {
	if r.pattern == nil {
		r.pattern = &eventPattern{}
		if json.Unmarshal([]byte(text(r.after, "event_pattern")), r.pattern) != nil {
			r.pattern = &eventPattern{}
		}
	}
	return r.pattern
}

// waiting returns the rules of EventBridge that may wait for events that the bucket of a
// notification sends: all but those whose pattern certainly names another source, other
// types or other buckets. A pattern may leave out each of them, or have a filter in their
// place. S3's types begin with "Object "; what CloudTrail sends doesn't need the
// notification. A rule without a pattern has a schedule.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
func (s *Subject) waiting(r *resource) []*resource {
	name := r.bucketName()
	only := func(items []any, other func(string) bool) bool {
		return len(items) > 0 && all(items, func(item any) bool {
			value, plain := item.(string)
			return plain && other(value)
		})
	}
	return slices.DeleteFunc(slices.Clone(s.ofType[alarmType]), func(rule *resource) bool {
		if text(rule.after, "event_pattern") == "" {
			return rule.unknownIn("event_pattern") == ""
		}
		pattern := rule.eventPattern()
		return only(pattern.Source, func(source string) bool { return source != "aws.s3" }) ||
			only(pattern.Type, func(kind string) bool { return !strings.HasPrefix(kind, "Object ") }) ||
			only(pattern.Detail.Bucket.Name, func(bucket string) bool { return bucket != name })
	})
}

// all reports whether a condition holds for each item.
func all(items []any, holds func(any) bool) bool {
	return !slices.ContainsFunc(items, func(item any) bool { return !holds(item) })
}

// findNoticesStopped finds notifications that no longer report failed copies, or no
// longer send events for which a rule waits.
func (s *Subject) findNoticesStopped(found report) {
	for _, r := range s.ofType[notificationType] {
		if !r.stays() {
			continue
		}
		if boolAt(r.before, "eventbridge") && !boolAt(r.after, "eventbridge") && r.unknownIn("eventbridge") == "" {
			for _, rule := range r.waiters {
				found(r, "the bucket's events are no longer sent to EventBridge, and "+rule.address+" waits for them")
			}
		}
		after, changed := copyNotices(r.after), map[string]bool{}
		for _, was := range copyNotices(r.before) {
			covers := func(n notice) bool { return n.covers(was) }
			if !slices.ContainsFunc(after, covers) && (was.argument != "topic" || r.unknownIn("topic") == "") {
				changed[was.argument] = true
			}
		}
		for _, argument := range slices.Sorted(maps.Keys(changed)) {
			found(r, argument+" of the notification of failed copies changes, "+
				"and it can't be judged that it covers as much as before")
		}
	}
}
