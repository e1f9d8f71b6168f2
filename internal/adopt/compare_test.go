package adopt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestWarnings compares buckets that the local server can't have, or that lose
// something by the settings.
func TestWarnings(t *testing.T) {
	retention := func(mode types.ObjectLockRetentionMode, days int32) *types.ObjectLockConfiguration {
		return &types.ObjectLockConfiguration{Rule: &types.ObjectLockRule{
			DefaultRetention: &types.DefaultRetention{Mode: mode, Days: &days},
		}}
	}
	policy := func(statement string) json.RawMessage {
		return json.RawMessage(`{"Version":"2012-10-17","Statement":` + statement + `}`)
	}
	writer := types.ObjectOwnershipObjectWriter
	for _, c := range []struct {
		name, part, warning string
		is                  adopt.Existing
		change              func(*settings.Bucket)
	}{
		{"MFA delete", "lifecycle", "MFA delete is on", adopt.Existing{MFADelete: true}, nil},
		{
			"replication",
			"Object Lock",
			"a destination with Object Lock",
			adopt.Existing{Replication: make([]types.ReplicationRule, 1)},
			nil,
		},
		{"a target of access logs", "Object Lock", "server access logs", adopt.Existing{Policy: policy(`{"Effect":"Allow",
			"Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}`)}, nil},
		{"a longer retention in GOVERNANCE mode", "default retention", `"retention": {"mode": "COMPLIANCE", "days": 365}`,
			adopt.Existing{ObjectLock: retention(types.ObjectLockRetentionModeGovernance, 365)}, nil},
		{"a retention over ten years", "default retention", `"days": 3651, "confirmRetentionDays": 3651}`,
			adopt.Existing{ObjectLock: retention(types.ObjectLockRetentionModeGovernance, 3651)}, nil},
		{"a retention in years", "default retention", `"retention": {"mode": "COMPLIANCE", "years": 2}`,
			adopt.Existing{ObjectLock: &types.ObjectLockConfiguration{Rule: &types.ObjectLockRule{
				DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Years: aws.Int32(2)},
			}}}, nil},
		{"a key by an alias", "default encryption", `"keyArn": "ARN"`,
			adopt.Existing{Encryption: &types.ServerSideEncryptionRule{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
					SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String("alias/own"),
				},
			}}, nil},
		{"an ACL", "object ownership",
			"AWS refuses this while the bucket's ACL grants something to others than the owner: http://x READ",
			adopt.Existing{Ownership: &writer, Grantees: []string{"http://x READ"}}, nil},
		{"a statement that the settings lack", "bucket policy",
			"policyStatements lacks them: 1 statement of the owner (Deny s3:GetObject)",
			adopt.Existing{
				Policy: policy(`[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]`),
			}, nil},
		{"a tag that the settings lack", "tags", "are removed", adopt.Existing{Tags: map[string]string{"a": "b"}}, nil},
		{"other access logs", "server access logging", "no longer go", adopt.Existing{Logging: &types.LoggingEnabled{}},
			func(b *settings.Bucket) { b.Evidence, b.AccessLogs = &settings.Evidence{}, true }},
	} {
		b := settings.DefaultBucket()
		b.Name, b.Region = "b", "us-east-1"
		if c.change != nil {
			c.change(&b)
		}
		c.is.Bucket = "b"
		l := adopt.Compare(c.is, nil, b, nil)
		if !slices.ContainsFunc(append(l.Add, l.Change...), func(i adopt.Item) bool {
			return i.Part == c.part && strings.Contains(i.Warning, c.warning)
		}) {
			t.Errorf("%s: %+v", c.name, l)
		}
		plain := adopt.Compare(adopt.Existing{Bucket: "b"}, nil, b, nil)
		for _, i := range append(plain.Add, plain.Change...) {
			if strings.Contains(i.Warning, c.warning) {
				t.Errorf("%s: a bucket that has nothing: %+v", c.name, i)
			}
		}
	}
}

// TestMember keeps what the defaults would weaken, and refuses a policy that
// would mean something else.
func TestMember(t *testing.T) {
	file := settings.Settings{Region: "us-east-1", Tags: map[string]string{"org": "acme", "team": "all"}}
	m, err := adopt.NewMember(adopt.Existing{
		Bucket: "b", Region: "eu-central-1", Tags: map[string]string{"org": "acme", "team": "ml"},
		ObjectLock: &types.ObjectLockConfiguration{Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionModeCompliance, Years: aws.Int32(11)}}},
	}, file, "")
	ok(t, err)
	text, err := json.Marshal(m)
	ok(t, err)
	const want = `{"name":"b","region":"eu-central-1","retention":{"mode":"COMPLIANCE","years":11,"confirmRetentionDays":4015},` +
		`"tags":{"team":"ml"},"adopt":["aws_s3_bucket_object_lock_configuration"]}`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	for version, refused := range map[string]bool{"2012-10-17": false, "2008-10-17": true} {
		_, err := adopt.NewMember(adopt.Existing{Bucket: "b",
			Policy: json.RawMessage(`{"Version":"` + version + `","Statement":
			{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:root"},"Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*"}}`)}, file, "")
		if (err != nil) != refused {
			t.Errorf("a policy of version %s: %v", version, err)
		}
	}
}

// TestKeptStatement holds that a statement that the settings keep is the bucket's,
// however S3 writes it.
func TestKeptStatement(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name, b.Region = "b", "us-east-1"
	b.PolicyStatements = []json.RawMessage{
		json.RawMessage(`{"Effect":"Deny","Principal":{"AWS":["111111111111","000000000000"]},
		"Action":["s3:PutObject","s3:GetObject"],"Resource":["arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":false}}}`),
	}
	whole := audit.WantedPolicy(b, "b")
	own := `{"Effect":"Deny","Principal":{"AWS":["000000000000","111111111111"]},"Action":["s3:GetObject","s3:PutObject"],` +
		`"Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	for statement, kept := range map[string]bool{own: true, strings.Replace(own, `"false"`, `"true"`, 1): false} {
		is := adopt.Existing{Bucket: "b", Policy: json.RawMessage(strings.TrimSuffix(whole, "]}") + "," + statement + "]}")}
		l := adopt.Compare(is, nil, b, nil)
		policy := func(i adopt.Item) bool { return i.Part == "bucket policy" }
		if slices.ContainsFunc(l.Leave, policy) != kept || slices.ContainsFunc(l.Change, policy) == kept {
			t.Errorf("with %s: change %+v, leave %+v", statement, l.Change, l.Leave)
		}
	}
}
