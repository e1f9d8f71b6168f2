package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"datalock/internal/s3list"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Part is an uploaded part of an unfinished upload.
type Part struct {
	Number int32
	Size   int64
	ETag   string
	SHA256 [32]byte
}

// An Upload is an unfinished upload. S3 doesn't say which lock its object gets.
type Upload struct {
	ID    string
	Began time.Time
}

// Uploads returns the newest unfinished upload of each key below a prefix. Only
// those with SHA-256 checksums count: others can't be compared with a file. With an
// error it returns those listed before.
func (s Store) Uploads(ctx context.Context, prefix string) (map[string]Upload, error) {
	found := map[string]Upload{}
	input := s3.ListMultipartUploadsInput{Bucket: &s.Bucket, Prefix: &prefix}
	for page, err := range s3list.Uploads(ctx, s.Client, input, s.ask()) {
		if err != nil {
			return found, fmt.Errorf("list the unfinished uploads of s3://%s/%s: %w", s.Bucket, prefix, err)
		}
		for _, u := range page.Uploads {
			if u.ChecksumAlgorithm != "" && u.ChecksumAlgorithm != types.ChecksumAlgorithmSha256 ||
				u.StorageClass != "" && u.StorageClass != types.StorageClassStandard {
				continue
			}
			// S3 dates them to the second, and lists those of a key in the order of their start.
			if key, began := aws.ToString(u.Key), aws.ToTime(u.Initiated); !began.Before(found[key].Began) {
				found[key] = Upload{aws.ToString(u.UploadId), began}
			}
		}
	}
	return found, nil
}

// Begin starts a multipart upload.
func (s Store) Begin(ctx context.Context, key string, lock *Lock) (string, error) {
	input := &s3.CreateMultipartUploadInput{
		Bucket:            &s.Bucket,
		Key:               &key,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumType:      types.ChecksumTypeComposite,
	}
	if lock != nil {
		input.ObjectLockMode, input.ObjectLockRetainUntilDate = types.ObjectLockMode(lock.Mode), &lock.Until
	}
	out, err := s.Client.CreateMultipartUpload(ctx, input, s.ask())
	if err != nil {
		return "", fmt.Errorf("start the upload of s3://%s/%s: %w", s.Bucket, key, err)
	}
	return aws.ToString(out.UploadId), nil
}

// ErrForeign means that an upload can't be one that [Store.Begin] began: it can't be
// finished with SHA-256 checksums, or its object would be in another storage class.
var ErrForeign = errors.New("the upload is of another tool")

// Parts returns the parts of an upload that S3 has, by number. It returns [ErrForeign]
// for an upload of another tool.
func (s Store) Parts(ctx context.Context, key, upload string) (map[int32]Part, error) {
	found := map[int32]Part{}
	pages := s3.NewListPartsPaginator(s.Client, &s3.ListPartsInput{Bucket: &s.Bucket, Key: &key, UploadId: &upload})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, s.ask())
		if err != nil {
			return nil, fmt.Errorf("list the parts of s3://%s/%s: %w", s.Bucket, key, err)
		}
		if foreign(page) {
			return nil, ErrForeign
		}
		for _, p := range page.Parts {
			sum, err := base64.StdEncoding.DecodeString(aws.ToString(p.ChecksumSHA256))
			if err != nil || len(sum) != 32 {
				continue
			}
			n := aws.ToInt32(p.PartNumber)
			found[n] = Part{n, aws.ToInt64(p.Size), aws.ToString(p.ETag), [32]byte(sum)}
		}
	}
	return found, nil
}

// foreign reports whether a page of parts can't be of an upload that [Store.Begin] began.
// A server may not say with which checksum an upload began; the parts then tell.
func foreign(page *s3.ListPartsOutput) bool {
	if page.StorageClass != "" && page.StorageClass != types.StorageClassStandard {
		return true
	}
	if page.ChecksumAlgorithm == "" {
		return len(page.Parts) == 0 ||
			slices.ContainsFunc(page.Parts, func(p types.Part) bool { return p.ChecksumSHA256 == nil })
	}
	return page.ChecksumAlgorithm != types.ChecksumAlgorithmSha256 ||
		page.ChecksumType != "" && page.ChecksumType != types.ChecksumTypeComposite
}

// SendPart uploads a part.
func (s Store) SendPart(
	ctx context.Context,
	key, upload string,
	number int32,
	body io.ReadSeeker,
	size int64,
	sum [32]byte,
) (Part, error) {
	out, err := s.Client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &s.Bucket, Key: &key, UploadId: &upload, PartNumber: &number, Body: body, ContentLength: &size,
		ChecksumSHA256: aws.String(base64Of(sum)),
	}, s.options(size, attempts), payloadHash(sum))
	if err != nil {
		if ctx.Err() != nil {
			return Part{}, context.Cause(ctx)
		}
		return Part{}, fmt.Errorf("put part %d of s3://%s/%s: %w", number, s.Bucket, key, err)
	}
	return Part{number, size, aws.ToString(out.ETag), sum}, nil
}

// ErrConflict means that an upload can't be finished, because another request created
// or removed the key's object at the same time.
var ErrConflict = errors.New("another writer created or removed the object at the same time")

// newUpload repeats no request that S3 answers with a conflict: an upload must then begin
// anew, with all its parts.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
type newUpload struct{ patient }

func (n newUpload) IsErrorRetryable(err error) bool {
	return !IsCode(err, conflict) && n.patient.IsErrorRetryable(err)
}

// Finish completes an upload. It returns [ErrExists] if the key has an object,
// which can be the result of an attempt whose answer was lost, and [ErrConflict] if the
// upload must begin anew.
func (s Store) Finish(ctx context.Context, key, upload string, parts []Part, composite string) (Object, error) {
	completed := make([]types.CompletedPart, len(parts))
	size := int64(0)
	for i, p := range parts {
		completed[i] = types.CompletedPart{
			PartNumber:     aws.Int32(p.Number),
			ETag:           aws.String(p.ETag),
			ChecksumSHA256: aws.String(base64Of(p.SHA256)),
		}
		size += p.Size
	}
	out, err := s.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.Bucket, Key: &key, UploadId: &upload, IfNoneMatch: aws.String("*"),
		ChecksumSHA256: &composite, ChecksumType: types.ChecksumTypeComposite,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: completed},
	}, s.options(finishBytes, attempts), func(o *s3.Options) { o.Retryer = newUpload{o.Retryer.(patient)} })
	switch {
	case IsCode(err, "NoSuchUpload"):
		return Object{}, ErrExists
	case IsCode(err, conflict):
		return Object{}, fmt.Errorf("put s3://%s/%s: %w", s.Bucket, key, ErrConflict)
	case err != nil:
		return Object{}, s.created(ctx, key, err)
	}
	if got := aws.ToString(out.ChecksumSHA256); got != "" && got != composite {
		return Object{}, fmt.Errorf(
			"finish the upload of s3://%s/%s: S3 has the checksum %s, not %s",
			s.Bucket,
			key,
			got,
			composite,
		)
	}
	return Object{Key: key, VersionID: aws.ToString(out.VersionId), Size: size, SHA256: composite}, nil
}

// finishBytes gives the last request of an upload the time limit for that many
// bytes: S3 may take minutes.
const finishBytes = 300 * slowestRate
