package objectlock

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// requestKey is where a request's context keeps what versitygw's own checks
// need, so that they can be made again while a key is held.
const requestKey = "datalock-request"

// Remember is the middleware that puts the request into its context.
func Remember(ctx fiber.Ctx) error {
	Keep(ctx)
	return ctx.Next()
}

// Keep puts the request into its context.
func Keep(ctx fiber.Ctx) { ctx.RequestCtx().SetUserValue(requestKey, ctx) }

// caller returns the request that ctx belongs to, who sends it, and whether it
// asks to bypass GOVERNANCE.
func caller(ctx context.Context) (request fiber.Ctx, account auth.Account, bypass bool, err error) {
	request, ok := ctx.Value(requestKey).(fiber.Ctx)
	if !ok {
		return nil, auth.Account{}, false, s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	account, _ = utils.ContextKeyAccount.Get(request).(auth.Account)
	return request, account, strings.EqualFold(request.Get("X-Amz-Bypass-Governance-Retention"), "true"), nil
}

// mayDelete asks versitygw again whether the version may be deleted: it has
// looked before the key was held, when the version may have been on its way
// from behind a delete marker.
func (b *Backend) mayDelete(ctx context.Context, bucket, key, version string) error {
	request, account, bypass, err := caller(ctx)
	if err != nil {
		return err
	}
	return auth.CheckObjectAccess(request, bucket, account, []types.ObjectIdentifier{{Key: &key, VersionId: &version}},
		auth.BypassModeForRequest(bypass), utils.ContextKeyPublicBucket.IsSet(request), holding{b}, b.iam, false)
}
