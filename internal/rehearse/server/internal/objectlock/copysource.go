package objectlock

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// errMarkerSource is S3's answer to a copy of a delete marker by its version id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
var errMarkerSource = s3err.APIError{
	Code:           "InvalidRequest",
	Description:    "The source of a copy request may not specifically refer to a delete marker by version id.",
	HTTPStatusCode: http.StatusBadRequest,
}

// source checks the source of a copy and returns it as versitygw finds it. Its
// caller shares the source's key.
func (b *Backend) source(ctx context.Context, header string) (found string, err error) {
	bucket, key, version, err := backend.ParseCopySource(header)
	if err != nil {
		return "", err
	}
	if err := readable(key); err != nil {
		return "", err
	}
	if version != "" {
		if err := b.mayReadVersion(ctx, bucket, key); err != nil {
			return "", err
		}
	}
	file, err := b.folders.place(bucket, key).file(b.files, version)
	marker := false
	if err == nil {
		marker, err = isMarker(b.files, file)
	}
	switch {
	case isAbsent(err):
		return header, nil // the backend says what isn't there
	case err != nil:
		return "", err
	case marker && version == "":
		return "", s3err.GetAPIError(s3err.ErrNoSuchKey)
	case marker:
		return "", errMarkerSource
	case version != "" && b.named(bucket, key, &version) == nil:
		return url.QueryEscape(bucket + "/" + key), nil
	}
	return header, nil
}

// mayReadVersion says whether the caller may read the versions of a key. versitygw
// has asked for s3:GetObject, and of a resource that isn't the key.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func (b *Backend) mayReadVersion(ctx context.Context, bucket, key string) error {
	request, account, _, err := caller(ctx)
	if err != nil {
		return err
	}
	data, err := b.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	acl, err := auth.ParseACL(data)
	if err != nil {
		return err
	}
	isRoot, _ := utils.ContextKeyIsRoot.Get(request).(bool)
	return auth.VerifyAccess(request, b, auth.AccessOptions{
		Acl: acl, AclPermission: auth.PermissionRead, IsRoot: isRoot, Acc: account,
		Bucket: bucket, Object: key, Actions: []auth.Action{auth.GetObjectVersionAction}, Iam: b.iam,
	})
}

// sourceVersion returns the version that the answer to a copy names: versitygw
// names none if it was asked for the null version without its name.
func sourceVersion(header string, answered *string) *string {
	if _, _, version, err := backend.ParseCopySource(header); err == nil && version == nullVersion {
		return aws.String(nullVersion)
	}
	return answered
}
