package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"datalock/internal/s3get"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An Object is an object version as S3 describes it.
type Object struct {
	Key, VersionID string
	Size           int64
	// SHA256 is the header x-amz-checksum-sha256; empty if S3 has none.
	SHA256 string
	// ETag and Modified are set by [Store.Head]. S3 dates an object that was
	// uploaded in parts to the start of the upload.
	ETag     string
	Modified time.Time
	// ChecksumType is FULL_OBJECT or COMPOSITE.
	ChecksumType string
	Lock         Lock
	LegalHold    bool
	Encryption   string
	KMSKeyID     string
	// Archived says that the object must be restored before it can be read. [Store.Head]
	// sets it.
	Archived bool
}

// A Lock is the retention of a version. The zero value means none, or one that
// the caller may not see.
type Lock struct {
	Mode  string
	Until time.Time
	// EventHold says that the version is under an event hold: its retention has no
	// end yet.
	EventHold bool
}

// Holds reports whether the lock holds at a time.
func (l Lock) Holds(now time.Time) bool { return l.EventHold || l.Mode != "" && l.Until.After(now) }

// ErrExists means that the key already has an object.
var ErrExists = errors.New("the key exists")

// A Put is an object to create.
type Put struct {
	Key  string
	Body io.ReadSeeker
	Size int64
	// SHA256 is the SHA-256 of the body.
	SHA256 [32]byte
	// Lock is the retention to ask for, nil for the bucket's default.
	Lock        *Lock
	ContentType string
	// Unversioned says that the object may be in a bucket without versions.
	Unversioned bool
}

// Put creates an object. It returns [ErrExists] if the key already has one.
func (s Store) Put(ctx context.Context, p Put) (Object, error) {
	input := &s3.PutObjectInput{
		Bucket: &s.Bucket, Key: &p.Key, Body: p.Body, ContentLength: &p.Size,
		ChecksumSHA256: aws.String(base64Of(p.SHA256)), IfNoneMatch: aws.String("*"),
	}
	if p.ContentType != "" {
		input.ContentType = &p.ContentType
	}
	if p.Lock != nil {
		input.ObjectLockMode, input.ObjectLockRetainUntilDate = types.ObjectLockMode(p.Lock.Mode), &p.Lock.Until
	}
	out, err := s.Client.PutObject(ctx, input, s.options(p.Size, attempts), payloadHash(p.SHA256))
	if err != nil {
		return Object{}, s.created(ctx, p.Key, err)
	}
	o := Object{
		Key: p.Key, VersionID: aws.ToString(out.VersionId), Size: p.Size, SHA256: aws.ToString(out.ChecksumSHA256),
		Encryption: string(out.ServerSideEncryption), KMSKeyID: aws.ToString(out.SSEKMSKeyId),
	}
	if p.Lock != nil {
		o.Lock = *p.Lock
	}
	if !p.Unversioned && (o.VersionID == "" || o.VersionID == "null") {
		return Object{}, fmt.Errorf("put s3://%s/%s: S3 returned no version id", s.Bucket, p.Key)
	}
	return o, nil
}

// created turns the error of a request that creates an object into ErrExists,
// if that is the cause.
func (s Store) created(ctx context.Context, key string, err error) error {
	if Status(err) == http.StatusPreconditionFailed {
		return ErrExists
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("put s3://%s/%s: %w", s.Bucket, key, err)
}

// Head describes a version, or the newest one if version is empty.
func (s Store) Head(ctx context.Context, key, version string) (Object, error) {
	input := &s3.HeadObjectInput{Bucket: &s.Bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled}
	if version != "" {
		input.VersionId = &version
	}
	out, err := s.Client.HeadObject(ctx, input, s.ask())
	if err != nil {
		return Object{}, s.said(ctx, err)
	}
	return Object{
		Key:          key,
		VersionID:    aws.ToString(out.VersionId),
		Size:         aws.ToInt64(out.ContentLength),
		SHA256:       aws.ToString(out.ChecksumSHA256),
		ETag:         aws.ToString(out.ETag),
		Modified:     aws.ToTime(out.LastModified).UTC(),
		ChecksumType: string(out.ChecksumType),
		Lock:         lockOf(string(out.ObjectLockMode), out.ObjectLockRetainUntilDate, out.ObjectLockEventHold),
		LegalHold:    out.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn,
		Encryption:   string(out.ServerSideEncryption),
		KMSKeyID:     aws.ToString(out.SSEKMSKeyId),
		Archived:     archived(out),
	}, nil
}

// archived reports whether an object is in an archive, and no copy is restored.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func archived(out *s3.HeadObjectOutput) bool {
	cold := out.StorageClass == types.StorageClassGlacier || out.StorageClass == types.StorageClassDeepArchive ||
		out.ArchiveStatus != ""
	return cold && !strings.Contains(aws.ToString(out.Restore), `ongoing-request="false"`)
}

// Get opens a version, and returns what [Store.Head] does. The caller closes
// the body and verifies the bytes: the SDK's checksum validation is off. The body
// asks for the rest if the connection breaks or the server stops sending.
func (s Store) Get(ctx context.Context, key, version string) (Object, io.ReadCloser, error) {
	input := &s3.GetObjectInput{Bucket: &s.Bucket, Key: &key}
	if version != "" {
		input.VersionId = &version
	}
	out, err := s3get.Object(ctx, s.Client, input, s.retrying(attempts), func(o *s3.Options) {
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if err != nil {
		return Object{}, nil, err
	}
	return Object{
		Key:        key,
		VersionID:  aws.ToString(out.VersionId),
		Size:       aws.ToInt64(out.ContentLength),
		Lock:       lockOf(string(out.ObjectLockMode), out.ObjectLockRetainUntilDate, out.ObjectLockEventHold),
		LegalHold:  out.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn,
		Encryption: string(out.ServerSideEncryption),
		KMSKeyID:   aws.ToString(out.SSEKMSKeyId),
	}, out.Body, nil
}

// SetRetention sets the lock of a version. S3 refuses a lock that is weaker
// than the current one.
func (s Store) SetRetention(ctx context.Context, key, version string, lock Lock) error {
	_, err := s.Client.PutObjectRetention(
		ctx,
		&s3.PutObjectRetentionInput{
			Bucket: &s.Bucket, Key: &key, VersionId: &version, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
			Retention: &types.ObjectLockRetention{
				Mode:            types.ObjectLockRetentionMode(lock.Mode),
				RetainUntilDate: &lock.Until,
			},
		},
		s.ask(),
	)
	return err
}

// Retention reads the lock of a version. For a version without a lock it
// returns the zero value; if the caller may not see the lock, it returns an
// error.
func (s Store) Retention(ctx context.Context, key, version string) (Lock, error) {
	out, err := s.Client.GetObjectRetention(
		ctx,
		&s3.GetObjectRetentionInput{Bucket: &s.Bucket, Key: &key, VersionId: &version},
		s.ask(),
	)
	if IsCode(err, "NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError") ||
		IsCode(err, "InvalidRequest") && Status(err) == http.StatusBadRequest {
		return Lock{}, nil
	}
	if err != nil {
		return Lock{}, err
	}
	if out.Retention == nil {
		return Lock{}, nil
	}
	return lockOf(string(out.Retention.Mode), out.Retention.RetainUntilDate, out.Retention.EventHold), nil
}

func lockOf(mode string, until *time.Time, hold types.ObjectLockEventHold) Lock {
	return Lock{mode, aws.ToTime(until).UTC(), hold == types.ObjectLockEventHoldOn}
}
