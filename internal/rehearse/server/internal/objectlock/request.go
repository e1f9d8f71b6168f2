package objectlock

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// requestKey is where a request's context keeps what versitygw's own checks
// need, so that they can be made again while a key is held.
const requestKey = "datalock-request"

// Remember is the middleware that puts the request into its context.
func Remember(ctx fiber.Ctx) error {
	ctx.RequestCtx().SetUserValue(requestKey, ctx)
	return ctx.Next()
}

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

// mayRetain asks versitygw again whether the retention may be replaced.
func (b *Backend) mayRetain(ctx context.Context, bucket, key, version string, wanted *types.ObjectLockRetention) error {
	request, account, bypass, err := caller(ctx)
	if err != nil {
		return err
	}
	input := &s3response.PutObjectRetentionInput{Mode: wanted.Mode}
	if wanted.RetainUntilDate != nil {
		input.RetainUntilDate.Time = *wanted.RetainUntilDate
	}
	return auth.IsObjectLockRetentionPutAllowed(request, holding{b}, b.iam, bucket, key, version, account, input, bypass)
}
