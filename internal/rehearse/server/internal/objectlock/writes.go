package objectlock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/oklog/ulid/v2"
	"github.com/versity/versitygw/backend"
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

	var release, keep func()
	input.Body = atEOF(input.Body, func() {
		release = b.keys.acquire(*input.Bucket, *input.Key, lock)
		keep = b.keepTime(*input.Bucket, *input.Key)
	})
	defer func() {
		if release != nil {
			keep()
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
	defer b.keepTime(*input.Bucket, *input.Key)()
	// Of an upload that isn't there the backend says that it is complete,
	// wherever the key has an object.
	if _, err := os.Stat(uploadFolder(*input.Bucket, *input.Key, *input.UploadId)); err != nil {
		return b.completedBefore(input)
	}
	return b.Backend.CompleteMultipartUpload(ctx, input)
}

// uploadFolder is where the backend keeps the parts of an upload.
func uploadFolder(bucket, key, upload string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(bucket, posix.MetaTmpMultipartDir, hex.EncodeToString(sum[:]), upload)
}

// completedBefore answers a request to complete an upload that isn't there: one
// that is repeated has the newest version for its answer.
func (b *Backend) completedBefore(input *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	var result s3response.CompleteMultipartUploadResult
	newest := b.folders.place(*input.Bucket, *input.Key).newest
	from, err := uploadOf(b.files, newest)
	if err != nil {
		return result, "", err
	}
	if from == "" || from != *input.UploadId {
		return result, "", s3err.GetAPIError(s3err.ErrNoSuchUpload)
	}
	version, err := versionOf(b.files, newest)
	if err != nil {
		return result, "", err
	}
	etag, err := b.files.RetrieveAttribute(nil, newest, "", attrETag)
	if err != nil {
		return result, "", fmt.Errorf("read the ETag of %s: %w", newest, err)
	}
	result.Bucket, result.Key, result.ETag = input.Bucket, input.Key, aws.String(string(etag))
	return result, version, nil
}

// UploadPartCopy writes a part from a version, which can't change meanwhile.
func (b *Backend) UploadPartCopy(ctx context.Context, input *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	bucket, key, _, err := backend.ParseCopySource(*input.CopySource)
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	defer b.keys.share(bucket, key)()
	return b.Backend.UploadPartCopy(ctx, input)
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

// refuseVersion refuses what is no version id at all.
func refuseVersion(version string) error {
	if version == "" || version == nullVersion {
		return nil
	}
	if _, err := ulid.Parse(version); err != nil {
		return s3err.GetInvalidArgumentErr(s3err.InvalidArgVersionId, version)
	}
	return nil
}

// These errors are this server's own: S3 takes such keys.
var (
	errFolderKey   = notHere("keys that end in '/' as folders, which have no versions: it can't lock them.")
	errInternalKey = notHere("unfinished uploads under keys that begin with " + posix.MetaTmpDir + "/.")
	errAliasKey    = notHere("objects as files, and has no file for a key with an empty, '.' or '..' part.")
	errLongPart    = notHere("objects as files, and has no file for a key with a part of more than 255 bytes.")
	errKeyInKey    = notHere("objects as files, and has none for a key that is another key's folder.")
)

func notHere(reason string) s3err.APIError {
	return s3err.APIError{
		Code: "NotImplemented", Description: "This server keeps " + reason,
		HTTPStatusCode: http.StatusNotImplemented,
	}
}
