package prove

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// An attack sends the requests of a trial and records their answers. It returns
// an [*UnreachableError] or the context's error.
type attack = func(context.Context, *attempt) error

// tryDelete tries to permanently delete the victim.
func (a *attempt) tryDelete(ctx context.Context, bypass bool) (bool, error) {
	return a.eachWay(bypass, func(bypass bool) (bool, error) {
		return a.tryRefused(ctx, bypassing("DeleteObject of the version", bypass),
			func(ctx context.Context, c *s3.Client) error {
				_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
					Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(),
					BypassGovernanceRetention: a.flag(bypass),
				})
				return err
			})
	})
}

// eachWay sends a request, and again without the bypass if the bucket policy
// denies the bypass: the policy refuses such a request before the lock is asked.
func (a *attempt) eachWay(bypass bool, send func(bypass bool) (bool, error)) (bool, error) {
	took, err := send(bypass)
	if err != nil || took || !bypass || !a.guardedFrom(NoBypass, a.who()) {
		return took, err
	}
	return send(false)
}

// withBypass is at the end of the name of an operation with the bypass.
const withBypass = ", bypassing governance"

// bypassing names an operation.
func bypassing(operation string, bypass bool) string {
	if bypass {
		return operation + withBypass
	}
	return operation
}

// flag omits the bypass header if it isn't wanted or the bucket has no Object
// Lock: S3 refuses the header there.
func (a *attempt) flag(bypass bool) *bool {
	if !bypass || !a.locked {
		return nil
	}
	return aws.Bool(true)
}

func deleteVersion(bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		_, err := a.tryDelete(ctx, bypass)
		return err
	}
}

// deleteBatch deletes with DeleteObjects, which returns 200 with an error for
// each version.
func deleteBatch(bypass bool) attack {
	return func(ctx context.Context, a *attempt) error {
		_, err := a.eachWay(bypass, func(bypass bool) (bool, error) {
			return a.tryRefused(ctx, bypassing("DeleteObjects of the version", bypass),
				func(ctx context.Context, c *s3.Client) error {
					return batch(ctx, c, &s3.DeleteObjectsInput{
						Bucket: &a.bucket, BypassGovernanceRetention: a.flag(bypass),
						Delete: &types.Delete{Objects: []types.ObjectIdentifier{
							{Key: &a.victim.key, VersionId: a.victim.idOrNil()},
						}},
					})
				})
		})
		return err
	}
}

func batch(ctx context.Context, c *s3.Client, in *s3.DeleteObjectsInput) error {
	out, err := c.DeleteObjects(ctx, in)
	if err == nil && len(out.Errors) > 0 {
		return &smithy.GenericAPIError{Code: aws.ToString(out.Errors[0].Code), Message: aws.ToString(out.Errors[0].Message)}
	}
	return err
}

// deleteIfMatch also sends the version's ETag: a server may handle such a
// request in different code.
func deleteIfMatch(ctx context.Context, a *attempt) error {
	var tag *string
	if err := a.prepare(ctx, "HeadObject", func(ctx context.Context, c *s3.Client) error {
		out, err := c.HeadObject(ctx, &s3.HeadObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(),
		})
		if err == nil {
			tag = out.ETag
		}
		return err
	}); err != nil {
		return err
	}
	const operation = "DeleteObject of the version, if it has its ETag"
	request, err := a.tryRequest(ctx, operation, func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(), IfMatch: tag,
		})
		return err
	})
	a.mustRefuse()
	if request.Status == http.StatusPreconditionFailed {
		a.got.unasked = "the server rejected the ETag that it had returned for the version, " +
			"so the attack did not reach the lock"
	}
	return err
}

// deleteForced sends the header that makes MinIO remove an object with all its
// versions.
func deleteForced(ctx context.Context, a *attempt) error {
	err := a.tryRaw(ctx, "DeleteObject of the version with x-minio-force-delete", rawRequest{
		method: http.MethodDelete, key: a.victim.key, query: versionQuery(a.victim),
		header: http.Header{"X-Minio-Force-Delete": {"true"}},
	})
	return err
}

func versionQuery(v version) url.Values {
	if v.id == "" {
		return nil
	}
	return url.Values{"versionId": {v.id}}
}

func deletePresigned(ctx context.Context, a *attempt) error {
	signed, err := a.presign(ctx, http.MethodDelete, a.victim, time.Minute)
	if err != nil {
		return err
	}
	return a.tryURL(ctx, "DeleteObject of the version by a presigned URL", http.MethodDelete, signed)
}

// holdOffThenDelete removes the legal hold, which the owner may do, and tries
// to delete the version: its retention must still protect it.
func holdOffThenDelete(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "PutObjectLegalHold OFF", func(ctx context.Context, c *s3.Client) error {
		return setHold(ctx, c, a.bucket, a.victim, types.ObjectLockLegalHoldStatusOff)
	})
	if err != nil {
		return err
	}
	a.before.Hold = false
	_, err = a.tryDelete(ctx, true)
	return err
}

func setHold(
	ctx context.Context, c *s3.Client, bucket string, v version, status types.ObjectLockLegalHoldStatus,
) error {
	_, err := c.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
		Bucket: &bucket, Key: &v.key, VersionId: v.idOrNil(),
		LegalHold: &types.ObjectLockLegalHold{Status: status},
	})
	return err
}
