package objectlock

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// HeadObject reports the lock of old versions too, and what a version shows.
func (b *Backend) HeadObject(ctx context.Context, input *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	if err := readable(*input.Key); err != nil {
		return nil, err
	}
	defer b.keys.share(*input.Bucket, *input.Key)()
	asked := *input
	asked.VersionId = b.named(*input.Bucket, *input.Key, input.VersionId)
	out, err := b.head(ctx, &asked)
	if err != nil {
		return out, err
	}
	if asked.VersionId == nil && input.VersionId != nil {
		out.VersionId = input.VersionId
	}
	lock, class, err := b.headers(ctx, *input.Bucket, *input.Key, aws.ToString(input.VersionId))
	if err != nil {
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = lock.headers()
	out.StorageClass = class
	return out, nil
}

// GetObject reports the version's lock, and what it shows, beside its data. The
// data is in a file that is open by then, so the key needn't be held while it
// is sent.
func (b *Backend) GetObject(ctx context.Context, input *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	if err := readable(*input.Key); err != nil {
		return nil, err
	}
	defer b.keys.share(*input.Bucket, *input.Key)()
	asked := *input
	asked.VersionId = b.named(*input.Bucket, *input.Key, input.VersionId)
	out, err := b.Backend.GetObject(ctx, &asked)
	if err != nil {
		return out, err
	}
	if asked.VersionId == nil && input.VersionId != nil {
		out.VersionId = input.VersionId
	}
	lock, class, err := b.headers(ctx, *input.Bucket, *input.Key, aws.ToString(input.VersionId))
	if err != nil {
		_ = out.Body.Close()
		return nil, err
	}
	out.ObjectLockMode, out.ObjectLockRetainUntilDate, out.ObjectLockLegalHoldStatus = lock.headers()
	out.StorageClass = class
	return out, nil
}

// named returns the version to ask versitygw for: nil for the null version while
// it is the newest, which versitygw finds only without its name.
func (b *Backend) named(bucket, key string, version *string) *string {
	if aws.ToString(version) != nullVersion {
		return version
	}
	newest := b.folders.place(bucket, key).newest
	if id, err := versionOf(b.files, newest); err == nil && id == nullVersion {
		if _, err := os.Lstat(newest); err == nil {
			return nil
		}
	}
	return version
}

// headers returns the part of a version's lock that the caller may see, and its
// storage class, which S3 leaves out for STANDARD. It sets the headers for which
// versitygw has no place.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (b *Backend) headers(ctx context.Context, bucket, key, version string) (Lock, types.StorageClass, error) {
	lock, err := b.lockOf(bucket, key, version)
	if err != nil {
		return lock, "", err
	}
	if lock.Retention != nil && b.may(ctx, bucket, key, auth.GetObjectRetentionAction, auth.PermissionRead) != nil {
		lock.Retention = nil
	}
	if lock.LegalHold && b.may(ctx, bucket, key, auth.GetObjectLegalHoldAction, auth.PermissionRead) != nil {
		lock.LegalHold = false
	}
	file, err := b.folders.place(bucket, key).file(b.files, version)
	if err != nil {
		return lock, "", err
	}
	attributes, err := b.shownBy(file)
	if err != nil {
		return lock, "", err
	}
	show(ctx, attributes)
	return lock, types.StorageClass(attributes[attrStorageClass]), nil
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
func (b *Backend) GetObjectAttributes(
	ctx context.Context, input *s3.GetObjectAttributesInput,
) (s3response.GetObjectAttributesResponse, error) {
	if err := readable(*input.Key); err != nil {
		return s3response.GetObjectAttributesResponse{}, err
	}
	defer b.keys.share(*input.Bucket, *input.Key)()
	return b.attributes(ctx, input)
}

// GetObjectRetention returns a version's retention. versitygw also asks for it
// before a delete, and takes a key that isn't there for one that may be deleted;
// so does S3 with a version that isn't there.
func (b *Backend) GetObjectRetention(ctx context.Context, bucket, key, version string) ([]byte, error) {
	if err := readable(key); err != nil {
		return nil, err
	}
	defer b.keys.share(bucket, key)()
	version = aws.ToString(b.named(bucket, key, &version))
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
	if err := readable(key); err != nil {
		return nil, err
	}
	defer b.keys.share(bucket, key)()
	return b.Backend.GetObjectLegalHold(ctx, bucket, key, aws.ToString(b.named(bucket, key, &version)))
}

// GetObjectTagging returns a version's tags.
func (b *Backend) GetObjectTagging(ctx context.Context, bucket, key, version string) (map[string]string, error) {
	if err := readable(key); err != nil {
		return nil, err
	}
	defer b.keys.share(bucket, key)()
	return b.Backend.GetObjectTagging(ctx, bucket, key, aws.ToString(b.named(bucket, key, &version)))
}

// PutObjectTagging replaces a version's tags.
func (b *Backend) PutObjectTagging(ctx context.Context, bucket, key, version string, tags map[string]string) error {
	if err := refuseKey(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Pending{})()
	return b.Backend.PutObjectTagging(ctx, bucket, key, aws.ToString(b.named(bucket, key, &version)), tags)
}

// DeleteObjectTagging removes a version's tags.
func (b *Backend) DeleteObjectTagging(ctx context.Context, bucket, key, version string) error {
	if err := readable(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Pending{})()
	return b.Backend.DeleteObjectTagging(ctx, bucket, key, aws.ToString(b.named(bucket, key, &version)))
}

// PutObjectAcl refuses what S3 refuses.
func (b *Backend) PutObjectAcl(ctx context.Context, input *s3.PutObjectAclInput) error {
	ownership, err := b.GetBucketOwnershipControls(ctx, *input.Bucket)
	if err == nil && ownership == types.ObjectOwnershipBucketOwnerEnforced {
		return s3err.GetAPIError(s3err.ErrAclNotSupported)
	}
	return b.Backend.PutObjectAcl(ctx, input)
}

// holding is the backend as it is asked by who holds a key already.
type holding struct{ *Backend }

// GetObjectRetention returns a version's retention.
func (h holding) GetObjectRetention(ctx context.Context, bucket, key, version string) ([]byte, error) {
	return h.Backend.Backend.GetObjectRetention(ctx, bucket, key, aws.ToString(h.named(bucket, key, &version)))
}

// GetObjectLegalHold returns a version's legal hold.
func (h holding) GetObjectLegalHold(ctx context.Context, bucket, key, version string) (*bool, error) {
	return h.Backend.Backend.GetObjectLegalHold(ctx, bucket, key, aws.ToString(h.named(bucket, key, &version)))
}
