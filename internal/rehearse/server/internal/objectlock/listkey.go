package objectlock

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3response"
)

// versionsOf lists one key's versions and delete markers, none of which can
// change its place meanwhile.
func (b *Backend) versionsOf(bucket, key string, d fs.DirEntry) (*backend.ObjVersionFuncResult, error) {
	defer b.keys.share(bucket, key)()
	p, found := b.folders.place(bucket, key), &backend.ObjVersionFuncResult{}
	if d.IsDir() {
		// Only a folder that was put as an object has an ETag.
		if _, err := b.files.RetrieveAttribute(nil, p.newest, "", attrETag); err != nil {
			return nil, backend.ErrSkipObj
		}
		return found, b.addVersion(found, p.newest, key+"/", nullVersion, true)
	}
	version, err := versionOf(b.files, p.newest)
	if isAbsent(err) {
		return nil, backend.ErrSkipObj
	}
	if err != nil {
		return nil, err
	}
	if err := b.addVersion(found, p.newest, key, version, true); err != nil {
		return nil, err
	}
	behind, err := os.ReadDir(p.older)
	if err != nil && !isAbsent(err) {
		return nil, fmt.Errorf("list the versions of %s/%s: %w", bucket, key, err)
	}
	for _, entry := range behind {
		if err := b.addVersion(found, filepath.Join(p.older, entry.Name()), key, entry.Name(), false); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// addVersion adds a file's entry to a listing.
func (b *Backend) addVersion(to *backend.ObjVersionFuncResult, file, key, version string, latest bool) error {
	info, err := os.Lstat(file)
	if err != nil {
		return fmt.Errorf("list version %s of %s: %w", version, key, err)
	}
	modified := info.ModTime()
	marker, err := isMarker(b.files, file)
	if err != nil {
		return err
	}
	if marker {
		to.DelMarkers = append(to.DelMarkers, types.DeleteMarkerEntry{
			Key: &key, VersionId: &version, IsLatest: &latest, LastModified: &modified,
		})
		return nil
	}
	etag, err := b.files.RetrieveAttribute(nil, file, "", attrETag)
	if err != nil && !isUnlocked(err) {
		return fmt.Errorf("list version %s of %s: %w", version, key, err)
	}
	size := info.Size()
	if info.IsDir() {
		size = 0
	}
	object := s3response.ObjectVersion{
		Key: &key, VersionId: &version, IsLatest: &latest, LastModified: &modified,
		ETag: aws.String(string(etag)), Size: &size, StorageClass: types.ObjectVersionStorageClassStandard,
	}
	if class, err := b.files.RetrieveAttribute(nil, file, "", attrStorageClass); err == nil {
		object.StorageClass = types.ObjectVersionStorageClass(class)
	}
	var sum s3response.Checksum
	stored, err := b.files.RetrieveAttribute(nil, file, "", attrChecksums)
	if err == nil && json.Unmarshal(stored, &sum) == nil && sum.Algorithm != "" {
		object.ChecksumAlgorithm, object.ChecksumType = []types.ChecksumAlgorithm{sum.Algorithm}, sum.Type
	}
	to.ObjectVersions = append(to.ObjectVersions, object)
	return nil
}

// ListObjects lists the newest version of each key.
func (b *Backend) ListObjects(ctx context.Context, input *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	e, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListObjectsResult{}, err
	}
	page, err := b.posix.ListObjectsParametrized(ctx, input, b.newestOf)
	page.EncodingType = types.EncodingType(e)
	e.each(&page.Prefix, &page.Delimiter, &page.Marker, &page.NextMarker)
	e.objects(page.Contents)
	e.prefixes(page.CommonPrefixes)
	return page, err
}

// ListObjectsV2 lists the newest version of each key.
func (b *Backend) ListObjectsV2(
	ctx context.Context, input *s3.ListObjectsV2Input,
) (s3response.ListObjectsV2Result, error) {
	e, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListObjectsV2Result{}, err
	}
	page, err := b.posix.ListObjectsV2Parametrized(ctx, input, b.newestOf)
	page.EncodingType = types.EncodingType(e)
	e.each(&page.Prefix, &page.Delimiter, &page.StartAfter)
	e.objects(page.Contents)
	e.prefixes(page.CommonPrefixes)
	return page, err
}

// newestOf looks at each key while it can't change.
func (b *Backend) newestOf(bucket string, withOwner bool) backend.GetObjFunc {
	look := b.posix.FileToObj(bucket, withOwner)
	return func(path string, d fs.DirEntry) (s3response.Object, error) {
		defer b.keys.share(bucket, path)()
		object, err := look(path, d)
		class, classErr := b.files.RetrieveAttribute(nil, filepath.Join(bucket, path), "", attrStorageClass)
		if err == nil && classErr == nil {
			object.StorageClass = types.ObjectStorageClass(class)
		}
		return object, err
	}
}
