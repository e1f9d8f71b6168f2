package objectlock

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// The requests for which S3 asks for a checksum, by the names in its answer.
const (
	putObject = "Put Object"
	putPart   = "Put Part"
)

// refuseWrite refuses what S3 refuses in every request that begins a version:
// an ACL in a bucket without, and what this server doesn't have.
func (b *Backend) refuseWrite(ctx context.Context, bucket string) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	field := fields(request)
	if field("x-amz-write-offset-bytes") != "" || field("x-amz-rename-source") != "" {
		return notImplemented
	}
	if class := field("x-amz-storage-class"); class != "" &&
		!slices.Contains(types.StorageClass("").Values(), types.StorageClass(class)) {
		return errStorageClass
	}
	algorithm, key := field("x-amz-server-side-encryption"), field("x-amz-server-side-encryption-aws-kms-key-id")
	switch types.ServerSideEncryption(algorithm) {
	case types.ServerSideEncryptionAwsKms, types.ServerSideEncryptionAwsKmsDsse:
	case types.ServerSideEncryptionAes256, "":
		if key != "" {
			return errKeyWithoutKMS
		}
	default:
		return errEncryption
	}
	return b.refuseACL(ctx, bucket, field)
}

// fields returns how a request's headers are read; in a form upload they are
// fields of the form.
func fields(request fiber.Ctx) func(name string) string {
	if form, ok := utils.ContextKeyObjectPostResult.Get(request).(middlewares.PostObjectResult); ok {
		return func(name string) string {
			if name == "x-amz-acl" && form.Fields[name] == "" {
				name = "acl"
			}
			return form.Fields[name]
		}
	}
	return func(name string) string { return request.Get(name) }
}

// refuseACL refuses an ACL where the bucket's owner owns every object, but for
// the one that says just that.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (b *Backend) refuseACL(ctx context.Context, bucket string, field func(string) string) error {
	named := field("x-amz-acl") != "" && field("x-amz-acl") != string(types.ObjectCannedACLBucketOwnerFullControl)
	for _, right := range []string{"full-control", "read", "read-acp", "write", "write-acp"} {
		named = named || field("x-amz-grant-"+right) != ""
	}
	if !named {
		return nil
	}
	ownership, err := b.GetBucketOwnershipControls(ctx, bucket)
	if isCode(err, "OwnershipControlsNotFoundError") {
		return nil
	}
	if err != nil {
		return err
	}
	if ownership == types.ObjectOwnershipBucketOwnerEnforced {
		return s3err.GetAPIError(s3err.ErrAclNotSupported)
	}
	return nil
}

// wantChecksum refuses a put or a part that brings no checksum though its
// version gets a lock.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (b *Backend) wantChecksum(ctx context.Context, bucket, what string, named bool) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	if request.Method() != http.MethodPut || hasChecksum(request) {
		return nil
	}
	if !named {
		config, err := b.lockConfiguration(ctx, bucket)
		if err != nil {
			return err
		}
		if !config.Enabled || config.DefaultRetention == nil {
			return nil
		}
	}
	return s3err.APIError{
		Code: "InvalidRequest",
		Description: "Content-MD5 OR x-amz-checksum- HTTP header is required for " + what +
			" requests with Object Lock parameters",
		HTTPStatusCode: http.StatusBadRequest,
	}
}

// hasChecksum says whether a request has a checksum, be it behind its body.
func hasChecksum(request fiber.Ctx) bool {
	if request.Get("Content-Md5") != "" {
		return true
	}
	const prefix = "x-amz-checksum-"
	if strings.HasPrefix(strings.ToLower(request.Get("x-amz-trailer")), prefix) {
		return true
	}
	for name, value := range request.Request().Header.All() {
		algorithm, isSum := strings.CutPrefix(strings.ToLower(string(name)), prefix)
		if isSum && len(value) > 0 && algorithm != "algorithm" && algorithm != "type" && algorithm != "mode" {
			return true
		}
	}
	return false
}

// may says whether the caller may do something with an object.
func (b *Backend) may(ctx context.Context, bucket, key string, action auth.Action, permission auth.Permission) error {
	request, account, _, err := caller(ctx)
	if err != nil {
		return err
	}
	acl, _ := utils.ContextKeyParsedAcl.Get(request).(auth.ACL)
	isRoot, _ := utils.ContextKeyIsRoot.Get(request).(bool)
	return auth.VerifyAccess(request, b, auth.AccessOptions{
		Acl: acl, AclPermission: permission, IsRoot: isRoot, Acc: account,
		Bucket: bucket, Object: key, Actions: []auth.Action{action}, Iam: b.iam,
		IsPublicRequest: utils.ContextKeyPublicBucket.IsSet(request),
	})
}

var (
	notImplemented = s3err.APIError{
		Code:           "NotImplemented",
		Description:    "A header you provided implies functionality that is not implemented",
		HTTPStatusCode: http.StatusNotImplemented,
	}
	// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	errEncryption = s3err.APIError{
		Code:           "InvalidEncryptionAlgorithmError",
		Description:    "The encryption request that you specified is not valid. The valid value is AES256.",
		HTTPStatusCode: http.StatusBadRequest,
	}
	errKeyWithoutKMS = s3err.APIError{
		Code: "InvalidArgument",
		Description: "Server Side Encryption with AWS KMS managed key requires HTTP header " +
			"x-amz-server-side-encryption : aws:kms",
		HTTPStatusCode: http.StatusBadRequest,
	}
	errStorageClass = s3err.APIError{
		Code:           "InvalidStorageClass",
		Description:    "The storage class you specified is not valid",
		HTTPStatusCode: http.StatusBadRequest,
	}
)
