package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudtrail"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// trailPrefix is the prefix of the logical ids of the trail bucket's resources.
const trailPrefix = "trail_"

// trailOf returns the settings of the trail bucket of the bucket with the given
// name. It has the same retention. CloudTrail writes with SSE-S3 and without
// If-None-Match.
func trailOf(config settings.Bucket, name string) settings.Bucket {
	t := settings.DefaultBucket()
	t.Name = config.TrailBucket(name)
	t.Region, t.Account = config.Region, config.Account
	t.Tags, t.Guardians, t.PreventDestroy = config.Tags, config.Guardians, config.PreventDestroy
	t.Retention, t.Lifecycle.Disabled = config.Retention, config.Lifecycle.Disabled
	return t
}

// trailARN returns the ARN of the trail of the bucket with the given name.
func trailARN(config settings.Bucket, name string) string {
	return "arn:" + config.Partition() + ":cloudtrail:" + config.Region + ":" + config.Account +
		":trail/" + name + settings.TrailSuffix
}

// trailPolicy returns a function that returns the policy of the trail bucket, for
// the data bucket with the given name.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
func trailPolicy(data string) func(settings.Bucket, string) policy.Document {
	return func(config settings.Bucket, name string) policy.Document {
		d := policyOf(config, name)
		bucket := "arn:" + config.Partition() + ":s3:::" + name
		add := func(sid, action, resource string, equal map[string]policy.Values) {
			when := policy.Conditions{"ArnEquals": {"aws:SourceArn": {trailARN(config, data)}}}
			if equal != nil {
				when["StringEquals"] = equal
			}
			d.Statement = append(d.Statement, policy.Statement{
				Sid: sid, Effect: "Allow", Principal: policy.Principals{"Service:cloudtrail.amazonaws.com"},
				Action: policy.Values{action}, Resource: policy.Values{resource}, Condition: when,
			})
		}
		add("AllowTrailCheck", "s3:GetBucketAcl", bucket, nil)
		add("AllowTrailLogs", "s3:PutObject", bucket+"/AWSLogs/"+config.Account+"/*",
			map[string]policy.Values{"s3:x-amz-acl": {"bucket-owner-full-control"}})
		return d
	}
}

// declareDataEvents declares the trail, its bucket and the alarms. Log file
// validation shows whether a log was changed or removed.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
func (b *ImmutableBucket) declareDataEvents() {
	name := b.data.policyName()
	b.trail = &member{scope: b.Construct, prefix: trailPrefix, config: trailOf(b.data.config, name)}
	b.trail.declareLocked(trailPolicy(name))
	cloudtrail.NewCloudtrail(b.Construct, jsii.String("trail"), &cloudtrail.CloudtrailConfig{
		Name:                       jsii.String(name + settings.TrailSuffix),
		S3BucketName:               b.trail.name,
		EnableLogging:              jsii.Bool(true),
		EnableLogFileValidation:    jsii.Bool(true),
		IncludeGlobalServiceEvents: jsii.Bool(false),
		AdvancedEventSelector:      selectors(b.data.config, name),
		// CloudTrail rejects a bucket that it isn't allowed to write to.
		DependsOn: &[]cdktf.ITerraformDependable{b.trail.policy},
		Lifecycle: b.data.protected(),
	})
	b.declareAlarms()
}

// selectors returns what the trail records: requests for the bucket's objects and,
// unless the settings exclude them, management events that write.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
func selectors(config settings.Bucket, name string) []*cloudtrail.CloudtrailAdvancedEventSelector {
	equals := func(field, value string) *cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector {
		return &cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector{
			Field: jsii.String(field), EqualTo: jsii.Strings(value),
		}
	}
	objects := []*cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector{
		equals("eventCategory", "Data"),
		equals("resources.type", "AWS::S3::Object"),
		{
			Field:      jsii.String("resources.ARN"),
			StartsWith: jsii.Strings("arn:" + config.Partition() + ":s3:::" + name + "/"),
		},
	}
	if !config.DataEvents.Reads {
		objects = append(objects, equals("readOnly", "false"))
	}
	all := []*cloudtrail.CloudtrailAdvancedEventSelector{{
		Name: jsii.String("Requests for the bucket's objects"), FieldSelector: objects,
	}}
	if config.DataEvents.ManagementEvents {
		all = append(all, &cloudtrail.CloudtrailAdvancedEventSelector{
			Name: jsii.String("Changes in the account"),
			FieldSelector: []*cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector{
				equals("eventCategory", "Management"), equals("readOnly", "false"),
			},
		})
	}
	return all
}
