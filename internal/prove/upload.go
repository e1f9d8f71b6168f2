package prove

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// parts is a multipart upload whose only part has been uploaded.
type parts struct {
	bucket, key, id string
	part            types.CompletedPart
}

// upload does a whole multipart upload and returns the version's id. It aborts
// the upload if that fails.
func (a *attempt) upload(
	ctx context.Context, c *s3.Client, key string, body []byte, lock lockOf, ifNoneMatch *string,
) (string, error) {
	p, err := a.beginUpload(ctx, c, key, body, lock)
	if err != nil {
		return "", err
	}
	return p.complete(ctx, c, ifNoneMatch)
}

func (a *attempt) beginUpload(ctx context.Context, c *s3.Client, key string, body []byte, lock lockOf) (*parts, error) {
	in := &s3.CreateMultipartUploadInput{Bucket: &a.bucket, Key: &key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32}
	in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = lock.in(a.testBucket)
	created, err := c.CreateMultipartUpload(ctx, in)
	if err != nil {
		return nil, err
	}
	p := &parts{bucket: a.bucket, key: key, id: aws.ToString(created.UploadId)}
	part, err := c.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &p.bucket, Key: &p.key, UploadId: &p.id, PartNumber: aws.Int32(1), Body: bytes.NewReader(body),
	})
	if err != nil {
		p.abort(ctx, c)
		return nil, err
	}
	p.part = types.CompletedPart{PartNumber: aws.Int32(1), ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32}
	return p, nil
}

func (p *parts) complete(ctx context.Context, c *s3.Client, ifNoneMatch *string) (string, error) {
	done, err := c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.bucket, Key: &p.key, UploadId: &p.id, IfNoneMatch: ifNoneMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{p.part}},
	})
	if err != nil {
		// After a temporary error the next call completes the upload.
		if !isTemporary(err) {
			p.abort(ctx, c)
		}
		return "", err
	}
	return aws.ToString(done.VersionId), nil
}

// abort cleans up after a refusal. Its own error doesn't matter and is kept out
// of the recorded exchange.
func (p *parts) abort(ctx context.Context, c *s3.Client) {
	ctx = context.WithValue(context.WithoutCancel(ctx), exchangeKey{}, &exchange{})
	_, _ = c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &p.bucket, Key: &p.key, UploadId: &p.id})
}
