package audit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/testkit/awstest"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// services are what the example has beside its buckets, on a server that keeps it.
type services struct {
	*awstest.Server
	iam    *iam.Client
	events *eventbridge.Client
	sns    *sns.Client
	// of are the resources, by type and id.
	of map[string]map[string]service
}

// A service is one resource.
type service struct {
	Name   string
	Trust  string `json:"assume_role_policy"`
	Policy string
	Events string `json:"event_pattern"`
	Role   string `json:"role_arn"`
	ARN    string
}

// emptyServices has none of them yet.
func emptyServices(t *testing.T) services {
	t.Helper()
	s := services{Server: awstest.Start(t)}
	at, region := aws.String(s.URL), "us-east-1"
	keys := credentials.NewStaticCredentialsProvider("id", "secret", "")
	s.iam = iam.New(iam.Options{BaseEndpoint: at, Region: region, Credentials: keys})
	s.events = eventbridge.New(eventbridge.Options{BaseEndpoint: at, Region: region, Credentials: keys})
	s.sns = sns.New(sns.Options{BaseEndpoint: at, Region: region, Credentials: keys})
	return s
}

// servicesOf makes those of the example, for a bucket with a name and a replica in
// a Region, as the app declares them.
func servicesOf(t *testing.T, bucket, replica string) services {
	t.Helper()
	s := emptyServices(t)
	text := strings.NewReplacer("acme-training-data", bucket, "eu-central-1", "us-east-1", "eu-west-1", replica, "$${", "${").
		Replace(string(testbucket.Snapshot(t, "everything-on", "training-data")))
	var file struct {
		Resource map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	s.of = map[string]map[string]service{}
	for _, kind := range []string{
		"aws_iam_role", "aws_iam_role_policy", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_sns_topic",
	} {
		s.of[kind] = map[string]service{}
		for id, resource := range file.Resource[kind] {
			var one service
			if err := json.Unmarshal(resource, &one); err != nil {
				t.Fatal(err)
			}
			s.of[kind][id] = one
		}
	}
	s.restore(t)
	return s
}

// restore writes everything as it is declared.
func (s services) restore(t *testing.T) {
	t.Helper()
	for id, r := range s.of["aws_iam_role"] {
		s.trust(t, r.Name, r.Trust)
		p := s.of["aws_iam_role_policy"][id+"_policy"]
		s.allow(t, r.Name, p.Name, p.Policy)
	}
	for id, r := range s.of["aws_cloudwatch_event_rule"] {
		s.rule(t, r.Name, r.Events, eventtypes.RuleStateEnabled)
		to := s.of["aws_cloudwatch_event_target"][id+"_target"]
		s.target(t, r.Name, eventtypes.Target{Id: aws.String("alarms"), Arn: &to.ARN, RoleArn: &to.Role})
	}
	topic := s.of["aws_sns_topic"]["alarms"]
	_, err := s.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &topic.Name})
	if err != nil {
		t.Fatal(err)
	}
	s.topic(t, "Policy", topic.Policy)
	s.topic(t, "SubscriptionsConfirmed", "1")
}

func (s services) trust(t *testing.T, role, policy string) {
	t.Helper()
	if _, err := s.iam.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName:                 &role,
		AssumeRolePolicyDocument: &policy,
	}); err != nil {
		t.Fatal(err)
	}
}

func (s services) allow(t *testing.T, role, name, policy string) {
	t.Helper()
	if _, err := s.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName:       &role,
		PolicyName:     &name,
		PolicyDocument: &policy,
	}); err != nil {
		t.Fatal(err)
	}
}

func (s services) rule(t *testing.T, name, pattern string, state eventtypes.RuleState) {
	t.Helper()
	if _, err := s.events.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name:         &name,
		EventPattern: &pattern,
		State:        state,
	}); err != nil {
		t.Fatal(err)
	}
}

func (s services) target(t *testing.T, rule string, targets ...eventtypes.Target) {
	t.Helper()
	if _, err := s.events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule:    &rule,
		Targets: targets,
	}); err != nil {
		t.Fatal(err)
	}
}

func (s services) topic(t *testing.T, attribute, value string) {
	t.Helper()
	arn := "arn:aws:sns:us-east-1:012345678901:" + s.of["aws_sns_topic"]["alarms"].Name
	if _, err := s.sns.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn:       &arn,
		AttributeName:  &attribute,
		AttributeValue: &value,
	}); err != nil {
		t.Fatal(err)
	}
}

// in has an audit ask the server.
func (s services) in(c audit.Config) audit.Config {
	c.IAM, c.EventBridge, c.SNS = s.iam, s.events, s.sns
	return c
}

// testServices weakens the roles, the alarms and their topic, one at a time.
func testServices(t *testing.T, l testServer) {
	s := servicesOf(t, dataBucket, l.Region)
	wanted := declared(t, "everything-on", "training-data", dataBucket)
	wanted.Region, wanted.Replica.Region = l.Region, l.Region
	data := audit.Config{Bucket: dataBucket, Stack: "training-data", Wanted: wanted, SkipVersions: true}
	trail := data.Members()[2]
	for _, name := range []string{data.Bucket, trail.Bucket} {
		// They can be there already, and what they are like doesn't matter here.
		_, _ = l.hand.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
	}
	found := func(c audit.Config) (all []string) {
		b := l.audited(t, s.in(c))
		for _, f := range b.Findings {
			ofService := func(prefix string) bool { return strings.HasPrefix(f.Address, prefix) }
			if slices.ContainsFunc([]string{"aws_iam_", "aws_cloudwatch_", "aws_sns_"}, ofService) {
				all = append(all, f.Rule+" "+f.Address+": "+f.Message)
			}
		}
		for _, n := range b.Notes {
			all = append(all, "note: "+n)
		}
		return all
	}
	for _, c := range []audit.Config{data, trail} {
		if all := found(c); len(all) > 0 {
			t.Errorf("untouched: %q", all)
		}
	}
	batch, copier := s.of["aws_iam_role"]["batch_role"], s.of["aws_iam_role"]["replication_role"]
	alarms := s.of["aws_iam_role"]["alarms_role"]
	jobs, copies := s.of["aws_iam_role_policy"]["batch_role_policy"], s.of["aws_iam_role_policy"]["replication_role_policy"]
	rules, topic := s.of["aws_cloudwatch_event_rule"], s.of["aws_sns_topic"]["alarms"].Policy
	instead := func(text, old, now string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("%s isn't in %s", old, text)
		}
		return strings.Replace(text, old, now, 1)
	}
	send := func(rule string, to eventtypes.Target) {
		to.Id = aws.String("alarms")
		s.target(t, rules[rule].Name, to)
	}
	for says, weaken := range map[string]func(){
		"policy-loosened aws_iam_role.batch_role: compared with the settings, statement AllowService": func() {
			s.trust(t, batch.Name, instead(batch.Trust, `{"Service":"batchoperations.s3.amazonaws.com"}`, `"*"`))
		},
		"role-changed aws_iam_role.replication_role: the policy may not allow what statement AllowService": func() {
			s.trust(t, copier.Name, instead(copier.Trust, `"s3.amazonaws.com"`, `"ec2.amazonaws.com"`))
		},
		"s3:bypassgovernanceretention": func() {
			s.allow(t, batch.Name, "batch", instead(jobs.Policy, `"s3:PutObjectRetention"`,
				`"s3:PutObjectRetention","s3:BypassGovernanceRetention"`))
		},
		"policy-loosened aws_iam_role_policy.replication_role_policy: compared with the settings, statement Own": func() {
			s.allow(t, copier.Name, "own", `{"Version":"2012-10-17","Statement":[
				{"Sid":"Own","Effect":"Allow","Action":"s3:ReplicateDelete","Resource":"*"}]}`)
		},
		"role-changed aws_iam_role_policy.replication_role_policy: the policy may not allow what statement " +
			"ReadVersions": func() {
			s.allow(t, copier.Name, "replication", instead(copies.Policy, `"s3:GetObjectRetention",`, ""))
		},
		"role-changed aws_iam_role_policy.batch_role_policy: the policy may not allow what statement LockVersions of the " +
			"settings does: statement number": func() {
			s.allow(t, batch.Name, "own", `{"Version":"2012-10-17","Statement":[
				{"Effect":"Deny","Action":"s3:PutObjectRetention","Resource":"*"}]}`)
		},
		"policy-loosened aws_iam_role_policy.batch_role_policy: the policy arn:aws:iam::aws:policy/AdministratorAccess " +
			"is attached": func() {
			if _, err := s.iam.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
				RoleName: &batch.Name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess"),
			}); err != nil {
				t.Fatal(err)
			}
		},
		"records-stopped aws_cloudwatch_event_rule.alarm_deletions: the rule acme-training-data-deletions is disabled": func() {
			r := rules["alarm_deletions"]
			s.rule(t, r.Name, r.Events, eventtypes.RuleStateDisabled)
		},
		"records-stopped aws_cloudwatch_event_rule.alarm_refused_locks: the event pattern": func() {
			r := rules["alarm_refused_locks"]
			s.rule(t, r.Name, instead(r.Events, `"PutObjectRetention"`, `"PutObject"`), eventtypes.RuleStateEnabled)
		},
		"records-stopped aws_cloudwatch_event_target.alarm_trail_target: the rule acme-training-data-trail doesn't send": func() {
			send("alarm_trail", eventtypes.Target{Arn: aws.String("arn:aws:sns:us-east-1:012345678901:other")})
		},
		"records-stopped aws_cloudwatch_event_target.alarm_bypass_target": func() {
			to := s.of["aws_cloudwatch_event_target"]["alarm_bypass_target"]
			send("alarm_bypass", eventtypes.Target{Arn: &to.ARN, RoleArn: &to.Role, Input: aws.String(`"all is well"`)})
		},
		"records-stopped aws_cloudwatch_event_target.alarm_configuration_target: the rule acme-training-data-configuration " +
			"doesn't send": func() {
			to := s.of["aws_cloudwatch_event_target"]["alarm_configuration_target"].ARN
			send("alarm_configuration", eventtypes.Target{Arn: &to})
		},
		"policy-loosened aws_iam_role.alarms_role: compared with the settings, statement AllowService": func() {
			s.trust(t, alarms.Name, instead(alarms.Trust, `SourceAccount":"012345678901"`, `SourceAccount":"999999999999"`))
		},
		"role-changed aws_iam_role.alarms_role: the policy may not allow what statement AllowService": func() {
			s.trust(t, alarms.Name, instead(alarms.Trust, `rule/acme-training-data-trail"`, `rule/other"`))
		},
		"role-changed aws_iam_role_policy.alarms_role_policy: the policy may not allow what statement PublishAlarms": func() {
			s.allow(t, alarms.Name, "alarms", instead(s.of["aws_iam_role_policy"]["alarms_role_policy"].Policy,
				`acme-training-data-alarms`, `other`))
		},
		"records-stopped aws_sns_topic.alarms: the topic's policy may not allow what statement AllowReplicationFailures": func() {
			s.topic(t, "Policy", instead(topic, `"s3.amazonaws.com"`, `"ec2.amazonaws.com"`))
		},
		"records-stopped aws_sns_topic.alarms: the topic's policy may stop the alarms: statement NoAlarms, which isn't " +
			"declared, may deny the role arn:aws:iam::012345678901:role/acme-training-data-alarms": func() {
			s.topic(t, "Policy", instead(topic, `"Statement":[`, `"Statement":[{"Sid":"NoAlarms","Effect":"Deny","Principal":"*",`+
				`"Action":"sns:Publish","Resource":"*"},`))
		},
		"records-stopped aws_sns_topic.alarms: the topic is encrypted with the key alias/aws/sns": func() {
			s.topic(t, "KmsMasterKeyId", "alias/aws/sns")
		},
		"records-stopped aws_sns_topic.alarms: compared with the settings, statement DenyInsecurePublish": func() {
			s.topic(t, "Policy", instead(topic, `"DenyInsecurePublish","Effect":"Deny"`, `"DenyInsecurePublish","Effect":"Allow"`))
		},
		"note: nobody is subscribed to arn:aws:sns:us-east-1:012345678901:acme-training-data-alarms": func() {
			s.topic(t, "SubscriptionsConfirmed", "0")
		},
	} {
		weaken()
		all := strings.Join(append(found(data), found(trail)...), "\n")
		if !strings.Contains(all, says) {
			t.Errorf("want %q, found:\n%s", says, all)
		}
		s = servicesOf(t, dataBucket, l.Region)
	}
	s.rights(t, l, data, trail)
	s = emptyServices(t)
	all := append(found(data), found(trail)...)
	if len(all) != 10 || strings.Count(strings.Join(all, "\n"), ": there is no ") != 10 {
		t.Errorf("without any of them: %q", all)
	}
	unknown := append(l.audited(t, data).Unknown(), l.audited(t, trail).Unknown()...)
	for _, name := range []string{
		"role for batch", "role for replication", "role for alarms", "alarm failed-jobs", "topic of the alarms",
	} {
		says := func(p audit.Part) bool { return p.Name == name && strings.Contains(p.Reason, "AWS_ENDPOINT_URL_") }
		if !slices.ContainsFunc(unknown, says) {
			t.Errorf("without a server for it, %s isn't unknown: %+v", name, unknown)
		}
	}
}

// rights takes each permission away: the parts that need it are unknown.
func (s services) rights(t *testing.T, l testServer, data, trail audit.Config) {
	for action, part := range map[string]string{
		"iam:GetRole": "role for batch", "iam:GetRolePolicy": "policy of the role for batch",
		"iam:ListRolePolicies":         "policy of the role for replication",
		"iam:ListAttachedRolePolicies": "policy of the role for batch",
		"events:DescribeRule":          "alarm deletions", "events:ListTargetsByRule": "target of alarm trail",
		"sns:GetTopicAttributes": "topic of the alarms",
	} {
		s.Deny(action)
		parts := append(l.audited(t, s.in(data)).Unknown(), l.audited(t, s.in(trail)).Unknown()...)
		if !slices.ContainsFunc(parts, func(p audit.Part) bool { return p.Name == part && p.Reason == action+" is denied" }) {
			t.Errorf("without %s: unknown %+v", action, parts)
		}
		for _, p := range parts {
			if strings.Contains(p.Reason, "the server answered") {
				t.Errorf("without %s: %s: %s", action, p.Name, p.Reason)
			}
		}
	}
	s.Deny("")
}
