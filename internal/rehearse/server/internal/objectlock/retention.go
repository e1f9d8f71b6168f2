package objectlock

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
)

// ReplaceRetention replaces a version's retention, or with nil removes it. Its
// caller has looked whether s3:PutObjectRetention is allowed.
//
// A retention in COMPLIANCE mode may be lengthened and nothing else. One in
// GOVERNANCE mode may be lengthened; whoever bypasses it and may can do anything
// with it. One that has ended holds nobody.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
func (b *Backend) ReplaceRetention(
	ctx context.Context, bucket, key, version string, wanted *types.ObjectLockRetention,
) error {
	file, release, err := b.holdVersion(ctx, bucket, key, version)
	if err != nil {
		return err
	}
	defer release()
	held, err := b.lockOf(bucket, key, version)
	if err != nil {
		return err
	}
	if err := b.mayReplace(ctx, bucket, key, held.Retention, wanted); err != nil {
		return err
	}
	if wanted == nil {
		err := b.files.DeleteAttribute(file, "", attrRetention)
		if err != nil && !isUnlocked(err) {
			return fmt.Errorf("remove the retention of %s/%s: %w", bucket, key, err)
		}
		return nil
	}
	return storeRetention(b.files, nil, file, wanted)
}

// holdVersion holds a key and returns the file of a version of it that can have
// a lock.
func (b *Backend) holdVersion(
	ctx context.Context, bucket, key, version string,
) (file string, release func(), err error) {
	if err := readable(key); err != nil {
		return "", nil, err
	}
	if err := refuseVersion(version); err != nil {
		return "", nil, err
	}
	config, err := b.lockConfiguration(ctx, bucket)
	if err != nil {
		return "", nil, err
	}
	if !config.Enabled {
		return "", nil, s3err.GetAPIError(s3err.ErrMissingObjectLockConfiguration)
	}
	// Under a name of its own: a return with an error sets the result to nil.
	held := b.keys.acquire(bucket, key, Pending{})
	defer func() {
		if err != nil {
			held()
		}
	}()
	file, err = b.folders.place(bucket, key).file(b.files, version)
	if isAbsent(err) {
		return "", nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	if err != nil {
		return "", nil, err
	}
	info, err := os.Lstat(file)
	if isAbsent(err) && version == "" {
		return "", nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	if isAbsent(err) {
		return "", nil, s3err.GetNoSuchVersionErr(key, version)
	}
	if err != nil {
		return "", nil, fmt.Errorf("find version %s of %s/%s: %w", version, bucket, key, err)
	}
	if info.IsDir() || strings.HasSuffix(key, "/") {
		return "", nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	marker, err := isMarker(b.files, file)
	if err != nil {
		return "", nil, err
	}
	if marker {
		return "", nil, s3err.GetAPIError(s3err.ErrMethodNotAllowed)
	}
	return file, held, nil
}

// mayReplace says whether the caller may put one retention, or none, in the
// place of another.
func (b *Backend) mayReplace(ctx context.Context, bucket, key string, old, wanted *types.ObjectLockRetention) error {
	if !inForce(old) {
		return nil
	}
	if wanted != nil && wanted.Mode == old.Mode && !wanted.RetainUntilDate.Before(*old.RetainUntilDate) {
		return nil
	}
	_, _, bypass, err := caller(ctx)
	if err != nil {
		return err
	}
	if old.Mode == types.ObjectLockRetentionModeCompliance || !bypass {
		return s3err.GetAPIError(s3err.ErrObjectLocked)
	}
	return b.may(ctx, bucket, key, auth.BypassGovernanceRetentionAction, auth.PermissionWrite)
}
