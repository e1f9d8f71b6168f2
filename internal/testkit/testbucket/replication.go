package testbucket

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A replicationRule is a rule as Terraform has it.
type replicationRule struct {
	ID, Status  string
	Priority    int32
	Filter      struct{ Prefix string }
	Markers     struct{ Status string } `json:"delete_marker_replication"`
	Destination struct {
		Bucket     string
		Metrics    struct{ Status string }
		Encryption *struct {
			Key string `json:"replica_kms_key_id"`
		} `json:"encryption_configuration"`
	}
	Source *struct {
		KMS struct{ Status string } `json:"sse_kms_encrypted_objects"`
	} `json:"source_selection_criteria"`
}

func (r replicationRule) rule() types.ReplicationRule {
	all := types.ReplicationRule{
		ID: &r.ID, Status: types.ReplicationRuleStatus(r.Status), Priority: &r.Priority,
		Filter: &types.ReplicationRuleFilter{Prefix: &r.Filter.Prefix},
		DeleteMarkerReplication: &types.DeleteMarkerReplication{
			Status: types.DeleteMarkerReplicationStatus(r.Markers.Status),
		},
		Destination: &types.Destination{
			Bucket: &r.Destination.Bucket, Metrics: &types.Metrics{Status: types.MetricsStatus(r.Destination.Metrics.Status)},
		},
	}
	if e := r.Destination.Encryption; e != nil {
		key := strings.ReplaceAll(e.Key, "${aws_kms_key.replica_key.arn}", KeyARN)
		all.Destination.EncryptionConfiguration = &types.EncryptionConfiguration{ReplicaKmsKeyID: aws.String(key)}
	}
	if r.Source != nil {
		all.SourceSelectionCriteria = &types.SourceSelectionCriteria{SseKmsEncryptedObjects: &types.SseKmsEncryptedObjects{
			Status: types.SseKmsEncryptedObjectsStatus(r.Source.KMS.Status),
		}}
	}
	return all
}
