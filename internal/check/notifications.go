package check

import (
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

// findNoticesStopped finds notifications that no longer report failed copies.
func (s *Subject) findNoticesStopped(found report) {
	for _, r := range s.ofType[notificationType] {
		if !r.stays() {
			continue
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
