package bucket

import (
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

type lifecycleRule = s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule

// declareLifecycle declares what S3 does with old data by itself. It isn't
// protected from destruction: without it the bucket costs more but loses no
// data.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
func (m *member) declareLifecycle(
	rules []*lifecycleRule, versioning cdktf.ITerraformDependable,
) cdktf.ITerraformDependable {
	return s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration(m.scope, m.id("lifecycle"),
		&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
			Bucket:    m.name,
			Rule:      rules,
			DependsOn: &[]cdktf.ITerraformDependable{versioning},
			Provider:  m.provider,
		})
}

func lifecycleRules(l settings.Lifecycle) []*lifecycleRule {
	rules := []*lifecycleRule{abortUploads(l.AbortIncompleteMultipartUploadDays)}
	if len(l.Transitions) > 0 {
		rule := wholeBucket("move-to-colder-storage")
		var transitions []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleTransition
		for _, t := range l.Transitions {
			transitions = append(transitions, &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleTransition{
				Days: jsii.Number(t.Days), StorageClass: jsii.String(string(t.StorageClass)),
			})
		}
		rule.Transition = transitions
		rules = append(rules, rule)
	}
	if l.NoncurrentVersionExpirationDays > 0 {
		rule := wholeBucket("expire-noncurrent-versions")
		rule.NoncurrentVersionExpiration = noncurrentAfter(l.NoncurrentVersionExpirationDays)
		rules = append(rules, rule)
	}
	return rules
}

// abortUploads returns the rule that removes incomplete uploads.
func abortUploads(days int) *lifecycleRule {
	rule := wholeBucket("abort-incomplete-multipart-uploads")
	rule.AbortIncompleteMultipartUpload = []any{
		&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{
			DaysAfterInitiation: jsii.Number(days),
		},
	}
	return rule
}

// noncurrentAfter expires versions a number of days after they were overwritten
// or hidden.
func noncurrentAfter(days int) []any {
	return []any{&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{
		NoncurrentDays: jsii.Number(days),
	}}
}

// wholeBucket returns a rule for all objects, which an empty prefix selects.
func wholeBucket(id string) *lifecycleRule {
	return &lifecycleRule{
		Id:     jsii.String(id),
		Status: jsii.String("Enabled"),
		Filter: []any{&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{Prefix: jsii.String("")}},
	}
}
