package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"datalock/internal/check/iampolicy"
	"datalock/internal/inspect"
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// alarms looks at the rules of EventBridge and at the topic, with the trail whose
// events they are about.
func (a *auditor) alarms(ctx context.Context) {
	if a.Kind != Trail {
		return
	}
	rules := a.wantedAlarms()
	for _, rule := range rules {
		there := false
		a.part("alarm "+rule.name, func() (is string, err error) {
			is, there, err = a.rule(ctx, rule)
			return is, err
		})
		if there {
			a.part("target of alarm "+rule.name, func() (string, error) { return a.tells(ctx, rule) })
		}
	}
	a.part("topic of the alarms", func() (string, error) { return a.topic(ctx) })
}

// stopped adds a finding about something whose address has no prefix.
func (a *auditor) stopped(address, format string, args ...any) {
	a.b.Findings = append(a.b.Findings, newFinding(named(recordsStopped), address, fmt.Sprintf(format, args...)))
}

func (r alarm) address() string {
	return "aws_cloudwatch_event_rule.alarm_" + strings.ReplaceAll(r.name, "-", "_")
}

// ruleName returns the name of an alarm's rule.
func (a *auditor) ruleName(r alarm) string { return settings.RoleName(a.dataName, "-"+r.name) }

// rule compares a rule of EventBridge with the declared one.
func (a *auditor) rule(ctx context.Context, r alarm) (is string, there bool, err error) {
	if a.EventBridge == nil {
		return "", false, errors.New("no Amazon EventBridge is at the endpoint; name one in AWS_ENDPOINT_URL_EVENTBRIDGE")
	}
	name := a.ruleName(r)
	out, err := a.EventBridge.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
	if inspect.Code(err) == "ResourceNotFoundException" {
		a.stopped(r.address(), "there is no rule %s", name)
		return "missing", false, nil
	}
	if err := inspect.Asked("events:DescribeRule", err); err != nil {
		return "", false, err
	}
	if out.State == types.RuleStateDisabled {
		a.stopped(r.address(), "the rule %s is disabled", name)
	}
	if !sameJSON(aws.ToString(out.EventPattern), r.pattern) {
		a.stopped(r.address(), "the event pattern of the rule %s isn't that of %s; it may match fewer events",
			name, a.says())
	}
	return name + ", " + string(out.State), true, nil
}

// sameJSON reports whether a text and a value are the same JSON.
func sameJSON(text string, value any) bool {
	encoded, err := json.Marshal(value)
	var is, wanted any
	return err == nil && json.Unmarshal(encoded, &wanted) == nil && json.Unmarshal([]byte(text), &is) == nil &&
		reflect.DeepEqual(is, wanted)
}

// tells finds a rule that doesn't send its events to the topic as they are, with the
// role of the alarms.
func (a *auditor) tells(ctx context.Context, r alarm) (string, error) {
	name, token := a.ruleName(r), (*string)(nil)
	var all []string
	whole, role := false, a.alarmsRole()
	for {
		out, err := a.EventBridge.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &name, NextToken: token})
		if err := inspect.Asked("events:ListTargetsByRule", err); err != nil {
			return "", err
		}
		for _, t := range out.Targets {
			all = append(all, aws.ToString(t.Arn))
			changed := t.Input != nil || t.InputPath != nil || t.InputTransformer != nil || aws.ToString(t.RoleArn) != role
			whole = whole || aws.ToString(t.Arn) == a.topicARN() && !changed
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	if !whole {
		address := strings.Replace(r.address(), "event_rule.", "event_target.", 1) + "_target"
		a.stopped(address, "the rule %s doesn't send its events as they are to %s with the role %s",
			name, a.topicARN(), role)
	}
	return list(all), nil
}

// alarmsRole is the ARN of the declared role.
func (a *auditor) alarmsRole() string {
	return a.data.RoleARN(settings.RoleName(a.dataName, settings.AlarmsSuffix))
}

// topicARN is that of the declared topic.
func (a *auditor) topicARN() string { return topicOf(a.data, a.dataName) }

// topicOf returns the ARN of the topic for alarms of a bucket with a name, which
// can't have a '.'.
func topicOf(b settings.Bucket, name string) string {
	return strings.Join([]string{
		"arn", b.Partition(), "sns", b.Region, b.Account,
		strings.ReplaceAll(name, ".", "-") + settings.AlarmsSuffix,
	}, ":")
}

// topic compares the policy of the topic and finds an encryption with a key:
// services can't publish with AWS's own key, and with another one need its
// policy. It says whether anybody is subscribed.
func (a *auditor) topic(ctx context.Context) (string, error) {
	if a.SNS == nil {
		return "", errors.New("no Amazon SNS is at the endpoint; name one in AWS_ENDPOINT_URL_SNS")
	}
	arn := a.topicARN()
	out, err := a.SNS.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if inspect.Code(err) == "NotFound" || inspect.Code(err) == "NotFoundException" {
		a.stopped(topicAddress, "there is no topic %s", arn)
		return "missing", nil
	}
	if err := inspect.Asked("sns:GetTopicAttributes", err); err != nil {
		return "", err
	}
	if key := out.Attributes["KmsMasterKeyId"]; key != "" {
		a.stopped(topicAddress, "the topic is encrypted with the key %s, which isn't declared; the alarms' services may not "+
			"be allowed to use it", key)
	}
	is, err := iampolicy.Parse(out.Attributes["Policy"])
	if err != nil {
		return "", fmt.Errorf("the policy can't be judged: %w", err)
	}
	wanted, err := iampolicy.Parse(a.wantedTopicPolicy().String())
	if err != nil {
		return "", err
	}
	publishing, err := iampolicy.Parse(policy.Document{Version: policy.Version, Statement: policy.Statements{{
		Effect: "Allow", Principal: policy.Principals{"AWS:" + a.alarmsRole()},
		Action: policy.Values{"sns:Publish"}, Resource: policy.Values{arn},
	}}}.String())
	if err != nil {
		return "", err
	}
	a.compareTopic(wanted, publishing, is)
	return statements(len(is.Statements)) + ", " + a.subscribers(out.Attributes), nil
}

// subscribers says how many are told. The settings declare nobody.
func (a *auditor) subscribers(of map[string]string) string {
	confirmed, told := of["SubscriptionsConfirmed"]
	if !told {
		return "subscriptions unknown"
	}
	if confirmed == "0" {
		a.note("nobody is subscribed to %s: nobody learns of an alarm", a.topicARN())
	}
	return "confirmed subscriptions: " + confirmed
}

// compareTopic finds where the topic's policy is looser than the declared one, or
// may stop S3's notifications or the alarms.
func (a *auditor) compareTopic(wanted, publishing, is iampolicy.Document) {
	for _, loss := range iampolicy.Compare(wanted, is) {
		a.stopped(topicAddress, "%s", a.loss(loss))
	}
	for _, s := range wanted.Statements {
		if why := mayNotAllow(is, wanted, s); s.Effect == "Allow" && why != "" {
			a.stopped(topicAddress, "the topic's policy may not allow what statement %s of %s does: %s", s.Sid, a.says(), why)
		}
	}
	// The alarms' role may publish by its own policy, unless the topic's denies it.
	if by := is.MayDeny(publishing.Statements[0], wanted); len(by) > 0 {
		a.stopped(topicAddress, "the topic's policy may stop the alarms: statement %s, which isn't declared, may deny "+
			"the role %s to publish", strings.Join(by, " and "), a.alarmsRole())
	}
}
