package prove

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// otherAlgorithm is an encryption that the bucket's policy denies.
func (a *attempt) otherAlgorithm() types.ServerSideEncryption {
	if a.guards.Algorithm == string(types.ServerSideEncryptionAes256) {
		return types.ServerSideEncryptionAwsKms
	}
	return types.ServerSideEncryptionAes256
}

func otherEncryption(a *attempt, in *s3.PutObjectInput) { in.ServerSideEncryption = a.otherAlgorithm() }

// customerKey makes S3 encrypt with a key that only the writer has.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
func customerKey(_ *attempt, in *s3.PutObjectInput) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	sum := md5.Sum(key)   // S3 requires it to detect transmission errors
	in.SSECustomerAlgorithm = aws.String("AES256")
	in.SSECustomerKey = aws.String(base64.StdEncoding.EncodeToString(key))
	in.SSECustomerKeyMD5 = aws.String(base64.StdEncoding.EncodeToString(sum[:]))
}

func unnamedKey(_ *attempt, in *s3.PutObjectInput) {
	in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
}

// otherKey names the key that AWS manages for the account.
func otherKey(_ *attempt, in *s3.PutObjectInput) {
	in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String("alias/aws/s3")
}

// eventHold adds an event hold, which leaves the retention without an end date.
func eventHold(_ *attempt, in *s3.PutObjectInput) {
	in.ObjectLockEventHold, in.ObjectLockEventHoldDurationDays = types.ObjectLockEventHold("ON"), aws.Int32(1)
}

// putACL grants public read access; the valid request names no ACL. If ACLs are
// disabled, S3 refuses the request before it evaluates the bucket policy.
func putACL(ctx context.Context, a *attempt) error {
	err := putWith("PutObject with the ACL public-read", func(_ *attempt, in *s3.PutObjectInput) {
		in.ACL = types.ObjectCannedACLPublicRead
	})(ctx, a)
	for _, r := range a.attacks() {
		if r.Code == "AccessControlListNotSupported" {
			a.got.unreached = "ACLs are off in the bucket, so the bucket policy was not reached"
		}
	}
	return err
}

// holdOff tries to remove a legal hold.
func holdOff(ctx context.Context, a *attempt) error {
	_, err := a.tryRefused(ctx, "PutObjectLegalHold OFF", func(ctx context.Context, c *s3.Client) error {
		return setHold(ctx, c, a.bucket, a.victim, types.ObjectLockLegalHoldStatusOff)
	})
	return err
}

// formWith posts a form with fields that the bucket must refuse; the valid
// request leaves them out.
func formWith(name string, fields func(*attempt) map[string]string) attack {
	return func(ctx context.Context, a *attempt) error {
		_, err := a.tryAs(ctx, name, func(ctx context.Context, c *s3.Client) error {
			var more map[string]string
			if !a.valid {
				more = fields(a)
			}
			_, err := a.postForm(ctx, c, a.aside, a.body("the data, from a form"), more)
			return err
		})
		return err
	}
}

// formNaming adds a retention to a form.
func formNaming(
	mode func(*attempt) settings.RetentionMode, until func(*attempt) time.Time,
) func(*attempt) map[string]string {
	return func(a *attempt) map[string]string {
		return map[string]string{
			"x-amz-object-lock-mode":              string(mode(a)),
			"x-amz-object-lock-retain-until-date": until(a).Format(time.RFC3339),
		}
	}
}

func formEncryption(a *attempt) map[string]string {
	return map[string]string{"x-amz-server-side-encryption": string(a.otherAlgorithm())}
}
