package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// setPolicy puts a policy of one statement on everything in the bucket.
func setPolicy(t *testing.T, client *s3.Client, bucket, statement string) {
	t.Helper()
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{%s,"Resource":["arn:aws:s3:::%s","arn:aws:s3:::%s/*"]}]}`, statement, bucket, bucket)
	if _, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket,
		Policy: &policy,
	}); err != nil {
		t.Fatalf("put policy %s: %v", policy, err)
	}
}

// TestWriterAndStranger wants what the accounts may do without a policy.
func TestWriterAndStranger(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "accounts"
	lockedBucket(t, root, bucket, days(governance, 1))
	version := put(t, root, bucket, "k", "data")
	acts := map[string]func(*s3.Client) error{
		"read": func(c *s3.Client) error {
			_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("k")})
			return err
		},
		"write": func(c *s3.Client) error {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: &bucket,
				Key:    aws.String("new"),
				Body:   strings.NewReader("x"),
			})
			return err
		},
		"list": func(c *s3.Client) error {
			_, err := c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket})
			return err
		},
		"lengthen": func(c *s3.Client) error {
			return putRetention(t, c, bucket, "k", version, governance, time.Now().Add(72*time.Hour), false)
		},
		"see the policy": func(c *s3.Client) error {
			_, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
			if code(err) == "NoSuchBucketPolicy" {
				return nil
			}
			return err
		},
		"change the default": func(c *s3.Client) error {
			_, err := c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
				Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled},
			})
			return err
		},
	}
	may := map[identity.Name]string{
		identity.Writer: "read write list lengthen see the policy", identity.Stranger: "",
		identity.Admin: "read write list lengthen see the policy change the default",
		identity.Root:  "read write list lengthen see the policy change the default",
	}
	for who, allowed := range may {
		for act, do := range acts {
			wanted := "AccessDenied"
			if strings.Contains(allowed, act) {
				wanted = ""
			}
			want(t, fmt.Sprintf("%s as %s", act, who), do(s.as(who)), wanted)
		}
	}
	want(t, "bypass as stranger", deleteVersion(t, s.as(identity.Stranger), bucket, "k", version, true), "AccessDenied")
	want(t, "bypass as writer", deleteVersion(t, s.as(identity.Writer), bucket, "k", version, true), "")
}

// TestPolicyConditions judges puts by a user who is not root, under a Deny with
// one condition. The twin requests must pass.
func TestPolicyConditions(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, writer, bucket := s.as(identity.Root), s.as(identity.Writer), "conditions"
	lockedBucket(t, root, bucket, days(compliance, 90))
	lock := func(mode types.ObjectLockMode, d int) func(*s3.PutObjectInput) {
		until := time.Now().Add(time.Duration(d) * 24 * time.Hour)
		return func(in *s3.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = mode, &until }
	}
	plain := func(*s3.PutObjectInput) {}
	hold := func(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn }
	once := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	cases := []struct {
		condition string
		change    func(*s3.PutObjectInput)
		denied    bool
	}{
		{`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}`, lock("GOVERNANCE", 100), true},
		{`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}`, lock("COMPLIANCE", 100), false},
		{`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}`, plain, false},
		// The trap: a negated operator holds where the key is absent.
		{`"StringNotEquals":{"s3:object-lock-mode":"COMPLIANCE"}`, plain, true},
		{`"StringNotEqualsIfExists":{"s3:object-lock-mode":"COMPLIANCE"}`, plain, true},
		{`"StringNotEquals":{"s3:object-lock-mode":"COMPLIANCE"}`, lock("COMPLIANCE", 100), false},
		{`"NumericLessThan":{"s3:object-lock-remaining-retention-days":"90"}`, lock("COMPLIANCE", 30), true},
		// Of exactly 90 days, 89 whole ones are left when the request arrives.
		{`"NumericLessThan":{"s3:object-lock-remaining-retention-days":90}`, lock("COMPLIANCE", 90), true},
		{`"NumericLessThan":{"s3:object-lock-remaining-retention-days":89}`, lock("COMPLIANCE", 90), false},
		{`"NumericLessThan":{"s3:object-lock-remaining-retention-days":89}`, lock("COMPLIANCE", 89), true},
		{`"NumericLessThan":{"s3:object-lock-remaining-retention-days":"90"}`, plain, false},
		{`"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"365"}`, lock("COMPLIANCE", 400), true},
		{`"DateGreaterThan":{"s3:object-lock-retain-until-date":"2099-01-01T00:00:00Z"}`, lock("COMPLIANCE", 40000), true},
		{`"StringEquals":{"s3:object-lock-legal-hold":"ON"}`, hold, true},
		{`"StringEquals":{"s3:object-lock-legal-hold":"ON"}`, plain, false},
		{`"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}`, plain, true},
		{`"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}`, once, false},
		{`"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`, plain, true},
		{`"NumericLessThan":{"s3:TlsVersion":"1.2"}`, plain, false},
		{`"Bool":{"aws:SecureTransport":"false"}`, plain, true},
		{`"ArnNotEquals":{"aws:PrincipalArn":"` + identity.Writer.ARN() + `"}`, plain, false},
		{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/admin"}`, plain, true},
		{
			`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`,
			lock("GOVERNANCE", 100),
			false,
		},
		{
			`"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"},"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`,
			lock("GOVERNANCE", 100),
			true,
		},
	}
	for i, c := range cases {
		setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Condition":{`+c.condition+`}`)
		key := fmt.Sprint("k", i)
		input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}
		c.change(input)
		wanted := ""
		if c.denied {
			wanted = "AccessDenied"
		}
		_, err := writer.PutObject(t.Context(), input)
		want(t, fmt.Sprintf("case %d, %s", i, c.condition), err, wanted)
		if c.denied {
			input.Body = strings.NewReader("x")
			_, err = root.PutObject(t.Context(), input)
			want(t, fmt.Sprintf("case %d as root", i), err, "AccessDenied")
		}
	}
}

// TestPolicyOnRetention reads the condition keys from the request's body.
func TestPolicyOnRetention(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, writer, bucket := s.as(identity.Root), s.as(identity.Writer), "on-retention"
	lockedBucket(t, root, bucket, nil)
	setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":"s3:PutObjectRetention","Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"30"}}`)
	version := put(t, root, bucket, "k", "data")
	want(t, "10 days", putRetention(t, writer, bucket, "k", version, governance, time.Now().AddDate(0, 0, 10), false),
		"AccessDenied")
	want(t, "40 days", putRetention(t, writer, bucket, "k", version, governance, time.Now().AddDate(0, 0, 40), false), "")
}

// TestWriteOncePolicy lets the steps of an upload pass and stops its end.
func TestWriteOncePolicy(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, writer, bucket := s.as(identity.Root), s.as(identity.Writer), "write-once"
	lockedBucket(t, root, bucket, days(compliance, 1))
	setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Condition":{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}`)
	for _, c := range []struct {
		ifNoneMatch *string
		want        string
	}{{nil, "AccessDenied"}, {aws.String("*"), ""}} {
		upload, err := writer.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket:            &bucket,
			Key:               aws.String("k"),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		})
		if err != nil {
			t.Fatal(err)
		}
		part, err := writer.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: &bucket, Key: aws.String("k"), UploadId: upload.UploadId, PartNumber: aws.Int32(1),
			Body: strings.NewReader("x"),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = writer.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: &bucket, Key: aws.String("k"), UploadId: upload.UploadId, IfNoneMatch: c.ifNoneMatch,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{
				ETag: part.ETag, PartNumber: aws.Int32(1), ChecksumCRC32: part.ChecksumCRC32,
			}}},
		})
		want(t, fmt.Sprintf("complete with if-none-match %q", aws.ToString(c.ifNoneMatch)), err, c.want)
	}
	_, err := writer.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket:     &bucket,
		Key:        aws.String("copy"),
		CopySource: aws.String(bucket + "/k"),
	})
	want(t, "copy", err, "AccessDenied")
}

func TestPolicyGuardsTheBucket(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, admin, bucket := s.as(identity.Root), s.as(identity.Admin), "guarded"
	lockedBucket(t, root, bucket, days(compliance, 1))
	setPolicy(t, root, bucket, `"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:PutBucketObjectLockConfiguration","s3:DeleteBucketPolicy","s3:PutBucketPolicy","s3:PutLifecycleConfiguration"],"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:role/deploy"}}`)
	ctx := t.Context()
	for _, client := range []*s3.Client{admin, root} {
		_, err := client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
			Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled},
		})
		want(t, "change the default", err, "AccessDenied")
	}
	_, err := admin.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
	want(t, "delete the policy", err, "AccessDenied")
	_, err = admin.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String("{}")})
	want(t, "replace the policy", err, "AccessDenied")
	_, err = admin.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &bucket})
	want(t, "delete the lifecycle", err, "AccessDenied")
	_, err = admin.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	want(t, "read the policy", err, "")
}

// TestRootMayAlwaysReplaceThePolicy wants a Deny to bind the account root in all
// but the three calls that read, replace and remove the bucket's policy.
func TestRootMayAlwaysReplaceThePolicy(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, ctx := s.as(identity.Root), "roots-policy", t.Context()
	lockedBucket(t, root, bucket, nil)
	const all = `"Effect":"Deny","Principal":"*","Action":"s3:*"`
	setPolicy(t, root, bucket, all)
	_, err := root.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	want(t, "list", err, "AccessDenied")
	preparer := s.as(identity.Preparer)
	prepared := put(t, preparer, bucket, "prepared", "data", func(in *s3.PutObjectInput) {
		in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	})
	want(t, "delete a held version as the preparer", deleteVersion(t, preparer, bucket, "prepared", prepared, true),
		"AccessDenied")
	_, err = root.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: &bucket})
	want(t, "read the policy's status", err, "AccessDenied")
	_, err = root.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	want(t, "read the policy", err, "")
	setPolicy(t, root, bucket, all)
	_, err = root.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
	want(t, "remove the policy", err, "")
	_, err = root.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	want(t, "list without a policy", err, "")
}

// TestOneAccount wants every account's buckets to be the account root's, and
// everyone who may list any bucket to see all.
func TestOneAccount(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	for _, bucket := range []string{"one-account-a", "one-account-b"} {
		name := identity.Root
		if bucket == "one-account-b" {
			name = identity.Admin
		}
		if _, err := s.as(name).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
		_, err := s.as(identity.Admin).CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket:                     &bucket,
			ObjectLockEnabledForBucket: aws.Bool(true),
		})
		want(t, "create "+bucket+" again", err, "BucketAlreadyOwnedByYou")
	}
	for _, name := range []identity.Name{identity.Root, identity.Admin, identity.Writer} {
		out, err := s.as(name).ListBuckets(t.Context(), &s3.ListBucketsInput{})
		if err != nil || len(out.Buckets) != 2 {
			t.Errorf("%s lists %v, %v", name, out, err)
		}
	}
}

func TestPublicPolicy(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "public"
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	put(t, root, bucket, "k", "data")
	const allow, deny = `"Effect":"Allow","Principal":"*","Action":"s3:*"`, `"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject"`
	anonymously := func() int {
		response, err := http.Get(s.Endpoint + "/" + bucket + "/k")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	for _, c := range []struct {
		statement string
		public    bool
		status    int
	}{{allow, true, 200}, {deny, false, 403}} {
		setPolicy(t, root, bucket, c.statement)
		out, err := root.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: &bucket})
		if err != nil || aws.ToBool(out.PolicyStatus.IsPublic) != c.public {
			t.Errorf("%s: %v, %v", c.statement, out, err)
		}
		if got := anonymously(); got != c.status {
			t.Errorf("%s: read without a signature: %d, want %d", c.statement, got, c.status)
		}
	}
	_, err := root.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: &bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicPolicy: aws.Bool(true)},
	})
	want(t, "block public policies", err, "")
	policy := fmt.Sprintf(`{"Statement":[{%s,"Resource":"arn:aws:s3:::%s/*"}]}`, allow, bucket)
	_, err = root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	want(t, "put a public policy", err, "AccessDenied")
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--tls")
	root, writer, bucket := s.as(identity.Root), s.as(identity.Writer), "over-tls"
	lockedBucket(t, root, bucket, days(compliance, 1))
	for statement, wanted := range map[string]string{
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}`:      "",
		`"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`:   "",
		`"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.4"}}`:   "AccessDenied",
		`"Condition":{"Bool":{"aws:SecureTransport":["true"]}}`:     "AccessDenied",
		`"Condition":{"NumericEquals":{"s3:TlsVersion":["1.3",2]}}`: "AccessDenied",
	} {
		setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":"s3:*",`+statement)
		_, err := writer.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket,
			Key:    aws.String("k"),
			Body:   strings.NewReader("x"),
		})
		want(t, statement, err, wanted)
	}
}

// TestActionsInAnyCase wants an action enforced however it is written, and one
// that fits no resource refused.
func TestActionsInAnyCase(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "any-case"
	lockedBucket(t, root, bucket, nil)
	for _, action := range []string{"s3:PutObject", "S3:PUTOBJECT", "s3:putobj*", "S3:*"} {
		setPolicy(t, root, bucket, `"Effect":"Deny","Principal":"*","Action":["`+action+
			`","s3:ListBucketMultipartUploads","s3:GetObject"]`)
		_, err := s.as(identity.Admin).PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("k")})
		want(t, "put under a deny of "+action, err, "AccessDenied")
	}
	for action, resource := range map[string]string{"s3:PutObject": "any-case", "s3:ListBucket": "any-case/*"} {
		_, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"` + action +
				`","Resource":"arn:aws:s3:::` + resource + `"}]}`)})
		want(t, action+" on "+resource, err, "MalformedPolicy")
	}
}

// TestPlainEndpoint reads over TLS and without, what a policy gives to TLS only:
// it is one server with two doors.
func TestPlainEndpoint(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--tls")
	root, bucket := s.as(identity.Root), "two-doors"
	lockedBucket(t, root, bucket, days(compliance, 1))
	version := put(t, root, bucket, "k", "data")
	plain := *s
	plain.Endpoint = s.PlainEndpoint
	if got := readVersion(t, plain.as(identity.Admin), bucket, "k", version); got != "data" {
		t.Errorf("without the policy: %q", got)
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject*","Resource":"arn:aws:s3:::two-doors/*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	if _, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket,
		Policy: &policy,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.as(identity.Admin).GetObject(t.Context(), &s3.GetObjectInput{
		Bucket:    &bucket,
		Key:       aws.String("k"),
		VersionId: &version,
	}); code(err) != "AccessDenied" {
		t.Errorf("without TLS: %v", err)
	}
	if got := readVersion(t, s.as(identity.Admin), bucket, "k", version); got != "data" {
		t.Errorf("over TLS: %q", got)
	}
}

// TestKeysOfTheRequest holds that conditions on the tags that a request gives, and on
// the caller's name and the Region, are decided.
func TestKeysOfTheRequest(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "request-keys"
	lockedBucket(t, root, bucket, nil)
	writer := s.as(identity.Writer)
	tagged := func(tagging *string) error {
		_, err := writer.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("k"), Tagging: tagging})
		return err
	}
	for condition, denied := range map[string]bool{
		`{"StringEquals":{"s3:RequestObjectTag/Level":"secret"}}`: true,
		`{"StringEquals":{"s3:RequestObjectTag/level":"other"}}`:  false,
		`{"StringEquals":{"aws:username":"writer"}}`:              true,
		`{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}`: false,
		`{"Bool":{"aws:ViaAWSService":"false"}}`:                  true,
	} {
		_, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",` +
				`"Resource":"arn:aws:s3:::request-keys/*","Condition":` + condition + `}]}`)})
		want(t, "put the policy", err, "")
		code := ""
		if denied {
			code = "AccessDenied"
		}
		want(t, condition, tagged(aws.String("level=secret")), code)
		if strings.Contains(condition, "Tag") {
			want(t, condition+" without tags", tagged(nil), "")
		}
	}
}
