package rolepolicy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalock/dataset"
	"datalock/internal/adopt"
	"datalock/internal/audit"
	"datalock/internal/policy"
	"datalock/internal/rolepolicy"
	"datalock/internal/testkit/iamsimulate"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// recorder notes the IAM actions that requests need.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
type recorder struct {
	mu      sync.Mutex
	actions map[string]bool
}

func (r *recorder) note(_ int64, q *http.Request) s3proxy.Fault {
	query := q.URL.Query()
	object := strings.Count(strings.Trim(q.URL.Path, "/"), "/") > 0
	var needs []string
	switch {
	case query.Has("retention") && q.Method == http.MethodPut:
		needs = []string{"s3:PutObjectRetention"}
	case object && q.Method == http.MethodPut || object && q.Method == http.MethodPost:
		needs = []string{"s3:PutObject"}
		if q.Header.Get("X-Amz-Object-Lock-Mode") != "" {
			needs = append(needs, "s3:PutObjectRetention")
		}
	case query.Has("retention"):
		needs = []string{"s3:GetObjectRetention"}
	case query.Has("uploadId"):
		needs = []string{"s3:ListMultipartUploadParts"}
	case object:
		// HEAD and GET show the lock to those who may see it.
		needs = []string{"s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectLegalHold"}
		if query.Has("versionId") {
			needs[0] = "s3:GetObjectVersion"
			break
		}
		// S3 answers 404 for a key that isn't there to those who may list, and
		// 403 to others.
		needs = append(needs, "s3:ListBucket")
	case query.Has("versions"):
		needs = []string{"s3:ListBucketVersions"}
	case query.Has("uploads"):
		needs = []string{"s3:ListBucketMultipartUploads"}
	case query.Has("object-lock"):
		needs = []string{"s3:GetBucketObjectLockConfiguration"}
	case query.Has("policy"):
		needs = []string{"s3:GetBucketPolicy"}
	case query.Has("versioning"):
		needs = []string{"s3:GetBucketVersioning"}
	case auditNeeds(query) != "":
		needs = []string{auditNeeds(query)}
	default:
		needs = []string{"s3:ListBucket"}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, action := range needs {
		r.actions[action] = true
	}
	return s3proxy.Fault{}
}

// auditNeeds returns the action of reading one of a bucket's configurations.
func auditNeeds(query url.Values) string {
	for name, action := range map[string]string{
		"logging": "s3:GetBucketLogging", "notification": "s3:GetBucketNotification",
		"ownershipControls": "s3:GetBucketOwnershipControls", "publicAccessBlock": "s3:GetBucketPublicAccessBlock",
		"encryption": "s3:GetEncryptionConfiguration", "inventory": "s3:GetInventoryConfiguration",
		"lifecycle": "s3:GetLifecycleConfiguration", "replication": "s3:GetReplicationConfiguration",
		"accelerate": "s3:GetAccelerateConfiguration", "acl": "s3:GetBucketAcl", "cors": "s3:GetBucketCORS",
		"requestPayment": "s3:GetBucketRequestPayment", "tagging": "s3:GetBucketTagging", "website": "s3:GetBucketWebsite",
	} {
		if query.Has(name) {
			return action
		}
	}
	return ""
}

const dataStack = `{"region": "us-east-1", "account": "012345678901", "buckets": {"data": {"name": "acme-data"%s}}}`

// TestAsDatasetsAsk publishes, goes on after an interruption, verifies in every
// way and lists, and holds the policies to the requests: no action is missing,
// and none is too much.
func TestAsDatasetsAsk(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	proxy := s3proxy.Start(t, server.Endpoint)
	client := s3.New(s3.Options{
		Region: server.Region, BaseEndpoint: &proxy.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
	bucket := aws.String("acme-data")
	if _, err := client.CreateBucket(
		t.Context(),
		&s3.CreateBucketInput{Bucket: bucket, ObjectLockEnabledForBucket: aws.Bool(true)},
	); err != nil {
		t.Fatal(err)
	}
	rule := &types.ObjectLockRule{
		DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionModeCompliance,
			Days: aws.Int32(1),
		},
	}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: bucket,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule:              rule,
		},
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, size := range map[string]int{"small": 1, "large": 9 << 20} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at, err := dataset.ParseLocation("s3://acme-data/set/1")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{actions: map[string]bool{}}
	proxy.Faults(func(n int64, q *http.Request) s3proxy.Fault {
		r.note(n, q)
		if q.URL.Query().Get("partNumber") == "2" {
			return s3proxy.Fault{Status: 403, Code: "AccessDenied"}
		}
		return s3proxy.Fault{}
	})
	options := dataset.PublishOptions{Days: 2, Jobs: 1}
	if _, err := dataset.Publish(t.Context(), client, dir, at, options); err == nil {
		t.Fatal("a publish whose last part is denied ends well")
	}
	proxy.Faults(r.note)
	// What may be there from an earlier run is looked for.
	options.Croissant = &dataset.Croissant{License: "MIT", Creator: "Acme"}
	if _, err := dataset.Publish(t.Context(), client, dir, at, options); err != nil {
		t.Fatal(err)
	}
	text := stack(t, fmt.Sprintf(dataStack, ""), "data")
	compare(t, text, rolepolicy.Publish, r)
	r.actions = map[string]bool{}
	for _, o := range []dataset.VerifyOptions{{}, {Read: true}} {
		if v, err := dataset.Verify(t.Context(), client, at, o); err != nil || !v.Clean() {
			t.Fatalf("%v, %v", v.Findings, err)
		}
	}
	if _, err := dataset.List(t.Context(), client, "acme-data"); err != nil {
		t.Fatal(err)
	}
	compare(t, text, rolepolicy.Verify, r)
	r.actions = map[string]bool{}
	all := func(string) (dataset.RenewPolicy, bool) {
		return dataset.RenewPolicy{KeepDays: 9, WhenLeftDays: 8}, true
	}
	due, _, err := dataset.ListDue(t.Context(), client, "acme-data", all)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	if _, err := dataset.Renew(t.Context(), client, due[0].Location, dataset.RenewOptions{Days: 9}); err != nil {
		t.Fatal(err)
	}
	compare(t, text, rolepolicy.Renew, r)
	r.actions = map[string]bool{}
	// What asks S3 Control doesn't come through the proxy.
	r.actions["s3:GetAccountPublicAccessBlock"] = true
	if b, err := audit.Run(t.Context(), audit.Config{
		S3: client, Bucket: "acme-data", Wanted: settings.DefaultBucket(), Jobs: 4,
	}); err != nil || len(b.Unknown()) > 0 {
		t.Fatalf("%v, %v", b.Unknown(), err)
	}
	compare(t, text, rolepolicy.Audit, r)
	r.actions = map[string]bool{}
	if _, unknown, err := adopt.Read(t.Context(), adopt.Config{
		S3:     client,
		Bucket: "acme-data",
		Jobs:   4,
	}); err != nil || len(unknown) > 0 {
		t.Fatalf("%v, %v", unknown, err)
	}
	want := allowed(rolepolicy.AdoptPolicy("acme-data", "us-east-1"))
	if got := slices.Sorted(maps.Keys(r.actions)); !slices.Equal(got, want) {
		t.Errorf("adopt asks for %v,\nallowed is %v", got, want)
	}
}

// standIn is a condition key that stands for the bucket's ARN in the encryption
// context.
const standIn = "kms:RequestAlias"

func compare(t *testing.T, stack []byte, phase rolepolicy.Phase, r *recorder) {
	t.Helper()
	want := allowed(policyOf(t, stack, phase))
	if got := slices.Sorted(maps.Keys(r.actions)); !slices.Equal(got, want) {
		t.Errorf("%s asks for %v,\nallowed is %v", phase, got, want)
	}
}

// TestDataJudged has an IAM simulator judge the policies beside the policy of
// the bucket with every guard.
func TestDataJudged(t *testing.T) {
	t.Parallel()
	text := stack(
		t,
		fmt.Sprintf(
			dataStack,
			`, "writeOnce": true, "encryption": {"algorithm": "aws:kms"}, "guardians": `+
				`["arn:aws:iam::012345678901:role/deployer"]`,
		),
		"data",
	)
	bucketPolicy, keyPolicy := resourcePolicies(t, text)
	everything := json.RawMessage(
		`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`,
	)
	type request struct {
		phase            rolepolicy.Phase
		action, resource string
		admin, allowed   bool
		context          map[string]string
	}
	object := bucketARN + "/set/1/file"
	once := map[string]string{
		"s3:if-none-match":                        "*",
		"s3:ObjectCreationOperation":              "true",
		"s3:object-lock-mode":                     "COMPLIANCE",
		"s3:object-lock-remaining-retention-days": "90",
	}
	over := map[string]string{"s3:ObjectCreationOperation": "true"}
	weak := map[string]string{
		"s3:if-none-match":           "*",
		"s3:ObjectCreationOperation": "true",
		"s3:object-lock-mode":        "GOVERNANCE",
	}
	meta := bucketARN + "/.datalock/set/1/"
	longer := map[string]string{"s3:object-lock-mode": "COMPLIANCE", "s3:object-lock-remaining-retention-days": "365"}
	shorter := map[string]string{"s3:object-lock-mode": "COMPLIANCE", "s3:object-lock-remaining-retention-days": "10"}
	through := map[string]string{
		"kms:ViaService": "s3.us-east-1.amazonaws.com", standIn: bucketARN,
	}
	another := map[string]string{
		"kms:ViaService": "s3.us-east-1.amazonaws.com", standIn: "arn:aws:s3:::acme-other",
	}
	all := []request{
		{rolepolicy.Publish, "s3:PutObject", object, false, true, once},
		{rolepolicy.Publish, "s3:PutObject", object, false, false, over},
		{rolepolicy.Publish, "s3:PutObject", object, false, false, weak},
		{rolepolicy.Publish, "s3:PutObject", "arn:aws:s3:::acme-other/file", false, false, once},
		{rolepolicy.Publish, "s3:ListBucketVersions", bucketARN, false, true, nil},
		{rolepolicy.Publish, "kms:GenerateDataKey", keyARN, false, true, through},
		{rolepolicy.Publish, "kms:GenerateDataKey", keyARN, false, false, nil},
		{rolepolicy.Publish, "kms:GenerateDataKey", keyARN, false, false, another},
		{rolepolicy.Verify, "kms:Decrypt", keyARN, false, false, another},
		{rolepolicy.Verify, "s3:GetObjectVersion", object, false, true, nil},
		{rolepolicy.Verify, "s3:GetObjectRetention", object, false, true, nil},
		{rolepolicy.Verify, "s3:PutObject", object, true, false, once},
		{rolepolicy.Verify, "s3:PutObjectRetention", object, true, false, nil},
		{rolepolicy.Verify, "kms:Decrypt", keyARN, false, true, through},
		{rolepolicy.Verify, "kms:GenerateDataKey", keyARN, false, false, through},
		{rolepolicy.Renew, "s3:PutObjectRetention", object, false, true, longer},
		{rolepolicy.Renew, "s3:PutObjectRetention", object, false, false, shorter},
		{rolepolicy.Renew, "s3:PutObject", object, false, false, once},
		{rolepolicy.Renew, "s3:PutObject", meta + "manifest.json", false, false, once},
		{rolepolicy.Renew, "s3:PutObject", meta + "renewals/20270101T000000.000Z.json", false, true, once},
		{rolepolicy.Renew, "kms:GenerateDataKey", keyARN, false, true, through},
		{rolepolicy.Audit, "s3:GetObjectVersion", object, false, true, nil},
		{rolepolicy.Audit, "s3:GetInventoryConfiguration", bucketARN, false, true, nil},
		{rolepolicy.Audit, "s3:GetObject", "arn:aws:s3:::acme-data-evidence/inventory/acme-data/x", false, false, nil},
		{rolepolicy.Audit, "s3:PutObjectRetention", object, true, false, longer},
		{rolepolicy.Audit, "s3:PutObject", object, true, false, once},
		{rolepolicy.Audit, "kms:GetKeyPolicy", keyARN, false, true, nil},
		{rolepolicy.Audit, "kms:Decrypt", keyARN, false, true, through},
		{rolepolicy.Audit, "kms:Decrypt", keyARN, false, false, nil},
		{rolepolicy.Audit, "kms:PutKeyPolicy", keyARN, false, false, nil},
	}
	for _, phase := range rolepolicy.DataPhases {
		for _, action := range []string{
			"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
			"s3:PutObjectLegalHold", "s3:PutObjectAcl",
		} {
			all = append(all, request{phase, action, object, true, false, nil})
		}
		for _, action := range []string{
			"s3:PutBucketPolicy", "s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration",
			"s3:DeleteBucket",
		} {
			all = append(all, request{phase, action, bucketARN, true, false, nil})
		}
	}
	var judged [][]request
	var groups []iamsimulate.Group
	for service, resource := range map[string]json.RawMessage{"s3:": bucketPolicy, "kms:": keyPolicy} {
		var of []request
		var requests []iamsimulate.Request
		for _, r := range all {
			if !strings.HasPrefix(r.action, service) {
				continue
			}
			// The simulator knows no key with a part of the encryption context.
			own := strings.ReplaceAll(policyOf(t, text, r.phase).String(), "kms:EncryptionContext:aws:s3:arn", standIn)
			identity := []json.RawMessage{json.RawMessage(own)}
			if r.admin {
				identity = append(identity, everything)
			}
			context := map[string]string{
				"aws:PrincipalArn":          "arn:aws:iam::012345678901:role/data",
				"aws:SecureTransport":       "true",
				"aws:PrincipalIsAWSService": "false",
			}
			maps.Copy(context, r.context)
			of = append(of, r)
			requests = append(
				requests,
				iamsimulate.Request{
					Principal: "arn:aws:sts::012345678901:assumed-role/data/ci",
					Action:    r.action,
					Resource:  r.resource,
					Account:   "012345678901",
					Identity:  identity,
					Context:   context,
				},
			)
		}
		judged, groups = append(judged, of), append(groups, iamsimulate.Group{Policy: resource, Requests: requests})
	}
	for n, answer := range iamsimulate.RunGroups(t, groups) {
		for i, verdict := range answer.Verdicts {
			if got := verdict.Result == "Allowed"; got != judged[n][i].allowed || verdict.Error != "" {
				t.Errorf("%+v is %+v", judged[n][i], verdict)
			}
		}
	}
}

// TestAuditReadsMembers holds that an audit may read the configuration of the
// stack's other buckets, the keys, the trail, the alarms with their topic and the
// roles, and of the evidence bucket's objects the reports of a declared inventory.
func TestAuditReadsMembers(t *testing.T) {
	t.Parallel()
	text := stack(t, fmt.Sprintf(dataStack, `, "evidence": {}, "inventory": {}, "replica": {"region": "eu-west-1"},
		"dataEvents": {}, "encryption": {"algorithm": "aws:kms"}`), "data")
	by := map[string]policy.Statement{}
	for _, s := range policyOf(t, text, rolepolicy.Audit).Statement {
		by[s.Sid] = s
	}
	const arn = "arn:aws:s3:::acme-data"
	for sid, want := range map[string]policy.Statement{
		"ReadReports": {Action: policy.Values{"s3:GetObject"}, Resource: policy.Values{arn + "-evidence/inventory/*"}},
		"ReadKey": {
			Action: policy.Values{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"},
			Resource: policy.Values{
				"arn:aws:kms:us-east-1:012345678901:key/*", "arn:aws:kms:eu-west-1:012345678901:key/*",
			},
		},
		"ReadTrail": {
			Action:   policy.Values{"cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"},
			Resource: policy.Values{"arn:aws:cloudtrail:us-east-1:012345678901:trail/acme-data-trail"},
		},
		"ReadAlarm": {
			Action:   policy.Values{"events:DescribeRule", "events:ListTargetsByRule"},
			Resource: policy.Values{"arn:aws:events:us-east-1:012345678901:rule/acme-data-*"},
		},
		"ReadTopic": {
			Action:   policy.Values{"sns:GetTopicAttributes"},
			Resource: policy.Values{"arn:aws:sns:us-east-1:012345678901:acme-data-alarms"},
		},
		"ReadRole": {
			Action: policy.Values{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
			Resource: policy.Values{
				"arn:aws:iam::012345678901:role/acme-data-alarms", "arn:aws:iam::012345678901:role/acme-data-replication",
			},
		},
	} {
		if got := by[sid]; !slices.Equal(got.Action, want.Action) || !slices.Equal(got.Resource, want.Resource) {
			t.Errorf("%s is %+v, want %+v", sid, got, want)
		}
	}
	others := by["ReadOtherBuckets"]
	if want := (policy.Values{
		arn + "-evidence",
		arn + "-replica",
		arn + "-trail",
	}); !slices.Equal(others.Resource, want) ||
		slices.Contains(others.Action, "s3:ListBucketVersions") || len(others.Action)+1 != len(by["ReadBucket"].Action) {
		t.Errorf("of the other buckets it may %+v", others)
	}
}
