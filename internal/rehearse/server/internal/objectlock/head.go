package objectlock

import (
	"context"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// underNull reports whether a version lies under a null version, as in a bucket
// whose versioning is suspended. versitygw looks for it in the wrong place on HEAD,
// and in the right one on GET.
func (b *Backend) underNull(bucket, key string, version *string) bool {
	if id := aws.ToString(version); id == "" || id == nullVersion {
		return false
	}
	newest := b.folders.place(bucket, key).newest
	id, err := versionOf(b.files, newest)
	if err != nil || id != nullVersion {
		return false
	}
	_, err = os.Lstat(newest)
	return err == nil
}

// head is versitygw's answer to HEAD. The key is held.
func (b *Backend) head(ctx context.Context, input *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	if !b.underNull(*input.Bucket, *input.Key, input.VersionId) {
		return b.Backend.HeadObject(ctx, input)
	}
	got := &s3.GetObjectInput{}
	copyFields(got, input)
	out, err := b.Backend.GetObject(ctx, got)
	if out == nil {
		return nil, err
	}
	if out.Body != nil {
		_ = out.Body.Close()
	}
	head := &s3.HeadObjectOutput{}
	copyFields(head, out)
	return head, err
}

// attributes is versitygw's answer to GetObjectAttributes, which asks HEAD. The key
// is held.
func (b *Backend) attributes(
	ctx context.Context, input *s3.GetObjectAttributesInput,
) (s3response.GetObjectAttributesResponse, error) {
	if !b.underNull(*input.Bucket, *input.Key, input.VersionId) {
		asked := *input
		asked.VersionId = b.named(*input.Bucket, *input.Key, input.VersionId)
		is, err := b.Backend.GetObjectAttributes(ctx, &asked)
		if asked.VersionId == nil && input.VersionId != nil {
			is.VersionId = input.VersionId
		}
		return is, err
	}
	data, err := b.head(ctx, &s3.HeadObjectInput{
		Bucket: input.Bucket, Key: input.Key, VersionId: input.VersionId, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		if isCode(err, "MethodNotAllowed") && data != nil {
			err = s3err.GetAPIError(s3err.ErrNoSuchKey)
			return s3response.GetObjectAttributesResponse{DeleteMarker: data.DeleteMarker, VersionId: data.VersionId}, err
		}
		return s3response.GetObjectAttributesResponse{}, err
	}
	sums := &types.Checksum{}
	copyFields(sums, data)
	is := s3response.GetObjectAttributesResponse{Checksum: sums}
	copyFields(&is, data)
	is.ETag, is.ObjectSize = backend.TrimEtag(data.ETag), data.ContentLength
	return is, nil
}

// copyFields copies the fields of a struct that another one has too.
func copyFields(to, from any) {
	into, of := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for i := range into.NumField() {
		field := of.FieldByName(into.Type().Field(i).Name)
		if into.Field(i).CanSet() && field.IsValid() && field.Type() == into.Field(i).Type() {
			into.Field(i).Set(field)
		}
	}
}
