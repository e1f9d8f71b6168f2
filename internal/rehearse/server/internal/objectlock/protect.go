package objectlock

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// DeleteObject lays a delete marker, or deletes a version that no lock holds.
func (b *Backend) DeleteObject(ctx context.Context, input *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if input.Key == nil {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	if err := refuseKey(*input.Key); err != nil {
		return nil, err
	}
	named := input.VersionId != nil && *input.VersionId != ""
	defer b.keys.acquire(*input.Bucket, *input.Key, Lock{Marker: !named})()
	if named {
		if err := b.refuseLocked(ctx, *input.Bucket, *input.Key, *input.VersionId); err != nil {
			return nil, err
		}
	}
	return b.Backend.DeleteObject(ctx, input)
}

// DeleteObjects deletes one by one, so that each key is held and each version
// is looked at.
func (b *Backend) DeleteObjects(ctx context.Context, input *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	result := s3response.DeleteResult{Deleted: []types.DeletedObject{}, Error: []types.Error{}}
	for _, object := range input.Delete.Objects {
		out, err := b.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: input.Bucket, Key: object.Key, VersionId: object.VersionId,
		})
		if err != nil {
			result.Error = append(result.Error, s3err.ObjectDeleteError(object.Key, object.VersionId, err))
			continue
		}
		deleted := types.DeletedObject{Key: object.Key, VersionId: object.VersionId, DeleteMarker: out.DeleteMarker}
		if out.DeleteMarker != nil && *out.DeleteMarker {
			deleted.DeleteMarkerVersionId = out.VersionId
		}
		result.Deleted = append(result.Deleted, deleted)
	}
	return result, nil
}

// PutObjectRetention replaces a version's retention. versitygw has compared it
// with the old one already, but not while it held the key.
func (b *Backend) PutObjectRetention(ctx context.Context, bucket, key, version string, retention []byte) error {
	if err := refuseKey(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Lock{})()
	held, err := b.retention(ctx, bucket, key, version)
	if err != nil {
		return err
	}
	wanted, err := auth.ParseObjectLockRetentionOutput(retention)
	if err != nil {
		return err
	}
	if err := b.mayRetain(ctx, bucket, key, version, wanted); err != nil {
		return err
	}
	if inForce(held) && held.Mode == types.ObjectLockRetentionModeCompliance &&
		(wanted.Mode != held.Mode || wanted.RetainUntilDate == nil || wanted.RetainUntilDate.Before(*held.RetainUntilDate)) {
		return s3err.GetAPIError(s3err.ErrObjectLocked)
	}
	return b.Backend.PutObjectRetention(ctx, bucket, key, version, retention)
}

// PutObjectLegalHold sets or lifts a version's legal hold.
func (b *Backend) PutObjectLegalHold(ctx context.Context, bucket, key, version string, on bool) error {
	if err := refuseKey(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Lock{})()
	return b.Backend.PutObjectLegalHold(ctx, bucket, key, version, on)
}

// refuseLocked refuses to delete a version under legal hold, in COMPLIANCE
// mode, or in GOVERNANCE mode unless the caller bypasses it and may. A legal
// hold outlives the retention; versitygw forgets it then.
func (b *Backend) refuseLocked(ctx context.Context, bucket, key, version string) error {
	retention, err := b.retention(ctx, bucket, key, version)
	if err != nil {
		return err
	}
	if inForce(retention) {
		if retention.Mode == types.ObjectLockRetentionModeCompliance {
			return s3err.GetAPIError(s3err.ErrObjectLocked)
		}
		if err := b.mayDelete(ctx, bucket, key, version); err != nil {
			return err
		}
	}
	held, err := b.legalHold(ctx, bucket, key, version)
	if err != nil {
		return err
	}
	if held {
		return s3err.GetAPIError(s3err.ErrObjectLocked)
	}
	return nil
}

func inForce(retention *types.ObjectLockRetention) bool {
	return retention != nil && retention.RetainUntilDate != nil && retention.RetainUntilDate.After(time.Now())
}

// retention returns a version's own retention, nil where it has none.
func (b *Backend) retention(ctx context.Context, bucket, key, version string) (*types.ObjectLockRetention, error) {
	data, err := b.GetObjectRetention(ctx, bucket, key, version)
	if err != nil {
		return nil, unlessUnlocked(err)
	}
	return auth.ParseObjectLockRetentionOutput(data)
}

// legalHold says whether a version is under legal hold.
func (b *Backend) legalHold(ctx context.Context, bucket, key, version string) (bool, error) {
	held, err := b.GetObjectLegalHold(ctx, bucket, key, version)
	if err != nil {
		return false, unlessUnlocked(err)
	}
	return held != nil && *held, nil
}

// unlessUnlocked drops the errors that mean that there is no lock: no lock on
// the version or the bucket, no such version, a delete marker. Any other error
// stays, so that what can't be read counts as locked.
func unlessUnlocked(err error) error {
	if isCode(err, "NoSuchObjectLockConfiguration", "InvalidRequest", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed") {
		return nil
	}
	return err
}
