// Package testbucket makes buckets of every form on the rehearsal server, as
// somebody does by hand, for the tests of what reads and tries them.
package testbucket

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Hand makes buckets and changes them with a client, by hand: without
// Terraform, in milliseconds.
type Hand struct{ *s3.Client }

// KeyARN is the key of a bucket whose example declares one.
const KeyARN = "arn:aws:kms:eu-central-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"

// A resource is one of the Terraform JSON that the app writes, as far as it is
// deployed here.
type resource struct {
	Bucket string
	Rule   json.RawMessage
	Policy string
	Topic  []struct {
		ARN    string `json:"topic_arn"`
		Events []types.Event
	}
	Role        string
	Prefix      string   `json:"target_prefix"`
	Versions    string   `json:"included_object_versions"`
	Fields      []string `json:"optional_fields"`
	Schedule    struct{ Frequency string }
	Destination struct {
		Bucket struct {
			ARN            string `json:"bucket_arn"`
			Format, Prefix string
		}
	}
}

// Evidence is the evidence bucket of the example with every setting.
const Evidence = "acme-training-evidence"

// Deploy makes a bucket of the Terraform JSON that the app writes for an
// example, as Terraform would, in milliseconds.
func (h Hand) Deploy(t testing.TB, example, stack, name string) {
	t.Helper()
	text := Snapshot(t, example, stack)
	whole := strings.ReplaceAll(string(text), "${aws_s3_bucket.bucket.bucket}", name)
	if own := resourcesOf(t, text)["aws_s3_bucket"]["bucket"].Bucket; !strings.Contains(own, "${") {
		whole = strings.ReplaceAll(whole, own, name)
	}
	h.Create(t, name)
	h.deploy(t, whole, "", name)
}

// DeployMember makes another bucket of an example's stack, evidence, replica or
// trail, and returns its name, which is that of the example.
func (h Hand) DeployMember(t testing.TB, example, stack, kind string) string {
	t.Helper()
	text := Snapshot(t, example, stack)
	of := resourcesOf(t, text)
	name := of["aws_s3_bucket"][kind+"_bucket"].Bucket
	if _, locked := of["aws_s3_bucket_object_lock_configuration"][kind+"_object_lock"]; locked {
		h.Create(t, name)
	} else {
		h.createPlain(t, name)
	}
	h.deploy(t, string(text), kind+"_", name)
	return name
}

// deploy makes the configurations whose ids begin with a prefix.
func (h Hand) deploy(t testing.TB, text, prefix, name string) {
	t.Helper()
	// The server has only one Region.
	text = strings.ReplaceAll(text, "eu-central-1", h.Options().Region)
	text = strings.ReplaceAll(text, "$${", "${") // as Terraform reads it
	deployed := 0
	for kind, instances := range resourcesOf(t, []byte(text)) {
		for id, r := range instances {
			id, mine := strings.CutPrefix(id, prefix)
			// A stack with more buckets has more of each, with longer ids.
			if put := deployers[kind+"."+id]; mine && put != nil {
				deployed++
				if err := put(h, t, name, r); err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
			}
		}
	}
	if deployed < 5 {
		t.Fatalf("only %d resources were deployed", deployed)
	}
}

// resourcesOf reads a stack's resources, by type and id.
func resourcesOf(t testing.TB, text []byte) map[string]map[string]resource {
	t.Helper()
	var file struct {
		Resource map[string]map[string]resource
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Resource
}

// Snapshot is the Terraform JSON that the app writes for an example.
func Snapshot(t testing.TB, example, stack string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "testdata", "snapshots", example, stack+".tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// createPlain makes a bucket without Object Lock, unless it is there.
func (h Hand) createPlain(t testing.TB, name string) {
	t.Helper()
	if _, err := h.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &name}); err == nil {
		return
	}
	if _, err := h.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
}

// Create makes a bucket with Object Lock, and nothing else.
func (h Hand) Create(t testing.TB, name string) {
	t.Helper()
	_, err := h.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
}

var deployers = map[string]func(h Hand, t testing.TB, bucket string, r resource) error{
	"aws_s3_bucket_object_lock_configuration.object_lock": func(h Hand, t testing.TB, bucket string, r resource) error {
		var rule struct {
			Retention struct {
				Days int32
				Mode string
			} `json:"default_retention"`
		}
		if err := json.Unmarshal(r.Rule, &rule); err != nil {
			return err
		}
		return h.Retain(t, bucket, types.ObjectLockRetentionMode(rule.Retention.Mode), rule.Retention.Days)
	},
	"aws_s3_bucket_versioning.versioning": func(h Hand, t testing.TB, bucket string, _ resource) error {
		return h.Versioning(t, bucket, types.BucketVersioningStatusEnabled)
	},
	"aws_s3_bucket_public_access_block.public_access_block": func(h Hand, t testing.TB, bucket string, _ resource) error {
		return h.Block(t, bucket, true, true, true, true)
	},
	"aws_s3_bucket_ownership_controls.ownership": func(h Hand, t testing.TB, bucket string, _ resource) error {
		return h.Own(t, bucket, types.ObjectOwnershipBucketOwnerEnforced)
	},
	"aws_s3_bucket_server_side_encryption_configuration.encryption": func(h Hand, t testing.TB, bucket string,
		r resource) error {
		if strings.Contains(string(r.Rule), "aws:kms") {
			return h.Encrypt(t, bucket, types.ServerSideEncryptionAwsKms, KeyARN)
		}
		return h.Encrypt(t, bucket, types.ServerSideEncryptionAes256, "")
	},
	"aws_s3_bucket_lifecycle_configuration.lifecycle": func(h Hand, t testing.TB, bucket string, r resource) error {
		return h.Lifecycle(t, bucket, lifecycleOf(t, r.Rule)...)
	},
	"aws_s3_bucket_logging.access_logs": func(h Hand, t testing.TB, bucket string, r resource) error {
		h.createPlain(t, Evidence)
		return h.Log(t, bucket, &types.LoggingEnabled{TargetBucket: aws.String(Evidence), TargetPrefix: &r.Prefix})
	},
	"aws_s3_bucket_inventory.inventory": func(h Hand, t testing.TB, bucket string, r resource) error {
		to := r.Destination.Bucket
		c := &types.InventoryConfiguration{
			Id: aws.String("datalock"), IsEnabled: aws.Bool(true),
			IncludedObjectVersions: types.InventoryIncludedObjectVersions(r.Versions),
			Schedule:               &types.InventorySchedule{Frequency: types.InventoryFrequency(r.Schedule.Frequency)},
			Destination: &types.InventoryDestination{S3BucketDestination: &types.InventoryS3BucketDestination{
				Bucket: &to.ARN, Format: types.InventoryFormat(to.Format), Prefix: &to.Prefix,
			}},
		}
		for _, field := range r.Fields {
			c.OptionalFields = append(c.OptionalFields, types.InventoryOptionalField(field))
		}
		return h.Inventory(t, bucket, c)
	},
	"aws_s3_bucket_replication_configuration.replication": func(h Hand, t testing.TB, bucket string, r resource) error {
		var rules []replicationRule
		if err := json.Unmarshal(r.Rule, &rules); err != nil {
			return err
		}
		return h.Copy(t, bucket, r.Role, rules[0].rule())
	},
	"aws_s3_bucket_notification.notification": func(h Hand, t testing.TB, bucket string, r resource) error {
		return h.Notify(t, bucket, &types.NotificationConfiguration{TopicConfigurations: []types.TopicConfiguration{
			{TopicArn: &r.Topic[0].ARN, Events: r.Topic[0].Events},
		}})
	},
	"aws_s3_bucket_policy.policy": func(h Hand, t testing.TB, bucket string, r resource) error {
		return h.Policy(t, bucket, r.Policy)
	},
}

// Retain sets the default retention, none for 0 days.
func (h Hand) Retain(t testing.TB, bucket string, mode types.ObjectLockRetentionMode, days int32) error {
	c := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	if days > 0 {
		c.Rule = &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: mode, Days: &days}}
	}
	_, err := h.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: &bucket, ObjectLockConfiguration: c,
	})
	return err
}

// Versioning sets the versioning.
func (h Hand) Versioning(t testing.TB, bucket string, status types.BucketVersioningStatus) error {
	_, err := h.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	return err
}

// Block sets the public access block.
func (h Hand) Block(t testing.TB, bucket string, acls, policy, ignore, restrict bool) error {
	_, err := h.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: &bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &acls, BlockPublicPolicy: &policy, IgnorePublicAcls: &ignore, RestrictPublicBuckets: &restrict,
		},
	})
	return err
}

// Own sets the object ownership.
func (h Hand) Own(t testing.TB, bucket string, ownership types.ObjectOwnership) error {
	_, err := h.PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{
		Bucket:            &bucket,
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: ownership}}},
	})
	return err
}

// Encrypt sets the default encryption.
func (h Hand) Encrypt(t testing.TB, bucket string, algorithm types.ServerSideEncryption, key string) error {
	d := &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm}
	if key != "" {
		d.KMSMasterKeyID = &key
	}
	_, err := h.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: d}},
		},
	})
	return err
}

// Lifecycle sets the lifecycle.
func (h Hand) Lifecycle(t testing.TB, bucket string, rules ...types.LifecycleRule) error {
	_, err := h.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
	})
	return err
}

// Log sets the server access logging, none for nil.
func (h Hand) Log(t testing.TB, bucket string, to *types.LoggingEnabled) error {
	_, err := h.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{
		Bucket: &bucket, BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: to},
	})
	return err
}

// Inventory sets an inventory.
func (h Hand) Inventory(t testing.TB, bucket string, c *types.InventoryConfiguration) error {
	_, err := h.PutBucketInventoryConfiguration(t.Context(), &s3.PutBucketInventoryConfigurationInput{
		Bucket: &bucket, Id: c.Id, InventoryConfiguration: c,
	})
	return err
}

// Replicate has every new version copied to a bucket, by its ARN.
func (h Hand) Replicate(t testing.TB, bucket, role, to string) error {
	return h.Copy(t, bucket, role, types.ReplicationRule{
		Status: types.ReplicationRuleStatusEnabled, Priority: aws.Int32(1),
		Filter:                  &types.ReplicationRuleFilter{Prefix: aws.String("")},
		DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusDisabled},
		Destination:             &types.Destination{Bucket: &to},
	})
}

// Copy has new versions copied by rules.
func (h Hand) Copy(t testing.TB, bucket, role string, rules ...types.ReplicationRule) error {
	_, err := h.PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{
		Bucket: &bucket, ReplicationConfiguration: &types.ReplicationConfiguration{
			Role: &role, Rules: rules,
		},
	})
	return err
}

// Notify sets the notifications.
func (h Hand) Notify(t testing.TB, bucket string, c *types.NotificationConfiguration) error {
	_, err := h.PutBucketNotificationConfiguration(t.Context(),
		&s3.PutBucketNotificationConfigurationInput{Bucket: &bucket, NotificationConfiguration: c})
	return err
}

// Policy sets the bucket policy.
func (h Hand) Policy(t testing.TB, bucket, text string) error {
	_, err := h.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &text})
	return err
}

// lifecycleOf reads rules as Terraform has them.
func lifecycleOf(t testing.TB, text json.RawMessage) []types.LifecycleRule {
	t.Helper()
	var rules []struct {
		ID    string
		Abort []struct {
			Days int32 `json:"days_after_initiation"`
		} `json:"abort_incomplete_multipart_upload"`
		Transition []struct {
			Days  int32
			Class string `json:"storage_class"`
		}
		Expiration []struct {
			Days int32
		}
		Noncurrent []struct {
			Days int32 `json:"noncurrent_days"`
		} `json:"noncurrent_version_expiration"`
	}
	if err := json.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	var all []types.LifecycleRule
	for _, r := range rules {
		one := Enabled(r.ID, "")
		for _, a := range r.Abort {
			one.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &a.Days}
		}
		for _, m := range r.Transition {
			one.Transitions = append(one.Transitions, types.Transition{
				Days: &m.Days, StorageClass: types.TransitionStorageClass(m.Class),
			})
		}
		for _, e := range r.Expiration {
			one.Expiration = &types.LifecycleExpiration{Days: &e.Days}
		}
		for _, n := range r.Noncurrent {
			one.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: &n.Days}
		}
		all = append(all, one)
	}
	return all
}

// Enabled returns a rule that does nothing yet.
func Enabled(id, prefix string) types.LifecycleRule {
	return types.LifecycleRule{
		ID: &id, Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: &prefix},
	}
}
