package check

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
)

// findTopicPolicies finds new policies of topics that exist, which replace those
// that the topics have.
// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
func (s *Subject) findTopicPolicies(found report) {
	for _, r := range s.ofType[topicPolicyType] {
		same := r.topic != nil && r.after != nil && r.unknownIn("policy") == "" &&
			reflect.DeepEqual(r.topic.was("policy"), r.after["policy"])
		if r.creates() && !r.ofNewTopic && !same {
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

// markReporting marks the targets of alarms that are about a locked bucket, whatever
// they are called, and the topics to which these and notifications of failed copies
// publish, with their policies.
func (s *Subject) markReporting() {
	ruleOf := func(values object, argument string) string {
		return cmp.Or(text(values, "event_bus_name"), "default") + "/" + text(values, argument)
	}
	rules, topics := map[string]bool{}, map[string]bool{}
	for _, r := range s.ofType[alarmType] {
		for _, values := range r.everyValues() {
			if text(values, "name") != "" && s.aboutLocked(r) {
				rules[ruleOf(values, "name")] = true
			}
		}
	}
	for _, r := range s.ofType[alarmTargetType] {
		for _, values := range r.everyValues() {
			if r.reports = r.reports || rules[ruleOf(values, "rule")]; r.reports || s.aboutLocked(r) {
				topics[text(values, "arn")] = true
			}
		}
	}
	for _, r := range s.ofType[notificationType] {
		for _, values := range r.everyValues() {
			for _, n := range copyNotices(values) {
				topics[n.to] = topics[n.to] || s.counts(r)
			}
		}
	}
	delete(topics, "")
	for _, r := range slices.Concat(s.ofType[topicType], s.ofType[topicPolicyType]) {
		r.reports = slices.ContainsFunc(r.everyValues(), func(values object) bool { return topics[text(values, "arn")] })
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

// forAlarms reports whether a topic is or may be for alarms: the target of an
// alarm, or one that a service may publish to.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (s *Subject) forAlarms(topic *resource) bool {
	if topic.unseen() || topic.unknownIn("policy") != "" || s.isTarget(topic) {
		return true
	}
	return slices.ContainsFunc(s.ofType[topicPolicyType], func(r *resource) bool {
		return r.topic == topic && (r.unknownIn("policy") != "" || r.letsPublish())
	}) || topic.letsPublish()
}

// isTarget reports whether an alarm or a notification names a topic.
func (s *Subject) isTarget(topic *resource) bool {
	arns := map[string]bool{}
	for _, values := range topic.everyValues() {
		arns[text(values, "arn")] = true
	}
	delete(arns, "")
	for _, target := range s.ofType[alarmTargetType] {
		for _, values := range target.everyValues() {
			if arns[text(values, "arn")] {
				return true
			}
		}
	}
	for _, r := range s.ofType[notificationType] {
		for _, values := range r.everyValues() {
			for _, n := range copyNotices(values) {
				if arns[n.to] {
					return true
				}
			}
		}
	}
	return false
}

// letsPublish reports whether a topic's policy lets a service publish. The
// policy that SNS gives a topic doesn't: it names the topic's owner.
func (r *resource) letsPublish() bool {
	return slices.ContainsFunc(r.everyValues(), func(values object) bool {
		policy := text(values, "policy")
		if policy == "" {
			return false
		}
		document, err := iampolicy.Parse(policy)
		return err != nil || slices.ContainsFunc(document.Statements, func(s iampolicy.Statement) bool {
			ofOwner := false
			for _, keys := range s.Condition {
				for key := range keys {
					ofOwner = ofOwner || strings.EqualFold(key, "AWS:SourceOwner")
				}
			}
			return s.Effect == "Allow" && !ofOwner && (len(s.NotPrincipal) > 0 ||
				slices.ContainsFunc(s.Principal, func(id string) bool {
					return id == "*" || id == "AWS:*" || strings.HasPrefix(id, "Service:")
				}))
		})
	})
}
