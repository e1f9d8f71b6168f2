// Package objectlock makes versitygw's POSIX backend treat Object Lock as S3
// does.
//
// versitygw keeps and obeys a retention that a request names, but it never
// writes a bucket's default retention onto a version: it looks at the rule
// when somebody deletes, so weakening the rule frees every old version. Here
// each new version carries its own retention, and the rule protects nothing by
// itself.
//
// # What is added to the POSIX backend
//
//   - Storer writes the retention and legal hold of a new version into its
//     file before the file gets its name, and keeps them there until another
//     file has the name.
//   - A lock named for a bucket without Object Lock is refused before anything
//     is written.
//   - A copy of an object onto itself makes a new version; the POSIX backend
//     would change the old one's metadata in place, or refuse it.
//   - A copy of a delete marker is refused, and a copy of a version needs
//     s3:GetObjectVersion.
//   - Reads, listings and changes of a key exclude each other, and each change
//     of which file is which version is one step of the file system. Repair
//     finishes what a killed server has begun.
//   - Deletes look at the version's lock once more while they hold its key.
//     ReplaceRetention has S3's rules, with those for an ended retention and
//     for none.
//   - HEAD and GET of an old version report its lock, to those who may see it.
//   - A version keeps its storage class and what was asked for its encryption.
//   - What S3 refuses is refused: a lock without a checksum of the data, an ACL
//     in a bucket that has none.
//   - Keys that the backend can't keep as S3 does are refused: in a bucket with
//     Object Lock those that end in '/', which would be folders without
//     versions, and everywhere those that are no clean file path.
package objectlock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"datalock/internal/rehearse/server/internal/bucketstore"
)

// copyLimit is the size in bytes of the largest object that S3 copies in one
// request.
const copyLimit = 5 << 30

// Lock is what protects a version.
type Lock struct {
	Retention *types.ObjectLockRetention
	LegalHold bool
}

// Pending is what a request asks for the version that it creates. Without a
// retention the bucket's default applies.
type Pending struct {
	Lock
	// Attributes are kept with the version as they are.
	Attributes map[string]string
}

// Backend is the POSIX backend with S3's Object Lock. Bucket policies are kept
// in a bucketstore.Store, as they don't fit into the extended attributes of
// every file system.
type Backend struct {
	backend.Backend
	posix   *posix.Posix
	files   meta.MetadataStorer
	folders Folders
	keys    *keyLocks
	store   *bucketstore.Store
	iam     auth.IAMService
}

// Folders says where a backend keeps its files; the paths are absolute, on a
// file system with extended attributes.
type Folders struct{ Buckets, Versions string }

// New opens the backend. It changes the process's working directory, and there
// can be one in a process. repairing is called now and then with the number of keys
// that were looked at for what a killed server left.
func New(
	folders Folders, store *bucketstore.Store, iam auth.IAMService, repairing func(keys int),
) (*Backend, error) {
	keys, files := &keyLocks{}, meta.XattrMeta{}
	if err := repair(files, folders, repairing); err != nil {
		return nil, fmt.Errorf("repair what a killed server left: %w", err)
	}
	inner, err := posix.New(folders.Buckets, &Storer{files, keys, time.Now}, posix.PosixOpts{
		VersioningDir: folders.Versions,
		// Without it every copy is too large.
		CopyObjectThreshold: copyLimit,
		// A file without a name gets one beside the object's when it replaces
		// another: for a moment, or after a kill for good, a key of its own.
		ForceNoTmpFile: true,
		// There is one process, and it orders a key's writers itself.
		ForceNoObjLockFile: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	return &Backend{Backend: inner, posix: inner, files: files, folders: folders, keys: keys, store: store, iam: iam}, nil
}

// CreateBucket creates a bucket, without any configuration that a bucket of
// the same name may have left.
func (b *Backend) CreateBucket(ctx context.Context, input *s3.CreateBucketInput, acl []byte) error {
	if err := b.Backend.CreateBucket(ctx, input, acl); err != nil {
		return err
	}
	return b.store.DeleteBucket(*input.Bucket)
}

// ListBuckets lists the account's buckets: whoever may list any may list all.
func (b *Backend) ListBuckets(
	ctx context.Context, input s3response.ListBucketsInput,
) (s3response.ListAllMyBucketsResult, error) {
	input.IsAdmin = true
	return b.Backend.ListBuckets(ctx, input)
}

// DeleteBucket deletes an empty bucket and its configurations.
func (b *Backend) DeleteBucket(ctx context.Context, bucket string) error {
	if err := b.Backend.DeleteBucket(ctx, bucket); err != nil {
		return err
	}
	return b.store.DeleteBucket(bucket)
}

// GetObjectLockConfiguration hides when the default rule was set. versitygw
// would otherwise hold versions that were written before there was a rule, and
// refuse the bypass of GOVERNANCE because of it.
func (b *Backend) GetObjectLockConfiguration(ctx context.Context, bucket string) ([]byte, error) {
	data, err := b.Backend.GetObjectLockConfiguration(ctx, bucket)
	if err != nil {
		return nil, err
	}
	var config auth.BucketLockConfig
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("read the lock configuration of bucket %s: %w", bucket, err)
	}
	config.CreatedAt = nil
	return json.Marshal(config)
}

// lockConfiguration returns a bucket's Object Lock; the zero value where it has
// none.
func (b *Backend) lockConfiguration(ctx context.Context, bucket string) (auth.BucketLockConfig, error) {
	var config auth.BucketLockConfig
	data, err := b.Backend.GetObjectLockConfiguration(ctx, bucket)
	if isCode(err, "ObjectLockConfigurationNotFoundError") {
		return config, nil
	}
	if err != nil {
		return config, err
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return config, fmt.Errorf("read the lock configuration of bucket %s: %w", bucket, err)
	}
	return config, nil
}

// isCode says whether the error is S3's error of one of the codes.
func isCode(err error, codes ...string) bool {
	var answer s3err.S3Error
	if !errors.As(err, &answer) {
		return false
	}
	for _, code := range codes {
		if answer.BaseError().Code == code {
			return true
		}
	}
	return false
}
