package objectlock

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// PutObject writes a new version with its lock. A form upload (POST) comes
// here too.
func (b *Backend) PutObject(ctx context.Context, input s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	if err := b.readForm(ctx, &input); err != nil {
		return s3response.PutObjectOutput{}, err
	}
	lock, err := b.wantedLock(ctx, *input.Bucket, *input.Key,
		input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus)
	if err != nil {
		return s3response.PutObjectOutput{}, err
	}
	// The Storer writes the lock; the backend would do it after publishing.
	input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus = "", nil, ""

	var release func()
	input.Body = atEOF(input.Body, func() { release = b.keys.acquire(*input.Bucket, *input.Key, lock) })
	defer func() {
		if release != nil {
			release()
		}
	}()
	return b.Backend.PutObject(ctx, input)
}

// CreateMultipartUpload starts an upload. The backend keeps a lock named here
// with the upload; a default retention is written when the upload completes.
func (b *Backend) CreateMultipartUpload(ctx context.Context, input s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	_, err := b.wantedLock(ctx, *input.Bucket, *input.Key,
		input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus)
	if err != nil {
		return s3response.InitiateMultipartUploadResult{}, err
	}
	return b.Backend.CreateMultipartUpload(ctx, input)
}

// CompleteMultipartUpload publishes an upload as a new version.
func (b *Backend) CompleteMultipartUpload(ctx context.Context, input *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	defer b.keys.acquire(*input.Bucket, *input.Key, Lock{})()
	return b.Backend.CompleteMultipartUpload(ctx, input)
}

// wantedLock checks what a request says about the lock of its new version.
func (b *Backend) wantedLock(ctx context.Context, bucket, key string, mode types.ObjectLockMode, until *time.Time, hold types.ObjectLockLegalHoldStatus) (Lock, error) {
	if err := refuseKey(key); err != nil {
		return Lock{}, err
	}
	enabled, err := b.lockEnabled(ctx, bucket)
	if err != nil {
		return Lock{}, err
	}
	lock := Lock{LegalHold: hold == types.ObjectLockLegalHoldStatusOn}
	if mode != "" {
		lock.Retention = &types.ObjectLockRetention{
			Mode: types.ObjectLockRetentionMode(mode), RetainUntilDate: until,
		}
	}
	if !enabled && (lock.Retention != nil || hold != "") {
		return Lock{}, s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	if enabled && strings.HasSuffix(key, "/") {
		return Lock{}, errFolderKey
	}
	return lock, nil
}

// refuseKey refuses the keys that the backend can't keep as S3 does. It joins
// keys to file paths: a write to a//b would replace the file of a/b and lay its
// versions where a/b doesn't look for them, and what lies in the folder of
// unfinished uploads has no lock.
func refuseKey(key string) error {
	clean := path.Clean("/" + key)
	if clean != "/"+strings.TrimSuffix(key, "/") {
		return errAliasKey
	}
	if first, _, _ := strings.Cut(clean[1:], "/"); first == posix.MetaTmpDir {
		return errInternalKey
	}
	return nil
}

// These errors are this server's own: S3 takes such keys.
var (
	errFolderKey   = notHere("keys that end in '/' as folders, which have no versions: it can't lock them.")
	errInternalKey = notHere("unfinished uploads under keys that begin with " + posix.MetaTmpDir + "/.")
	errAliasKey    = notHere("objects as files, and has no file for a key with an empty, '.' or '..' part.")
)

func notHere(reason string) s3err.APIError {
	return s3err.APIError{
		Code: "NotImplemented", Description: "This server keeps " + reason,
		HTTPStatusCode: http.StatusNotImplemented,
	}
}
