package objectlock

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// HeadObject reports the lock of old versions too.
func (b *Backend) HeadObject(ctx context.Context, input *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	defer b.keys.share(*input.Bucket, *input.Key)()
	out, err := b.Backend.HeadObject(ctx, input)
	if err != nil {
		return out, err
	}
	lock, err := b.lockOf(*input.Bucket, *input.Key, aws.ToString(input.VersionId))
	if err != nil {
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = lock.headers()
	return out, nil
}

// GetObject reports the version's lock beside its data. The data is in a file
// that is open by then, so the key needn't be held while it is sent.
func (b *Backend) GetObject(ctx context.Context, input *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	defer b.keys.share(*input.Bucket, *input.Key)()
	out, err := b.Backend.GetObject(ctx, input)
	if err != nil {
		return out, err
	}
	lock, err := b.lockOf(*input.Bucket, *input.Key, aws.ToString(input.VersionId))
	if err != nil {
		_ = out.Body.Close()
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = lock.headers()
	return out, nil
}

// headers are the three headers in which S3 reports a version's lock.
func (l Lock) headers() (mode types.ObjectLockMode, until *time.Time, hold types.ObjectLockLegalHoldStatus) {
	if l.Retention != nil {
		mode, until = types.ObjectLockMode(l.Retention.Mode), l.Retention.RetainUntilDate
	}
	if l.LegalHold {
		hold = types.ObjectLockLegalHoldStatusOn
	}
	return mode, until, hold
}

// What else reads or changes one key's files shares or holds the key.

// GetObjectAttributes returns a version's size and checksum.
func (b *Backend) GetObjectAttributes(ctx context.Context, input *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	defer b.keys.share(*input.Bucket, *input.Key)()
	return b.Backend.GetObjectAttributes(ctx, input)
}

// GetObjectRetention returns a version's retention. versitygw also asks for it
// before a delete, and takes a key that isn't there for one that may be deleted;
// so does S3 with a version that isn't there.
func (b *Backend) GetObjectRetention(ctx context.Context, bucket, key, version string) ([]byte, error) {
	defer b.keys.share(bucket, key)()
	data, err := b.Backend.GetObjectRetention(ctx, bucket, key, version)
	if isCode(err, "NoSuchVersion") {
		if request, _, _, _ := caller(ctx); request != nil && !request.Request().URI().QueryArgs().Has("retention") {
			return nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
		}
	}
	return data, err
}

// GetObjectLegalHold returns a version's legal hold.
func (b *Backend) GetObjectLegalHold(ctx context.Context, bucket, key, version string) (*bool, error) {
	defer b.keys.share(bucket, key)()
	return b.Backend.GetObjectLegalHold(ctx, bucket, key, version)
}

// GetObjectTagging returns a version's tags.
func (b *Backend) GetObjectTagging(ctx context.Context, bucket, key, version string) (map[string]string, error) {
	defer b.keys.share(bucket, key)()
	return b.Backend.GetObjectTagging(ctx, bucket, key, version)
}

// PutObjectTagging replaces a version's tags.
func (b *Backend) PutObjectTagging(ctx context.Context, bucket, key, version string, tags map[string]string) error {
	if err := refuseKey(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Lock{})()
	return b.Backend.PutObjectTagging(ctx, bucket, key, version, tags)
}

// DeleteObjectTagging removes a version's tags.
func (b *Backend) DeleteObjectTagging(ctx context.Context, bucket, key, version string) error {
	defer b.keys.acquire(bucket, key, Lock{})()
	return b.Backend.DeleteObjectTagging(ctx, bucket, key, version)
}

// holding is the backend as it is asked by who holds a key already.
type holding struct{ *Backend }

// GetObjectRetention returns a version's retention.
func (h holding) GetObjectRetention(ctx context.Context, bucket, key, version string) ([]byte, error) {
	return h.Backend.Backend.GetObjectRetention(ctx, bucket, key, version)
}

// GetObjectLegalHold returns a version's legal hold.
func (h holding) GetObjectLegalHold(ctx context.Context, bucket, key, version string) (*bool, error) {
	return h.Backend.Backend.GetObjectLegalHold(ctx, bucket, key, version)
}
