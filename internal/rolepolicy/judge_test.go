package rolepolicy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/iamsimulate"
)

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
		"s3:PutObjectAcl", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectVersionAcl",
		"s3:UpdateObjectEncryption"},
	keyARN: {"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion"},
}

// rows are each action of each statement of the policies, and others.
func rows(t *testing.T, text []byte) []row {
	var all []row
	for _, phase := range rolepolicy.Phases {
		for _, statement := range policyOf(t, text, phase).Statement {
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
	bucketPolicy := strings.ReplaceAll(file.Resource["aws_s3_bucket_policy"]["policy"].Policy,
		"${aws_s3_bucket.bucket.bucket}", "acme-data")
	return json.RawMessage(bucketPolicy), json.RawMessage(file.Resource["aws_kms_key"]["key"].Policy)
}

// TestJudged has an IAM simulator judge the policies beside the bucket policy
// and the key policy of the same stack, by requests that it must allow and
// others that it must deny even to a role that may do everything otherwise.
func TestJudged(t *testing.T) {
	t.Parallel()
	text := stack(t, `{"region": "us-east-1", "account": "012345678901", "buckets": {"data": {"name": "acme-data",
		"encryption": {"algorithm": "aws:kms"}, "guardians": ["arn:aws:iam::012345678901:role/deployer"]}}}`, "data")
	everything := json.RawMessage(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", ` +
		`"Resource": "*"}]}`)
	bucketPolicy, keyPolicy := resourcePolicies(t, text)
	// Without its guards the bucket must be as safe from the role.
	none := json.RawMessage(`{"Version": "2012-10-17", "Statement": []}`)
	var judged [][]row
	var groups []iamsimulate.Group
	for service, resourcePolicies := range map[string][]json.RawMessage{"s3:": {bucketPolicy, none}, "kms:": {keyPolicy}} {
		var of []row
		var requests []iamsimulate.Request
		for _, r := range rows(t, text) {
			if !strings.HasPrefix(r.action, service) {
				continue
			}
			identity := []json.RawMessage{json.RawMessage(policyOf(t, text, r.phase).String())}
			if r.admin {
				identity = append(identity, everything)
			}
			context := map[string]string{
				"aws:RequestedRegion": "us-east-1",
				"aws:PrincipalArn":    "arn:aws:iam::012345678901:role/deployer",
				"aws:SecureTransport": "true",
			}
			of = append(of, r)
			requests = append(requests, iamsimulate.Request{Principal: "arn:aws:sts::012345678901:assumed-role/deployer/ci",
				Action: r.action, Resource: r.resource, Account: "012345678901", Identity: identity, Context: context})
		}
		for _, policy := range resourcePolicies {
			judged, groups = append(judged, of), append(groups, iamsimulate.Group{Policy: policy, Requests: requests})
		}
	}
	for n, answer := range iamsimulate.RunGroups(t, groups) {
		for i, verdict := range answer.Verdicts {
			if got := verdict.Result == "Allowed"; got != judged[n][i].allowed || verdict.Error != "" {
				t.Errorf("%+v is %+v beside policy %d", judged[n][i], verdict, n)
			}
		}
	}
}
