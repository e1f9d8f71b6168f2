// Package front keeps the bucket configurations for which versitygw has no
// room, so that a whole Terraform configuration applies, reads back and plans
// clean a second time.
//
// It stands in front of versitygw's own routes and takes a request only when
// its query names one of the configurations in the table of this package. Such
// a request goes through versitygw's own checks first: the signature, the
// checksums, the bucket's existence, and the bucket policy. A document is
// checked before it is kept; what it asks for is not done. The exceptions are
// the bucket policy, which is enforced, and BlockPublicPolicy, which is obeyed
// when a policy is put.
package front

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/metrics"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"

	"datalock/internal/rehearse/server/internal/bucketstore"
	"datalock/internal/rehearse/server/internal/identity"
	"datalock/internal/rehearse/server/internal/objectlock"
)

// maxBody is the size in bytes of the largest configuration that is read. S3's
// own limits are lower for most of them.
const maxBody = 1 << 20

// Front answers requests for bucket configurations.
type Front struct {
	Root    middlewares.RootUserConfig
	IAM     auth.IAMService
	Region  string
	Backend Backend
	Store   *bucketstore.Store
}

// Backend is what the front asks of the server's backend.
type Backend interface {
	backend.Backend
	ReplaceRetention(ctx context.Context, bucket, key, version string, wanted *types.ObjectLockRetention) error
}

// Options returns the routes that put the front before versitygw's own.
func (f *Front) Options() []s3api.Option {
	var options []s3api.Option
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		options = append(options, s3api.WithRoute(method, "/:bucket", f.serve))
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		options = append(options, s3api.WithRoute(method, "/:bucket/*", f.serveObject))
	}
	return options
}

// serve answers a request for a kept configuration and passes on all others.
func (f *Front) serve(ctx fiber.Ctx) error {
	args := ctx.Request().URI().QueryArgs()
	for i := range kinds {
		if kind := &kinds[i]; args.Has(kind.query) && (!kind.readOnly || ctx.Method() == http.MethodGet) {
			return f.handler(kind, ctx.Method())(ctx)
		}
	}
	if ctx.Method() == http.MethodDelete && !deletesBucket(args) {
		return controllers.ProcessHandlers(
			func(fiber.Ctx) (*controllers.Response, error) {
				return &controllers.Response{}, s3err.GetAPIError(s3err.ErrMethodNotAllowed)
			}, metrics.ActionUndetected, &controllers.Services{}, f.setDefaults)(ctx)
	}
	return ctx.Next()
}

// deletesBucket says whether versitygw knows what a DELETE with this query is
// for. Whatever sub-resource it doesn't know it takes for the bucket itself.
func deletesBucket(args *fasthttp.Args) bool {
	for name := range args.All() {
		name := string(name)
		if slices.Contains([]string{"tagging", "ownershipControls", "cors", "website"}, name) {
			return true
		}
		if name != "x-id" && !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			return false
		}
	}
	return true
}

// handler puts a configuration's operation behind versitygw's checks.
func (f *Front) handler(kind *kind, method string) fiber.Handler {
	return f.checked(method == http.MethodPut, method == http.MethodPut && kind.checksum,
		func(ctx fiber.Ctx) (*controllers.Response, error) { return f.answer(ctx, kind) })
}

// checked puts versitygw's checks before an answer: of the body of a put, and that
// there is a checksum.
func (f *Front) checked(put, checksum bool, answer controllers.Controller) fiber.Handler {
	return controllers.ProcessHandlers(
		func(ctx fiber.Ctx) (*controllers.Response, error) {
			response, err := answer(ctx)
			if response == nil {
				response = &controllers.Response{}
			}
			return response, err
		},
		metrics.ActionUndetected, &controllers.Services{},
		f.setDefaults,
		middlewares.BucketObjectNameValidator(),
		refuseAnonymous,
		limitBody,
		middlewares.VerifyPresignedV4Signature(f.Root, f.IAM, f.Region, false),
		middlewares.VerifyV4Signature(f.Root, f.IAM, f.Region, false, true, false),
		middlewares.VerifyChecksums(false, put, checksum),
		middlewares.ParseAcl(f.Backend),
	)
}

// setDefaults does what versitygw's middleware does further down the line.
func (f *Front) setDefaults(ctx fiber.Ctx) error {
	objectlock.Keep(ctx)
	utils.ContextKeyRegion.Set(ctx, f.Region)
	utils.ContextKeyRootAccessKey.Set(ctx, f.Root.Access)
	utils.ContextKeyAccount.Set(ctx, auth.Account{})
	utils.ContextKeyIsRoot.Set(ctx, false)
	return nil
}

func refuseAnonymous(ctx fiber.Ctx) error {
	if ctx.Get(fiber.HeaderAuthorization) == "" && !utils.IsPresignedURLAuth(ctx) {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return nil
}

// limitBody refuses large bodies, and those that don't say how large they are,
// before they are read.
func limitBody(ctx fiber.Ctx) error {
	length := ctx.Request().Header.ContentLength()
	if length > maxBody {
		return s3err.GetEntityTooLargeErr(int64(length), maxBody)
	}
	if length < 0 && ctx.Method() == http.MethodPut {
		return s3err.GetAPIError(s3err.ErrMissingContentLength)
	}
	return nil
}

// answer serves an authenticated request to a bucket that exists.
func (f *Front) answer(ctx fiber.Ctx, kind *kind) (*controllers.Response, error) {
	bucket, method := ctx.Params("bucket"), ctx.Method()
	action := kind.read
	if method != http.MethodGet {
		action = kind.write
	}
	if method == http.MethodDelete && kind.remove != "" {
		action = kind.remove
	}
	if !isRootsPolicyCall(ctx, kind) {
		if err := f.authorize(ctx, bucket, "", action); err != nil {
			return nil, err
		}
	}
	id := ""
	if kind.item != nil {
		id = ctx.Query("id")
		if id == "" && method != http.MethodGet {
			return nil, invalidArgument("Missing the id of the configuration")
		}
	}
	switch {
	case method == http.MethodGet && kind.get != nil:
		return kind.get(f, ctx, bucket)
	case method == http.MethodGet && kind.item != nil && id == "":
		return f.list(ctx, kind, bucket)
	case method == http.MethodGet:
		return f.read(ctx, kind, bucket, id)
	case method == http.MethodPut && kind.root != "":
		return f.write(ctx, kind, bucket, id)
	case method == http.MethodDelete && kind.deletable:
		if err := f.Store.Delete(bucket, kind.query, id); err != nil {
			return nil, err
		}
		return noContent(), nil
	}
	return nil, s3err.GetAPIError(s3err.ErrMethodNotAllowed)
}

// isRootsPolicyCall says whether the account root reads or changes a bucket's
// policy, which no policy can deny it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
func isRootsPolicyCall(ctx fiber.Ctx, kind *kind) bool {
	account, _ := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	return kind.query == objectlock.PolicyKind && account.Arn == identity.Root.ARN()
}

func (f *Front) authorize(ctx fiber.Ctx, bucket, key string, action auth.Action) error {
	permission := auth.PermissionWrite
	if ctx.Method() == http.MethodGet {
		permission = auth.PermissionRead
	}
	acl, _ := utils.ContextKeyParsedAcl.Get(ctx).(auth.ACL)
	account, _ := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	isRoot, _ := utils.ContextKeyIsRoot.Get(ctx).(bool)
	return auth.VerifyAccess(ctx, f.Backend, auth.AccessOptions{
		Acl: acl, AclPermission: permission, IsRoot: isRoot, Acc: account,
		Bucket: bucket, Object: key, Actions: []auth.Action{action}, Iam: f.IAM,
	})
}

func (f *Front) read(ctx fiber.Ctx, kind *kind, bucket, id string) (*controllers.Response, error) {
	doc, err := f.Store.Get(bucket, kind.query, id)
	if errors.Is(err, bucketstore.ErrNotFound) {
		if kind.missing != nil {
			return nil, *kind.missing
		}
		return xmlAnswer(ctx, []byte(kind.fallback)), nil
	}
	if err != nil {
		return nil, err
	}
	for name, value := range doc.Headers {
		ctx.Set(name, value)
	}
	return xmlAnswer(ctx, doc.Body), nil
}

func (f *Front) write(ctx fiber.Ctx, kind *kind, bucket, id string) (*controllers.Response, error) {
	doc := bucketstore.Document{Body: append([]byte(nil), ctx.BodyRaw()...)}
	if kind.put != nil {
		if err := kind.put(f, ctx, bucket, doc.Body); err != nil {
			return nil, err
		}
	} else if err := f.checkXML(ctx, kind, id, doc.Body); err != nil {
		return nil, err
	}
	for _, header := range kind.headers {
		value := ctx.Get(header.name, header.fallback)
		if !header.takes(value) {
			return nil, invalidArgument("Invalid value of " + header.name)
		}
		doc.Headers = map[string]string{header.name: value}
		ctx.Set(header.name, value)
	}
	if err := f.Store.Put(bucket, kind.query, id, doc); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if kind.query == "policy" {
		status = http.StatusNoContent
	}
	return &controllers.Response{MetaOpts: &controllers.MetaOptions{Status: status}}, nil
}

func (f *Front) checkXML(ctx fiber.Ctx, kind *kind, id string, body []byte) error {
	root, err := parseXML(body, kind.root)
	if err != nil {
		return s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if kind.item != nil && root.text("Id") != id {
		return invalidArgument("The id in the request and in the configuration differ")
	}
	if kind.check != nil && !kind.check(root) {
		return s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if kind.query == "lifecycle" {
		return refuseEarly(root)
	}
	if target := root.find("LoggingEnabled", "TargetBucket"); kind.query == "logging" && target != nil {
		_, err := f.Backend.HeadBucket(ctx.RequestCtx(), &s3.HeadBucketInput{Bucket: &target.content})
		if err != nil {
			return errInvalidTargetBucket
		}
	}
	return nil
}

func (f *Front) list(ctx fiber.Ctx, kind *kind, bucket string) (*controllers.Response, error) {
	docs, err := f.Store.List(bucket, kind.query)
	if err != nil {
		return nil, err
	}
	return xmlAnswer(ctx, kind.item.list(kind.root, docs)), nil
}

func noContent() *controllers.Response {
	return &controllers.Response{MetaOpts: &controllers.MetaOptions{Status: http.StatusNoContent}}
}

func xmlAnswer(ctx fiber.Ctx, body []byte) *controllers.Response {
	ctx.Response().Header.SetContentType(fiber.MIMEApplicationXML)
	return &controllers.Response{Data: body}
}
