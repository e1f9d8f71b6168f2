package rolepolicy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/iamsimulate"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
)

// iamActions are the IAM actions of API calls that are named otherwise.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var iamActions = map[string]string{
	"HeadBucket": "ListBucket", "GetBucketCors": "GetBucketCORS", "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
	"GetBucketEncryption": "GetEncryptionConfiguration", "PutBucketEncryption": "PutEncryptionConfiguration",
	"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration", "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
	"GetBucketReplication": "GetReplicationConfiguration", "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
	"GetObjectLockConfiguration": "GetBucketObjectLockConfiguration", "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}

var method = regexp.MustCompile(`rpc\.method=(\w+)`)

// asked runs terraform and returns the IAM actions that the provider needed.
func asked(t *testing.T, tf tftest.Terraform, dir string, args ...string) []string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	tf.Env = append(slices.Clone(tf.Env), "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+log)
	tf.Run(t, dir, args...)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, match := range method.FindAllStringSubmatch(string(text), -1) {
		name := match[1]
		if other, ok := iamActions[name]; ok {
			name = other
		}
		found["s3:"+name] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// allowed returns what a policy allows, sorted.
func allowed(d rolepolicy.Document) []string {
	var all []string
	for _, statement := range d.Statement {
		if statement.Effect == "Allow" {
			all = append(all, statement.Action...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestAsTerraformAsks deploys onto a real S3 server and holds the policies to
// the calls of the AWS provider: no action is missing, and none is too much.
func TestAsTerraformAsks(t *testing.T) {
	t.Parallel()
	tf, server := tftest.Find(t), s3test.Start(t, "--tls")
	tf = tf.With(server.Env())
	settings := `{"region": %q, "endpoint": %q, "tags": {"team": "%s"}, "buckets": {"data": {"name": "acme-data"}}}`
	dir := filepath.Join(apptest.Synth(t, fmt.Appendf(nil, settings, server.Region, server.Endpoint, "ml")), "stacks", "data")
	// The lifecycle configuration stays, although the provider waits 55 seconds
	// for it: its actions are a subject of this test.
	if err := awsprovider.WithoutEndpoints(filepath.Join(dir, "cdk.tf.json")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	tf.Run(t, dir, "init")
	if got, want := asked(t, tf, dir, "apply", "-auto-approve"), allowed(policy(t, text, rolepolicy.Create)); !slices.Equal(got, want) {
		t.Errorf("the first apply asks for %v,\nallowed is %v", got, want)
	}
	if got, want := asked(t, tf, dir, "plan"), allowed(policy(t, text, rolepolicy.Plan)); !slices.Equal(got, want) {
		t.Errorf("a plan asks for %v,\nallowed is %v", got, want)
	}
	// Everything that a change may touch without the lock.
	changed := strings.Replace(string(text), `"ml"`, `"data"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(changed), 0o600); err != nil || changed == string(text) {
		t.Fatalf("change the tags: %v", err)
	}
	change := allowed(policy(t, text, rolepolicy.Change))
	for _, action := range asked(t, tf, dir, "apply", "-auto-approve") {
		if !slices.Contains(change, action) {
			t.Errorf("a change of tags asks for %s, which phase change doesn't allow", action)
		}
	}
}

// A row is one request of the deploying role and whether it must be allowed.
type row struct {
	phase            rolepolicy.Phase
	action, resource string
	// admin says that another policy allows the role everything.
	admin, allowed bool
}

const bucketARN, keyARN = "arn:aws:s3:::acme-data", "arn:aws:kms:us-east-1:012345678901:key/1"

// never is what no phase may do, on which resource; it is told here again, not
// taken from the policy.
var never = map[string][]string{
	bucketARN: {"s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutReplicationConfiguration"},
	bucketARN + "/object": {"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject",
		"s3:PutObjectAcl", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectVersionAcl"},
	keyARN: {"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion"},
}

// rows are each action of each statement of the policies, and others.
func rows(t *testing.T, text []byte) []row {
	var all []row
	for _, phase := range rolepolicy.Phases {
		for _, statement := range policy(t, text, phase).Statement {
			for _, action := range statement.Action {
				resource := bucketARN
				switch {
				case action == "kms:CreateKey":
					resource = "*"
				case strings.HasPrefix(action, "kms:"):
					resource = keyARN
				case strings.HasSuffix(statement.Resource[0], "/*"):
					resource += "/object"
				}
				allow := statement.Effect == "Allow"
				all = append(all, row{phase, action, resource, false, allow}, row{phase, action, resource, true, allow})
			}
		}
		all = append(all,
			row{phase, "s3:GetObject", bucketARN + "/object", false, false},
			row{phase, "s3:PutBucketTagging", "arn:aws:s3:::acme-other", false, false},
			row{phase, "s3:PutBucketObjectLockConfiguration", bucketARN, true, phase == rolepolicy.Create},
			row{phase, "s3:PutBucketVersioning", bucketARN, true, phase == rolepolicy.Create},
			row{phase, "s3:PutBucketPolicy", bucketARN, false, phase != rolepolicy.Plan},
		)
		for resource, actions := range never {
			for _, action := range actions {
				all = append(all, row{phase, action, resource, true, false})
			}
		}
	}
	return all
}

// resourcePolicies returns the bucket's and the key's policy of a stack.
func resourcePolicies(t *testing.T, text []byte) (bucket, key json.RawMessage) {
	t.Helper()
	var file struct {
		Resource map[string]map[string]struct{ Policy string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	bucketPolicy := strings.ReplaceAll(file.Resource["aws_s3_bucket_policy"]["policy"].Policy, "${aws_s3_bucket.bucket.bucket}", "acme-data")
	return json.RawMessage(bucketPolicy), json.RawMessage(file.Resource["aws_kms_key"]["key"].Policy)
}

// TestJudged has an IAM simulator judge the policies beside the bucket policy
// and the key policy of the same stack, by requests that it must allow and
// others that it must deny even to a role that may do everything otherwise.
func TestJudged(t *testing.T) {
	t.Parallel()
	text := stack(t, `{"region": "us-east-1", "account": "012345678901", "buckets": {"data": {"name": "acme-data",
		"encryption": {"algorithm": "aws:kms"}, "guardians": ["arn:aws:iam::012345678901:role/deployer"]}}}`, "data")
	everything := json.RawMessage(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)
	bucketPolicy, keyPolicy := resourcePolicies(t, text)
	// Without its guards the bucket must be as safe from the role.
	none := json.RawMessage(`{"Version": "2012-10-17", "Statement": []}`)
	for service, resourcePolicies := range map[string][]json.RawMessage{"s3:": {bucketPolicy, none}, "kms:": {keyPolicy}} {
		var judged []row
		var requests []iamsimulate.Request
		for _, r := range rows(t, text) {
			if !strings.HasPrefix(r.action, service) {
				continue
			}
			identity := []json.RawMessage{json.RawMessage(policy(t, text, r.phase).String())}
			if r.admin {
				identity = append(identity, everything)
			}
			context := map[string]string{"aws:RequestedRegion": "us-east-1", "aws:PrincipalArn": "arn:aws:iam::012345678901:role/deployer", "aws:SecureTransport": "true"}
			judged = append(judged, r)
			requests = append(requests, iamsimulate.Request{Principal: "arn:aws:sts::012345678901:assumed-role/deployer/ci",
				Action: r.action, Resource: r.resource, Account: "012345678901", Identity: identity, Context: context})
		}
		for n, answer := range iamsimulate.Run(t, resourcePolicies, requests) {
			for i, verdict := range answer.Verdicts {
				if got := verdict.Result == "Allowed"; got != judged[i].allowed || verdict.Error != "" {
					t.Errorf("%+v is %+v beside policy %d", judged[i], verdict, n)
				}
			}
		}
	}
}
