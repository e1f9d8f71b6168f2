package check_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ownStatements are those of the policy that the bucket acme-archive has.
const ownStatements = `{"Sid":"AllowTeam","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-archive/*"},` +
	`{"Sid":"KeepVersions","Effect":"Deny","Principal":"*","Action":"s3:DeleteObjectVersion","Resource":"arn:aws:s3:::acme-archive/*"}`

// makeForeign makes buckets by hand, for plans that import them: acme-archive
// is versioned, and has a policy, a lifecycle and another encryption;
// acme-governed is locked in GOVERNANCE mode for 10 days, acme-retained in
// COMPLIANCE mode for 400.
func makeForeign(t *testing.T, h testbucket.Hand) {
	t.Helper()
	const archive = "acme-archive"
	expires := testbucket.Enabled("expire", "")
	expires.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(100)}
	_, err := h.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(archive)})
	_, err2 := h.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket:                  aws.String(archive),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	h.Create(t, "acme-governed")
	h.Create(t, "acme-retained")
	if err := errors.Join(err, err2,
		h.Block(t, archive, true, false, true, true),
		h.Encrypt(t, archive, types.ServerSideEncryptionAwsKms, keyARN),
		h.Lifecycle(t, archive, expires),
		h.Policy(t, archive, `{"Version":"2012-10-17","Statement":[`+ownStatements+`]}`),
		h.Retain(t, "acme-governed", types.ObjectLockRetentionModeGovernance, 10),
		h.Retain(t, "acme-retained", types.ObjectLockRetentionModeCompliance, 400),
	); err != nil {
		t.Fatal(err)
	}
}

const blockAddress = "aws_s3_bucket_public_access_block.public_access_block"

// adopting makes the stack one that imports a bucket and some of its
// configurations, as the app writes it.
func adopting(bucket string, configurations ...string) func(stackJSON) {
	return func(s stackJSON) {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		clear(s)
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "acme-training-data", bucket)), &s); err != nil {
			panic(err)
		}
		s.drop(bucketAt + ".object_lock_enabled")
		imports := []any{map[string]any{"to": "aws_s3_bucket.bucket", "id": bucket}}
		for _, address := range configurations {
			imports = append(imports, map[string]any{"to": address, "id": bucket})
		}
		s["import"] = imports
	}
}

// adoptArchive adopts acme-archive with all configurations that it has, and
// keeps the owner's statements.
var adoptArchive = several(
	adopting("acme-archive", versioningAddress, blockAddress, theEncryptionAt, theLifecycleAt, thePolicyAt), keepOwn)

// keepOwn keeps the statements of acme-archive's owner.
func keepOwn(s stackJSON) {
	s.policy(func(statements []any) []any {
		var own []any
		if err := json.Unmarshal([]byte("["+ownStatements+"]"), &own); err != nil {
			panic(err)
		}
		return append(statements, own...)
	})
}
