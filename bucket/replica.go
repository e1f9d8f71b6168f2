package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	replication "github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketreplicationconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// replicaPrefix is the prefix of the logical ids of the replica's resources.
const replicaPrefix = "replica_"

// replicaOf returns the settings of the replica of the bucket with the given
// name: those of the bucket, in another Region and without further buckets.
func replicaOf(config settings.Bucket, name string) settings.Bucket {
	r := config
	r.Name, r.NamePrefix = config.ReplicaName(name), ""
	r.Region, r.Retention = config.Replica.Region, config.Replica.Retention
	r.Encryption.KeyARN = config.Replica.KeyARN
	r.Evidence, r.AccessLogs, r.Inventory, r.Batch, r.Replica, r.DataEvents = nil, false, nil, false, nil, nil
	r.Adopt, r.PolicyStatements = nil, nil
	return r
}

// replicaPolicy returns the policy of the replica. The ARN of a key that the
// stack creates isn't known at plan time, so the policy can't name it: uploads
// set no encryption, and replication, which always sets a key, sets aws:kms.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
func replicaPolicy(config settings.Bucket, name string) policy.Document {
	d := policyOf(config, name)
	if !config.Encryption.MakesKey() {
		return d
	}
	const algorithm = "s3:x-amz-server-side-encryption"
	for i, s := range d.Statement {
		if s.Sid == otherEncryption {
			d.Statement[i].Action = policy.Values{"s3:PutObject"}
			d.Statement = append(d.Statement, deny("DenyOtherReplicaEncryption", []string{"s3:ReplicateObject"}, s.Resource,
				policy.Conditions{
					"Null":            {algorithm: {"false"}},
					"StringNotEquals": {algorithm: {string(settings.KMS)}},
				}))
		}
	}
	return d
}

// declareReplica declares the replica and the replication to it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-replication
func (b *ImmutableBucket) declareReplica() {
	config := b.data.config
	b.replica = &member{
		scope: b.Construct, prefix: replicaPrefix, provider: b.elsewhere, config: replicaOf(config, b.data.policyName()),
	}
	b.replica.declareLocked(replicaPolicy)
	_, rights := b.declareRole("replication", settings.ReplicationSuffix,
		"Copies versions with their locks to the replica.", trustPolicy("s3.amazonaws.com", nil),
		replicationRights(config, b.replica.config, b.data.policyName(), b.replica.policyName()))
	b.data.declare("aws_s3_bucket_replication_configuration", replication.NewS3BucketReplicationConfigurationA(
		b.Construct, jsii.String("replication"), &replication.S3BucketReplicationConfigurationAConfig{
			Bucket: b.data.name,
			// Unlike the role's attribute, the text is known at plan time.
			Role: jsii.String(b.roleARN(settings.ReplicationSuffix)),
			Rule: []*replication.S3BucketReplicationConfigurationRule{b.replicationRule()},
			// S3 requires versioning of both buckets, and the role.
			DependsOn: &[]cdktf.ITerraformDependable{b.data.policy, b.replica.policy, rights},
			Lifecycle: b.data.protected(),
		}))
}

// replicationRule returns the rule that copies every new version with its lock, but
// no delete markers. S3 never replicates the deletion of a version.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html
func (b *ImmutableBucket) replicationRule() *replication.S3BucketReplicationConfigurationRule {
	config := b.replica.config
	destination := &replication.S3BucketReplicationConfigurationRuleDestination{
		Bucket: jsii.String("arn:" + config.Partition() + ":s3:::" + b.replica.policyName()),
		// S3 sends events about failures only with metrics.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
		Metrics: &replication.S3BucketReplicationConfigurationRuleDestinationMetrics{Status: jsii.String("Enabled")},
	}
	rule := &replication.S3BucketReplicationConfigurationRule{
		Id:       jsii.String("everything"),
		Status:   jsii.String("Enabled"),
		Priority: jsii.Number(1),
		Filter:   &replication.S3BucketReplicationConfigurationRuleFilter{Prefix: jsii.String("")},
		DeleteMarkerReplication: &replication.S3BucketReplicationConfigurationRuleDeleteMarkerReplication{
			Status: jsii.String("Disabled"),
		},
		Destination: destination,
	}
	if config.Encryption.Algorithm == settings.KMS {
		destination.EncryptionConfiguration = &replication.S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration{
			ReplicaKmsKeyId: b.replica.key,
		}
		rule.SourceSelectionCriteria = &replication.S3BucketReplicationConfigurationRuleSourceSelectionCriteria{
			SseKmsEncryptedObjects: &replication.S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects{
				Status: jsii.String("Enabled"),
			},
		}
	}
	return rule
}

// replicationRights returns the permissions that S3 needs to copy locked versions.
// Without permission to read locks it copies none of them. It may not copy delete
// markers.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
func replicationRights(from, to settings.Bucket, source, replica string) policy.Document {
	arn := "arn:" + from.Partition() + ":s3:::"
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		allow("ReadSource", []string{"s3:GetReplicationConfiguration", "s3:ListBucket"}, arn+source),
		allow("ReadVersions", []string{
			"s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersionAcl",
			"s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging",
		}, arn+source+"/*"),
		allow("WriteReplica", []string{"s3:ReplicateObject", "s3:ReplicateTags"}, arn+replica+"/*"),
	}}
	if from.Encryption.Algorithm == settings.KMS {
		d.Statement = append(d.Statement,
			useKey("Decrypt", []string{"kms:Decrypt"}, from, source),
			useKey("Encrypt", []string{"kms:Encrypt", "kms:GenerateDataKey"}, to, replica))
	}
	return d
}
