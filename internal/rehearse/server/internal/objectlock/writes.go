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
	pending, err := b.wanted(ctx, *input.Bucket, *input.Key,
		input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus)
	if err != nil {
		return s3response.PutObjectOutput{}, err
	}
	named := pending.Retention != nil || input.ObjectLockLegalHoldStatus != ""
	if err := b.wantChecksum(ctx, *input.Bucket, putObject, named); err != nil {
		return s3response.PutObjectOutput{}, err
	}
	// The Storer writes the lock; the backend would do it after publishing.
	input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus = "", nil, ""

	var release, keep func()
	input.Body = atEOF(input.Body, func() {
		release = b.keys.acquire(*input.Bucket, *input.Key, pending)
		keep = b.keepTime(*input.Bucket, *input.Key)
	})
	defer func() {
		if release != nil {
			keep()
			release()
		}
	}()
	show(ctx, pending.Attributes)
	return b.Backend.PutObject(ctx, input)
}

// CreateMultipartUpload starts an upload. The backend keeps a lock named here
// with the upload; a default retention is written when the upload completes.
func (b *Backend) CreateMultipartUpload(
	ctx context.Context, input s3response.CreateMultipartUploadInput,
) (s3response.InitiateMultipartUploadResult, error) {
	pending, err := b.wanted(ctx, *input.Bucket, *input.Key,
		input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus)
	if err != nil {
		return s3response.InitiateMultipartUploadResult{}, err
	}
	out, err := b.Backend.CreateMultipartUpload(ctx, input)
	if err != nil {
		return out, err
	}
	folder := uploadFolder(*input.Bucket, *input.Key, out.UploadId)
	for name, value := range pending.Attributes {
		if err := b.files.StoreAttribute(nil, folder, "", name, []byte(value)); err != nil {
			return out, fmt.Errorf("keep %s of upload %s: %w", name, out.UploadId, err)
		}
	}
	show(ctx, pending.Attributes)
	return out, nil
}

// UploadPart writes a part.
func (b *Backend) UploadPart(ctx context.Context, input *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	folder := uploadFolder(*input.Bucket, *input.Key, *input.UploadId)
	_, retentionErr := b.files.RetrieveAttribute(nil, folder, "", attrRetention)
	_, holdErr := b.files.RetrieveAttribute(nil, folder, "", attrLegalHold)
	if err := b.wantChecksum(ctx, *input.Bucket, putPart, retentionErr == nil || holdErr == nil); err != nil {
		return nil, err
	}
	attributes, err := b.shownBy(folder)
	if err == nil {
		show(ctx, attributes)
	}
	return b.Backend.UploadPart(ctx, input)
}

// CompleteMultipartUpload publishes an upload as a new version.
func (b *Backend) CompleteMultipartUpload(
	ctx context.Context, input *s3.CompleteMultipartUploadInput,
) (s3response.CompleteMultipartUploadResult, string, error) {
	folder := uploadFolder(*input.Bucket, *input.Key, *input.UploadId)
	attributes, err := b.shownBy(folder)
	if err != nil && !isAbsent(err) {
		return s3response.CompleteMultipartUploadResult{}, "", err
	}
	defer b.keys.acquire(*input.Bucket, *input.Key, Pending{Attributes: attributes})()
	defer b.keepTime(*input.Bucket, *input.Key)()
	// Of an upload that isn't there the backend says that it is complete,
	// wherever the key has an object.
	if _, err := os.Stat(folder); err != nil {
		return b.completedBefore(input)
	}
	show(ctx, attributes)
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
func (b *Backend) UploadPartCopy(
	ctx context.Context, input *s3.UploadPartCopyInput,
) (s3response.CopyPartResult, error) {
	bucket, key, _, err := backend.ParseCopySource(*input.CopySource)
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	defer b.keys.share(bucket, key)()
	source, err := b.source(ctx, *input.CopySource)
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	asked := *input
	asked.CopySource = &source
	out, err := b.Backend.UploadPartCopy(ctx, &asked)
	if version := sourceVersion(*input.CopySource, nil); version != nil {
		out.CopySourceVersionId = *version
	}
	return out, err
}

// wanted checks what a request says about its new version.
func (b *Backend) wanted(
	ctx context.Context, bucket, key string,
	mode types.ObjectLockMode, until *time.Time, hold types.ObjectLockLegalHoldStatus,
) (Pending, error) {
	if err := refuseKey(key); err != nil {
		return Pending{}, err
	}
	if err := b.refuseWrite(ctx, bucket); err != nil {
		return Pending{}, err
	}
	config, err := b.lockConfiguration(ctx, bucket)
	if err != nil {
		return Pending{}, err
	}
	pending := Pending{Lock: Lock{LegalHold: hold == types.ObjectLockLegalHoldStatusOn}}
	if mode != "" {
		pending.Retention = &types.ObjectLockRetention{
			Mode: types.ObjectLockRetentionMode(mode), RetainUntilDate: until,
		}
	}
	if !config.Enabled && (pending.Retention != nil || hold != "") {
		return Pending{}, s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	if config.Enabled && strings.HasSuffix(key, "/") {
		return Pending{}, errFolderKey
	}
	pending.Attributes, err = b.wantedShown(ctx, bucket)
	return pending, err
}

// maxKey is the length of S3's longest key in bytes; maxPart is that of a file's
// name.
const (
	maxKey  = 1024
	maxPart = 255
)

// refuseKey refuses the keys that the backend can't keep as S3 does. It joins
// keys to file paths: a write to a//b would replace the file of a/b and lay its
// versions where a/b doesn't look for them, and what lies in the folder of
// unfinished uploads has no lock.
func refuseKey(key string) error {
	if len(key) > maxKey {
		return s3err.GetKeyTooLongErr(int64(len(key)), maxKey)
	}
	if strings.ContainsRune(key, 0) {
		return errNulKey
	}
	for part := range strings.SplitSeq(key, "/") {
		if len(part) > maxPart {
			return errLongPart
		}
	}
	clean := path.Clean("/" + key)
	if clean != "/"+strings.TrimSuffix(key, "/") {
		return errAliasKey
	}
	if first, _, _ := strings.Cut(clean[1:], "/"); first == posix.MetaTmpDir {
		return errInternalKey
	}
	return nil
}

// readable refuses a key that S3 refuses, and says of one that can't be here
// that it isn't.
func readable(key string) error {
	err := refuseKey(key)
	if isCode(err, "NotImplemented") {
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	return err
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

// All but one of these errors are this server's own: S3 takes such keys.
var (
	errFolderKey   = notHere("keys that end in '/' as folders, which have no versions: it can't lock them.")
	errInternalKey = notHere("unfinished uploads under keys that begin with " + posix.MetaTmpDir + "/.")
	errAliasKey    = notHere("objects as files, and has no file for a key with an empty, '.' or '..' part.")
	errLongPart    = notHere("objects as files, and has no file for a key with a part of more than 255 bytes.")
	errNulKey      = s3err.APIError{
		Code:           "InvalidURI",
		Description:    "Couldn't parse the specified URI.",
		HTTPStatusCode: http.StatusBadRequest,
	}
	errKeyInKey = notHere("objects as files, and has none for a key that is another key's folder.")
)

func notHere(reason string) s3err.APIError {
	return s3err.APIError{
		Code: "NotImplemented", Description: "This server keeps " + reason,
		HTTPStatusCode: http.StatusNotImplemented,
	}
}
