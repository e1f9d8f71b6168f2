package preflight

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// askGuards checks what protects the states: versioning, encryption, and that
// the bucket isn't public. What can't be read is unknown.
// https://developer.hashicorp.com/terraform/language/backend/s3
func (b states) askGuards(ctx context.Context, r *Report) {
	b.askVersioning(ctx, r)
	b.askEncryption(ctx, r)
	b.askPublic(ctx, r)
}

func (b states) askVersioning(ctx context.Context, r *Report) {
	out, err := b.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: b.bucket})
	if err != nil {
		b.unknown(r, "versioning", "s3:GetBucketVersioning", err)
		return
	}
	if out.Status != types.BucketVersioningStatusEnabled {
		r.find("", "the state's bucket "+*b.bucket+" has no versioning, so a state that is overwritten or deleted is lost",
			"aws s3api put-bucket-versioning --bucket "+*b.bucket+" --versioning-configuration Status=Enabled")
	}
}

// askEncryption finds no encryption only on other servers: S3 encrypts every
// object since 2023.
func (b states) askEncryption(ctx context.Context, r *Report) {
	_, err := b.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: b.bucket})
	switch {
	case code(err) == "ServerSideEncryptionConfigurationNotFoundError":
		r.note(Warning, "", "the state's bucket "+*b.bucket+" has no default encryption")
	case err != nil:
		b.unknown(r, "default encryption", "s3:GetEncryptionConfiguration", err)
	}
}

// askPublic finds a public bucket. A missing public access block is a warning:
// the account can have one, which the bucket doesn't show.
func (b states) askPublic(ctx context.Context, r *Report) {
	policy, err := b.client.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: b.bucket})
	switch {
	case err == nil && policy.PolicyStatus != nil && aws.ToBool(policy.PolicyStatus.IsPublic):
		r.find("", "the policy of the state's bucket "+*b.bucket+" makes it public",
			"remove the statement that allows everybody")
	case err != nil && code(err) != "NoSuchBucketPolicy":
		b.unknown(r, "policy status", "s3:GetBucketPolicyStatus", err)
	}
	access, err := b.client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b.bucket})
	switch {
	case code(err) == "NoSuchPublicAccessBlockConfiguration",
		err == nil && !blocksAll(access.PublicAccessBlockConfiguration):
		r.note(Warning, "", "the state's bucket "+*b.bucket+" doesn't block all public access itself; "+
			"a state can contain secrets. Turn on the four settings of its public access block, unless the account's block them")
	case err != nil:
		b.unknown(r, "public access block", "s3:GetBucketPublicAccessBlock", err)
	}
}

func blocksAll(c *types.PublicAccessBlockConfiguration) bool {
	return c != nil && aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.IgnorePublicAcls) &&
		aws.ToBool(c.BlockPublicPolicy) && aws.ToBool(c.RestrictPublicBuckets)
}

func (b states) unknown(r *Report, what, action string, err error) {
	why := err.Error()
	if status(err) == http.StatusForbidden {
		why = action + " is denied"
	}
	r.note(Unknown, "", "can't read the "+what+" of the state's bucket "+*b.bucket+": "+why)
}

// code returns the S3 error code of an error, or "".
func code(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}
