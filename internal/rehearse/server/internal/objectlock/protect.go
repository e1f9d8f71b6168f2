package objectlock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/s3err"
)

// PutObjectLegalHold sets or lifts a version's legal hold.
func (b *Backend) PutObjectLegalHold(ctx context.Context, bucket, key, version string, on bool) error {
	if err := refuseKey(key); err != nil {
		return err
	}
	defer b.keys.acquire(bucket, key, Pending{})()
	return b.Backend.PutObjectLegalHold(ctx, bucket, key, aws.ToString(b.named(bucket, key, &version)), on)
}

// refuseLocked refuses to delete a version under legal hold, in COMPLIANCE
// mode, or in GOVERNANCE mode unless the caller bypasses it and may. A legal
// hold outlives the retention; versitygw forgets it then.
func (b *Backend) refuseLocked(ctx context.Context, bucket, key, version string) error {
	lock, err := b.lockOf(bucket, key, version)
	if err != nil {
		return err
	}
	if inForce(lock.Retention) {
		if lock.Retention.Mode == types.ObjectLockRetentionModeCompliance {
			return s3err.GetAPIError(s3err.ErrObjectLocked)
		}
		if err := b.mayDelete(ctx, bucket, key, version); err != nil {
			return err
		}
	}
	if lock.LegalHold {
		return s3err.GetAPIError(s3err.ErrObjectLocked)
	}
	return nil
}

func inForce(retention *types.ObjectLockRetention) bool {
	return retention != nil && retention.RetainUntilDate != nil && retention.RetainUntilDate.After(time.Now())
}

// lockOf returns a version's own lock. A version that isn't there has none; what
// can't be read is an error, so that it counts as locked.
func (b *Backend) lockOf(bucket, key, version string) (Lock, error) {
	var lock Lock
	file, err := b.folders.place(bucket, key).file(b.files, version)
	if isAbsent(err) {
		return lock, nil
	}
	if err != nil {
		return lock, err
	}
	retention, err := b.files.RetrieveAttribute(nil, file, "", attrRetention)
	if err == nil {
		lock.Retention = &types.ObjectLockRetention{}
		err = json.Unmarshal(retention, lock.Retention)
	}
	if err != nil && !isUnlocked(err) {
		return lock, fmt.Errorf("read the retention of %s/%s: %w", bucket, key, err)
	}
	hold, err := b.files.RetrieveAttribute(nil, file, "", attrLegalHold)
	if err != nil && !isUnlocked(err) {
		return lock, fmt.Errorf("read the legal hold of %s/%s: %w", bucket, key, err)
	}
	lock.LegalHold = len(hold) > 0 && hold[0] == 1
	return lock, nil
}

// isUnlocked says that a version has no such lock, or that it isn't there.
func isUnlocked(err error) bool { return errors.Is(err, meta.ErrNoSuchKey) || isAbsent(err) }
