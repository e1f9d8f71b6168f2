package objectlock

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lockFields are the three headers in which S3 reports a version's lock.
type lockFields struct {
	mode  types.ObjectLockMode
	until *time.Time
	hold  types.ObjectLockLegalHoldStatus
}

// HeadObject reports the lock of old versions too.
func (b *Backend) HeadObject(ctx context.Context, input *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	out, err := b.Backend.HeadObject(ctx, input)
	if err != nil {
		return out, err
	}
	fields, err := b.lockFields(ctx, *input.Bucket, *input.Key, input.VersionId)
	if err != nil {
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = fields.mode, fields.until, fields.hold
	return out, nil
}

// GetObject reports the version's lock beside its data.
func (b *Backend) GetObject(ctx context.Context, input *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	out, err := b.Backend.GetObject(ctx, input)
	if err != nil {
		return out, err
	}
	fields, err := b.lockFields(ctx, *input.Bucket, *input.Key, input.VersionId)
	if err != nil {
		_ = out.Body.Close()
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = fields.mode, fields.until, fields.hold
	return out, nil
}

func (b *Backend) lockFields(ctx context.Context, bucket, key string, version *string) (lockFields, error) {
	id := ""
	if version != nil {
		id = *version
	}
	var fields lockFields
	retention, err := b.retention(ctx, bucket, key, id)
	if err != nil {
		return fields, err
	}
	if retention != nil {
		fields.mode, fields.until = types.ObjectLockMode(retention.Mode), retention.RetainUntilDate
	}
	held, err := b.legalHold(ctx, bucket, key, id)
	if err != nil {
		return fields, err
	}
	if held {
		fields.hold = types.ObjectLockLegalHoldStatusOn
	}
	return fields, nil
}
