package inspect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Bucket is a bucket to read.
type Bucket struct {
	S3   *s3.Client
	Name string
}

// ObjectLock returns the Object Lock configuration, nil if the bucket has no
// Object Lock.
func (b Bucket) ObjectLock(ctx context.Context) (*types.ObjectLockConfiguration, error) {
	out, err := b.S3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetBucketObjectLockConfiguration", err, "ObjectLockConfigurationNotFoundError")
	}
	if out.ObjectLockConfiguration == nil {
		return &types.ObjectLockConfiguration{}, nil
	}
	return out.ObjectLockConfiguration, nil
}

// Versioning returns the status of versioning, empty if it was never enabled, and
// whether deleting versions needs multi-factor authentication.
func (b Bucket) Versioning(ctx context.Context) (is types.BucketVersioningStatus, mfaDelete bool, err error) {
	out, err := b.S3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.Name})
	if err != nil {
		return "", false, Asked("s3:GetBucketVersioning", err)
	}
	return out.Status, out.MFADelete == types.MFADeleteStatusEnabled, nil
}

// PublicAccessBlock returns the bucket's public access block, nil if it has none.
func (b Bucket) PublicAccessBlock(ctx context.Context) (*types.PublicAccessBlockConfiguration, error) {
	out, err := b.S3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetBucketPublicAccessBlock", err, NoPublicAccessBlock)
	}
	if out.PublicAccessBlockConfiguration == nil {
		return &types.PublicAccessBlockConfiguration{}, nil
	}
	return out.PublicAccessBlockConfiguration, nil
}

// NoPublicAccessBlock is the error code for no public access block.
const NoPublicAccessBlock = "NoSuchPublicAccessBlockConfiguration"

// Ownership returns the object ownership, and whether there are ownership
// controls.
func (b Bucket) Ownership(ctx context.Context) (is types.ObjectOwnership, there bool, err error) {
	out, err := b.S3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &b.Name})
	if err != nil {
		return "", false, answered("s3:GetBucketOwnershipControls", err, "OwnershipControlsNotFoundError")
	}
	if c := out.OwnershipControls; c != nil && len(c.Rules) > 0 {
		is = c.Rules[0].ObjectOwnership
	}
	return is, true, nil
}

// Encryption returns the default encryption, nil if there is none.
func (b Bucket) Encryption(ctx context.Context) (*types.ServerSideEncryptionRule, error) {
	out, err := b.S3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetEncryptionConfiguration", err, "ServerSideEncryptionConfigurationNotFoundError")
	}
	if c := out.ServerSideEncryptionConfiguration; c != nil && len(c.Rules) > 0 {
		return &c.Rules[0], nil
	}
	return &types.ServerSideEncryptionRule{}, nil
}

// Policy returns the text of the bucket policy, and whether there is one.
func (b Bucket) Policy(ctx context.Context) (text string, there bool, err error) {
	out, err := b.S3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.Name})
	if err != nil {
		return "", false, answered("s3:GetBucketPolicy", err, "NoSuchBucketPolicy")
	}
	return aws.ToString(out.Policy), true, nil
}

// Lifecycle returns the rules of the lifecycle configuration, nil if there is
// none.
func (b Bucket) Lifecycle(ctx context.Context) ([]types.LifecycleRule, error) {
	out, err := b.S3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetLifecycleConfiguration", err, "NoSuchLifecycleConfiguration")
	}
	return out.Rules, nil
}

// Replication returns the replication configuration, empty if there is none.
func (b Bucket) Replication(ctx context.Context) (types.ReplicationConfiguration, error) {
	var none types.ReplicationConfiguration
	out, err := b.S3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &b.Name})
	if err != nil {
		return none, answered("s3:GetReplicationConfiguration", err, "ReplicationConfigurationNotFoundError")
	}
	if out.ReplicationConfiguration == nil {
		return none, nil
	}
	return *out.ReplicationConfiguration, nil
}

// Logging returns the destination of server access logs, nil if there is none.
func (b Bucket) Logging(ctx context.Context) (*types.LoggingEnabled, error) {
	out, err := b.S3.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: &b.Name})
	if err != nil {
		return nil, Asked("s3:GetBucketLogging", err)
	}
	return out.LoggingEnabled, nil
}

// Inventories returns the inventory configurations.
func (b Bucket) Inventories(ctx context.Context) ([]types.InventoryConfiguration, error) {
	var all []types.InventoryConfiguration
	input := &s3.ListBucketInventoryConfigurationsInput{Bucket: &b.Name}
	for {
		out, err := b.S3.ListBucketInventoryConfigurations(ctx, input)
		if err != nil {
			return nil, Asked("s3:GetInventoryConfiguration", err)
		}
		all = append(all, out.InventoryConfigurationList...)
		if !aws.ToBool(out.IsTruncated) || out.NextContinuationToken == nil {
			return all, nil
		}
		input.ContinuationToken = out.NextContinuationToken
	}
}

// A Notification is a destination of event notifications: an ARN, or
// "Amazon EventBridge" for all events.
type Notification struct {
	To     string
	Events []types.Event
	// Filtered says that only the events of some keys are sent.
	Filtered bool
}

// Notifications returns the event notifications.
func (b Bucket) Notifications(ctx context.Context) ([]Notification, error) {
	out, err := b.S3.GetBucketNotificationConfiguration(ctx,
		&s3.GetBucketNotificationConfigurationInput{Bucket: &b.Name})
	if err != nil {
		return nil, Asked("s3:GetBucketNotification", err)
	}
	var to []Notification
	add := func(arn *string, events []types.Event, filter *types.NotificationConfigurationFilter) {
		filtered := filter != nil && filter.Key != nil && len(filter.Key.FilterRules) > 0
		to = append(to, Notification{aws.ToString(arn), events, filtered})
	}
	for _, c := range out.LambdaFunctionConfigurations {
		add(c.LambdaFunctionArn, c.Events, c.Filter)
	}
	for _, c := range out.QueueConfigurations {
		add(c.QueueArn, c.Events, c.Filter)
	}
	for _, c := range out.TopicConfigurations {
		add(c.TopicArn, c.Events, c.Filter)
	}
	if out.EventBridgeConfiguration != nil {
		to = append(to, Notification{To: "Amazon EventBridge"})
	}
	return to, nil
}
