package objectlock

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/oklog/ulid/v2"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// DeleteObject lays a delete marker, or deletes a version that no lock holds.
func (b *Backend) DeleteObject(ctx context.Context, input *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if input.Key == nil {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	bucket, key, version := *input.Bucket, *input.Key, aws.ToString(input.VersionId)
	if err := refuseKey(key); err != nil {
		return nil, err
	}
	if err := refuseVersion(version); err != nil {
		return nil, err
	}
	status, err := b.versioning(ctx, bucket)
	if err != nil {
		return nil, err
	}
	defer b.keys.acquire(bucket, key, Pending{})()
	if version != "" {
		if err := b.refuseLocked(ctx, bucket, key, version); err != nil {
			return nil, err
		}
	}
	if status == "" || strings.HasSuffix(key, "/") {
		return b.Backend.DeleteObject(ctx, input)
	}
	if version == "" {
		return b.layMarker(input, status)
	}
	return b.deleteVersion(input)
}

// versioning returns a bucket's versioning status, "" where it was never set.
func (b *Backend) versioning(ctx context.Context, bucket string) (types.BucketVersioningStatus, error) {
	out, err := b.GetBucketVersioning(ctx, bucket)
	if err != nil || out.Status == nil {
		return "", err
	}
	return *out.Status, nil
}

// layMarker puts a delete marker in the place of the newest version, which
// stays behind it. Its caller holds the key.
func (b *Backend) layMarker(
	input *s3.DeleteObjectInput, status types.BucketVersioningStatus,
) (*s3.DeleteObjectOutput, error) {
	p := b.folders.place(*input.Bucket, *input.Key)
	marker := nullVersion
	if status == types.BucketVersioningStatusEnabled {
		marker = ulid.Make().String()
	}
	info, err := os.Lstat(p.newest)
	switch {
	case isAbsent(err) && conditional(input):
		return nil, s3err.GetPreconditionFailedErr(s3err.ConditionIfMatch)
	case isAbsent(err):
	case errors.Is(err, syscall.ENAMETOOLONG):
		return nil, errLongPart
	case err != nil:
		return nil, fmt.Errorf("lay a delete marker: %w", err)
	case info.IsDir():
		return nil, errKeyInKey
	default:
		if err := b.checkDelete(input, p.newest); err != nil {
			return nil, err
		}
		version, err := versionOf(b.files, p.newest)
		if err != nil {
			return nil, err
		}
		if version != marker {
			if err := p.keepBehind(version); err != nil {
				return nil, err
			}
		}
	}
	err = p.publishMarker(b.files, *input.Bucket, marker)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, errKeyInKey
	}
	if err != nil {
		return nil, err
	}
	if marker == nullVersion {
		// It replaces the null version, wherever that was.
		if err := os.Remove(filepath.Join(p.older, nullVersion)); err != nil && !isAbsent(err) {
			return nil, fmt.Errorf("replace the null version: %w", err)
		}
	}
	return &s3.DeleteObjectOutput{DeleteMarker: aws.Bool(true), VersionId: &marker}, nil
}

// deleteVersion deletes a version or a delete marker. That there is none is no
// error: S3 answers 204. Its caller holds the key and has looked for locks.
func (b *Backend) deleteVersion(input *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	p := b.folders.place(*input.Bucket, *input.Key)
	out := &s3.DeleteObjectOutput{VersionId: input.VersionId}
	file, err := p.file(b.files, *input.VersionId)
	if err == nil {
		_, err = os.Lstat(file)
	}
	if isAbsent(err) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("delete version %s: %w", *input.VersionId, err)
	}
	marker, err := isMarker(b.files, file)
	if err != nil {
		return nil, err
	}
	if marker {
		out.DeleteMarker = &marker
	}
	if err := b.checkDelete(input, file); err != nil {
		return nil, err
	}
	if file == p.newest {
		err = p.removeNewest(*input.Bucket)
	} else {
		err = os.Remove(file)
	}
	if err != nil {
		return nil, fmt.Errorf("delete version %s: %w", *input.VersionId, err)
	}
	removeEmpty(p.older, filepath.Join(b.folders.Versions, *input.Bucket))
	return out, nil
}

// checkDelete evaluates what a delete demands of the file that it is for.
func (b *Backend) checkDelete(input *s3.DeleteObjectInput, file string) error {
	if !conditional(input) {
		return nil
	}
	info, err := os.Lstat(file)
	if err != nil {
		return fmt.Errorf("check the conditions of a delete: %w", err)
	}
	ifMatch := input.IfMatch
	if aws.ToString(ifMatch) == "*" { // any object, which a delete marker isn't
		marker, err := isMarker(b.files, file)
		if err != nil {
			return err
		}
		if marker {
			return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatch)
		}
		ifMatch = nil
	}
	etag, _ := b.files.RetrieveAttribute(nil, file, "", attrETag)
	return backend.EvaluateObjectDeletePreconditions(string(etag), info.ModTime(), info.Size(),
		backend.ObjectDeletePreconditions{
			IfMatch: ifMatch, IfMatchLastModTime: input.IfMatchLastModifiedTime, IfMatchSize: input.IfMatchSize,
		})
}

// conditional reports whether a delete depends on what is there.
func conditional(input *s3.DeleteObjectInput) bool {
	return input.IfMatch != nil || input.IfMatchLastModifiedTime != nil || input.IfMatchSize != nil
}

// maxDeleted is how many keys S3 takes in a request.
const maxDeleted = 1000

// DeleteObjects deletes one by one, so that each key is held and each version
// is looked at. In quiet mode it returns only errors.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func (b *Backend) DeleteObjects(ctx context.Context, input *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	result := s3response.DeleteResult{Deleted: []types.DeletedObject{}, Error: []types.Error{}}
	request, _, _, err := caller(ctx)
	if err != nil {
		return result, err
	}
	// versitygw passes on only the keys that the caller may delete, and no quiet mode.
	var whole struct {
		Quiet  bool
		Object []struct{}
	}
	if err := xml.Unmarshal(request.BodyRaw(), &whole); err != nil || len(whole.Object) > maxDeleted {
		return result, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	for _, object := range input.Delete.Objects {
		out, err := b.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: input.Bucket, Key: object.Key, VersionId: object.VersionId,
			IfMatch: unquotedOf(object.ETag), IfMatchLastModifiedTime: object.LastModifiedTime, IfMatchSize: object.Size,
		})
		if err != nil {
			result.Error = append(result.Error, s3err.ObjectDeleteError(object.Key, object.VersionId, err))
			continue
		}
		if whole.Quiet {
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

// unquotedOf returns an ETag without its quotation marks, nil for none.
func unquotedOf(etag *string) *string { return unquoted(aws.ToString(etag)) }
