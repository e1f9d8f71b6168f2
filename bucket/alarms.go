package bucket

import (
	"strings"

	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"
	notification "github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketnotification"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopic"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareAlarms declares the topic and the rules that send events to it.
// docs/topology.md lists what they can't see, such as the keys in DeleteObjects.
func (b *ImmutableBucket) declareAlarms() {
	config := b.data.config
	alarms := alarmsOf(config, b.alarmedBuckets(), b.data.policyName())
	b.alarms = "arn:" + config.Partition() + ":sns:" + config.Region + ":" + config.Account + ":" +
		b.topicName()
	var rules []string
	for _, a := range alarms {
		rules = append(rules, "arn:"+config.Partition()+":events:"+config.Region+":"+config.Account+
			":rule/"+b.shortName("-"+a.name))
	}
	topic := snstopic.NewSnsTopic(b.Construct, jsii.String("alarms"), &snstopic.SnsTopicConfig{
		Name:      jsii.String(b.topicName()),
		Policy:    jsii.String(topicPolicy(config, b.alarms, b.data.policyName()).String()),
		Lifecycle: b.data.protected(),
	})
	_, rights := b.declareRole("alarms", settings.AlarmsSuffix, "Sends alarms from EventBridge to the topic.",
		alarmsTrust(config, rules), alarmsRights(b.alarms))
	for _, a := range alarms {
		rule := cloudwatcheventrule.NewCloudwatchEventRule(b.Construct, jsii.String("alarm_"+a.id()),
			&cloudwatcheventrule.CloudwatchEventRuleConfig{
				Name:         jsii.String(b.shortName("-" + a.name)),
				Description:  jsii.String(a.what),
				EventPattern: jsii.String(a.pattern.text()),
				State:        jsii.String("ENABLED"),
				Lifecycle:    b.data.protected(),
			})
		cloudwatcheventtarget.NewCloudwatchEventTarget(b.Construct, jsii.String("alarm_"+a.id()+"_target"),
			&cloudwatcheventtarget.CloudwatchEventTargetConfig{
				Rule:     rule.Name(),
				TargetId: jsii.String("alarms"),
				// Unlike the attributes, the texts are known at plan time.
				Arn:       jsii.String(b.alarms),
				RoleArn:   jsii.String(b.roleARN(settings.AlarmsSuffix)),
				DependsOn: &[]cdktf.ITerraformDependable{topic, rights},
				Lifecycle: b.data.protected(),
			})
	}
	if config.Replica != nil {
		b.notifyOfFailures(topic)
	}
}

// notifyOfFailures declares S3's notification of versions that it couldn't copy.
// EventBridge has no such events.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html
func (b *ImmutableBucket) notifyOfFailures(topic cdktf.ITerraformDependable) {
	b.data.declare("aws_s3_bucket_notification", notification.NewS3BucketNotification(
		b.Construct, jsii.String("notification"), &notification.S3BucketNotificationConfig{
			Bucket: b.data.name,
			Topic: []*notification.S3BucketNotificationTopic{{
				Id:       jsii.String("replication-failures"),
				TopicArn: jsii.String(b.alarms),
				Events:   jsii.Strings("s3:Replication:OperationFailedReplication"),
			}},
			// S3 sends a test message before it accepts the topic.
			DependsOn: &[]cdktf.ITerraformDependable{topic},
			Lifecycle: b.data.protected(),
		}))
}

// alarmedBuckets returns the names of the stack's buckets in this Region. Events of
// the replica are in another one.
func (b *ImmutableBucket) alarmedBuckets() []string {
	names := []string{b.data.policyName(), b.trail.policyName()}
	if b.evidence != nil {
		names = append(names, b.evidence.policyName())
	}
	return names
}

// topicName returns the topic's name, which can't contain a '.'.
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
func (b *ImmutableBucket) topicName() string {
	config := b.data.config
	switch {
	case config.Name != "":
		return settings.TopicName(config.Name)
	case strings.Contains(config.NamePrefix, "."):
		return *cdktf.Fn_Replace(b.data.name, jsii.String("."), jsii.String("-")) + settings.AlarmsSuffix
	}
	return *b.data.name + settings.AlarmsSuffix
}

// alarmsTrust lets EventBridge assume the role of the alarms, for the stack's rules.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
func alarmsTrust(config settings.Bucket, rules []string) policy.Document {
	return trustPolicy("events.amazonaws.com", policy.Conditions{
		"ArnEquals":    {"aws:SourceArn": rules},
		"StringEquals": {"aws:SourceAccount": {config.Account}},
	})
}

// alarmsRights lets the rules publish. The topic's policy couldn't say which rules
// may: EventBridge doesn't support conditions in it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
func alarmsRights(topic string) policy.Document {
	return policy.Document{Version: policy.Version, Statement: policy.Statements{
		allow("PublishAlarms", []string{"sns:Publish"}, topic),
	}}
}

// topicPolicy denies plain HTTP, and allows S3 to publish for the data bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
func topicPolicy(config settings.Bucket, topic, data string) policy.Document {
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		deny("DenyInsecurePublish", []string{"sns:Publish"}, []string{topic},
			policy.Conditions{"Bool": {"aws:SecureTransport": {"false"}}}),
	}}
	if config.Replica != nil {
		source := "arn:" + config.Partition() + ":s3:::" + data
		d.Statement = append(d.Statement, policy.Statement{
			Sid: "AllowReplicationFailures", Effect: "Allow", Principal: policy.Principals{"Service:s3.amazonaws.com"},
			Action: policy.Values{"sns:Publish"}, Resource: policy.Values{topic}, Condition: policy.Conditions{
				"ArnEquals":    {"aws:SourceArn": {source}},
				"StringEquals": {"aws:SourceAccount": {config.Account}},
			},
		})
	}
	return d
}
