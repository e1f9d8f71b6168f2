package objectlock

import (
	"context"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3response"
)

// CopyObject writes a new version from another one, with the lock that the
// request names or the destination's default: a copy never inherits a lock.
func (b *Backend) CopyObject(
	ctx context.Context, input s3response.CopyObjectInput,
) (s3response.CopyObjectOutput, error) {
	bucket, key := *input.Bucket, *input.Key
	pending, err := b.wanted(ctx, bucket, key,
		input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	input.ObjectLockMode, input.ObjectLockRetainUntilDate, input.ObjectLockLegalHoldStatus = "", nil, ""
	fromBucket, fromKey, _, err := backend.ParseCopySource(*input.CopySource)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	defer b.keys.acquireToCopy(bucket, key, fromBucket, fromKey, pending)()
	defer b.keepTime(bucket, key)()

	asked := *input.CopySource
	source, err := b.source(ctx, asked)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	input.CopySource = &source
	if err := b.checkConditions(ctx, bucket, key); err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	ontoItself, err := b.copiesCurrentOntoItself(ctx, input)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	show(ctx, pending.Attributes)
	copied := b.Backend.CopyObject
	if ontoItself {
		copied = b.rewrite
	}
	out, err := copied(ctx, input)
	out.CopySourceVersionId = sourceVersion(asked, out.CopySourceVersionId)
	return out, err
}

// checkConditions evaluates If-Match and If-None-Match of a copy, of which the
// backend hears nothing. Its caller holds the key.
func (b *Backend) checkConditions(ctx context.Context, bucket, key string) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	ifMatch, ifNoneMatch := unquoted(request.Get("If-Match")), unquoted(request.Get("If-None-Match"))
	if ifMatch == nil && ifNoneMatch == nil {
		return nil
	}
	etag := ""
	current, err := b.Backend.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil && !isCode(err, "NoSuchKey", "MethodNotAllowed", "NotFound") {
		return err
	}
	if err == nil && current.ETag != nil {
		etag = strings.Trim(*current.ETag, `"`)
	}
	return backend.EvaluateObjectPutPreconditions(etag, ifMatch, ifNoneMatch, err == nil)
}

func unquoted(header string) *string {
	if header == "" {
		return nil
	}
	header = strings.Trim(header, `"`)
	return &header
}

// copiesCurrentOntoItself finds the copies for which the backend makes no new
// version, and those that it refuses: from the current version onto the same key,
// with new metadata, or with an encryption, a storage class or a redirect. Without
// any of them S3 refuses it, and so does the backend.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func (b *Backend) copiesCurrentOntoItself(ctx context.Context, input s3response.CopyObjectInput) (bool, error) {
	bucket, key, version, err := backend.ParseCopySource(*input.CopySource)
	if err != nil {
		return false, err
	}
	replaces := input.MetadataDirective == types.MetadataDirectiveReplace
	if bucket != *input.Bucket || key != *input.Key || !replaces && !changes(ctx) {
		return false, nil
	}
	versioning, err := b.versioning(ctx, bucket)
	if err != nil {
		return false, err
	}
	if versioning != types.BucketVersioningStatusEnabled && replaces {
		return false, nil
	}
	if version == "" {
		return true, nil
	}
	current, err := b.Backend.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if isCode(err, "NoSuchKey", "MethodNotAllowed") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return current.VersionId != nil && *current.VersionId == version, nil
}

// changes says whether a copy names an encryption, a storage class or a redirect.
func changes(ctx context.Context) bool {
	request, _, _, err := caller(ctx)
	if err != nil {
		return false
	}
	for _, name := range []string{
		"x-amz-server-side-encryption", "x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class",
		"x-amz-website-redirect-location",
	} {
		if request.Get(name) != "" {
			return true
		}
	}
	return false
}

// rewrite puts the current version's data as a new version with the request's
// metadata, or with its own. Its caller holds the key.
func (b *Backend) rewrite(ctx context.Context, input s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	source, err := b.Backend.GetObject(ctx, &s3.GetObjectInput{
		Bucket: input.Bucket, Key: input.Key, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	defer func() { _ = source.Body.Close() }()
	err = backend.EvaluatePreconditions(*source.ETag, *source.LastModified, backend.PreConditions{
		IfMatch: input.CopySourceIfMatch, IfNoneMatch: input.CopySourceIfNoneMatch,
		IfModSince: input.CopySourceIfModifiedSince, IfUnmodeSince: input.CopySourceIfUnmodifiedSince,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	tagging, err := b.copiedTags(ctx, input)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	if input.MetadataDirective != types.MetadataDirectiveReplace {
		input.Metadata, input.ContentType, input.ContentEncoding = source.Metadata, source.ContentType, source.ContentEncoding
		input.ContentDisposition, input.ContentLanguage = source.ContentDisposition, source.ContentLanguage
		input.CacheControl, input.Expires = source.CacheControl, source.ExpiresString
	}
	if input.ChecksumAlgorithm == "" {
		input.ChecksumAlgorithm = algorithmOf(source)
	}
	put, err := b.Backend.PutObject(ctx, s3response.PutObjectInput{
		Bucket: input.Bucket, Key: input.Key, Body: source.Body, ContentLength: source.ContentLength,
		ChecksumAlgorithm: input.ChecksumAlgorithm, Metadata: input.Metadata, Tagging: tagging,
		ContentType: input.ContentType, ContentEncoding: input.ContentEncoding,
		ContentDisposition: input.ContentDisposition, ContentLanguage: input.ContentLanguage,
		CacheControl: input.CacheControl, Expires: input.Expires,
		WebsiteRedirectLocation: input.WebsiteRedirectLocation,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	written, err := b.Backend.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:    input.Bucket,
		Key:       input.Key,
		VersionId: &put.VersionID,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	return s3response.CopyObjectOutput{
		CopyObjectResult:    &s3response.CopyObjectResult{ETag: &put.ETag, LastModified: written.LastModified},
		VersionId:           &put.VersionID,
		CopySourceVersionId: source.VersionId,
	}, nil
}

// algorithmOf returns the algorithm of an object's checksum, which a copy keeps.
func algorithmOf(object *s3.GetObjectOutput) types.ChecksumAlgorithm {
	for algorithm, sum := range map[types.ChecksumAlgorithm]*string{
		types.ChecksumAlgorithmCrc32: object.ChecksumCRC32, types.ChecksumAlgorithmCrc32c: object.ChecksumCRC32C,
		types.ChecksumAlgorithmCrc64nvme: object.ChecksumCRC64NVME, types.ChecksumAlgorithmSha1: object.ChecksumSHA1,
		types.ChecksumAlgorithmSha256: object.ChecksumSHA256, types.ChecksumAlgorithmSha512: object.ChecksumSHA512,
		types.ChecksumAlgorithmMd5: object.ChecksumMD5, types.ChecksumAlgorithmXxhash64: object.ChecksumXXHASH64,
		types.ChecksumAlgorithmXxhash3: object.ChecksumXXHASH3, types.ChecksumAlgorithmXxhash128: object.ChecksumXXHASH128,
	} {
		if sum != nil && *sum != "" {
			return algorithm
		}
	}
	return ""
}

// copiedTags returns the new version's tags, in the form of a query string:
// the request's where it replaces them, the source's otherwise.
func (b *Backend) copiedTags(ctx context.Context, input s3response.CopyObjectInput) (*string, error) {
	if input.TaggingDirective == types.TaggingDirectiveReplace {
		return input.Tagging, nil
	}
	tags, err := b.Backend.GetObjectTagging(ctx, *input.Bucket, *input.Key, "")
	if isCode(err, "NoSuchTagSet", "NoSuchTagSetError") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for name, value := range tags {
		values.Set(name, value)
	}
	query := values.Encode()
	return &query, nil
}
