package objectlock

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
)

// Names of versitygw's POSIX metadata attributes.
const (
	attrETag       = "etag"
	attrBucketLock = "bucket-lock"
	attrRetention  = "object-retention"
	attrLegalHold  = "object-legal-hold"
	attrVersion    = "version-id"
	attrMarker     = "delete-marker"
	attrChecksums  = "checksums"
	attrUpload     = "mp-metadata"
	attrObjectName = "objname"
)

// Storer is the POSIX backend's metadata store with two things changed, so that
// a server killed at any moment leaves no version that nothing protects:
//
//   - Every new version gets its retention and legal hold while its file has no
//     name yet. The backend by itself writes them after it has published it.
//   - A version keeps its lock as long as its file has the key's name. The
//     backend takes the lock off before it has put the next version there.
type Storer struct {
	meta.MetadataStorer
	keys *keyLocks
	now  func() time.Time
}

// StoreAttribute stores an attribute. The ETag is the last attribute that the
// backend gives a staged file on every way to a new version (put, copy, form
// upload, multipart), so the lock is written along with it.
func (s *Storer) StoreAttribute(f *os.File, bucket, object, attribute string, value []byte) error {
	if f != nil && attribute == attrETag && publishes(bucket, object) {
		if err := s.storeLock(f, bucket, object); err != nil {
			return fmt.Errorf("lock new version of %s/%s: %w", bucket, object, err)
		}
	}
	return s.MetadataStorer.StoreAttribute(f, bucket, object, attribute, value)
}

// DeleteAttribute removes an attribute, but no version's lock: see Storer.
func (s *Storer) DeleteAttribute(bucket, object, attribute string) error {
	if attribute == attrRetention || attribute == attrLegalHold {
		return nil
	}
	return s.MetadataStorer.DeleteAttribute(bucket, object, attribute)
}

// publishes tells a version's file from the parts of an upload, which lie in a
// folder of their own, and from old versions, which lie outside the bucket.
func publishes(bucket, object string) bool {
	return !filepath.IsAbs(bucket) && !strings.HasPrefix(object, posix.MetaTmpDir+"/")
}

func (s *Storer) storeLock(f *os.File, bucket, object string) error {
	pending := s.keys.pending(bucket, object)
	retention, err := s.retentionOf(f, bucket, object, pending.Lock)
	if err != nil {
		return err
	}
	if retention != nil {
		if err := storeRetention(s.MetadataStorer, f, "", retention); err != nil {
			return err
		}
	}
	for name, value := range pending.Attributes {
		if err := s.MetadataStorer.StoreAttribute(f, bucket, object, name, []byte(value)); err != nil {
			return fmt.Errorf("store %s: %w", name, err)
		}
	}
	if pending.LegalHold {
		if err := s.MetadataStorer.StoreAttribute(f, bucket, object, attrLegalHold, []byte{1}); err != nil {
			return fmt.Errorf("store legal hold: %w", err)
		}
	}
	return nil
}

// storeRetention stores a retention with an open file, or with the one of the
// path.
func storeRetention(files meta.MetadataStorer, f *os.File, path string, retention *types.ObjectLockRetention) error {
	data, err := json.Marshal(retention)
	if err != nil {
		return fmt.Errorf("encode retention: %w", err)
	}
	if err := files.StoreAttribute(f, path, "", attrRetention, data); err != nil {
		return fmt.Errorf("store retention: %w", err)
	}
	return nil
}

// retentionOf returns the retention that the request named, or the bucket's
// default; nil where there is neither, or where a multipart upload has already
// brought its own.
func (s *Storer) retentionOf(f *os.File, bucket, object string, lock Lock) (*types.ObjectLockRetention, error) {
	if lock.Retention != nil {
		return lock.Retention, nil
	}
	_, err := s.RetrieveAttribute(f, bucket, object, attrRetention)
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, meta.ErrNoSuchKey) {
		return nil, fmt.Errorf("read retention: %w", err)
	}
	data, err := s.RetrieveAttribute(nil, bucket, "", attrBucketLock)
	if errors.Is(err, meta.ErrNoSuchKey) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the bucket's lock configuration: %w", err)
	}
	var config auth.BucketLockConfig
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("read the bucket's lock configuration: %w", err)
	}
	if !config.Enabled {
		return nil, nil
	}
	return defaultRetention(config.DefaultRetention, s.now()), nil
}

// defaultRetention returns the retention that a default rule gives a version
// created now. AWS counts a year as 365 days here.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
func defaultRetention(rule *types.DefaultRetention, now time.Time) *types.ObjectLockRetention {
	if rule == nil {
		return nil
	}
	days := 0
	if rule.Days != nil {
		days += int(*rule.Days)
	}
	if rule.Years != nil {
		days += 365 * int(*rule.Years)
	}
	if days == 0 {
		return nil
	}
	// versitygw reports whole seconds in some answers and fractions in others:
	// rounding up makes them agree and shortens nothing.
	until := now.UTC().Add(time.Duration(days)*24*time.Hour + time.Second - 1).Truncate(time.Second)
	return &types.ObjectLockRetention{Mode: rule.Mode, RetainUntilDate: &until}
}
