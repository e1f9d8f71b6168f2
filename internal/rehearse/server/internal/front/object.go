package front

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/metrics"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3err"
)

// served are the sub-resources of an object that versitygw knows, or that say
// how a request is meant; all others it takes for the object itself.
var served = map[string][]string{
	http.MethodPut:    {"acl", "legal-hold", "partNumber", "retention", "tagging", "uploadId", "versionId"},
	http.MethodDelete: {"tagging", "uploadId", "versionId"},
}

// serveObject answers a request to replace a retention and refuses those that
// versitygw would take for another. It passes on the rest.
func (f *Front) serveObject(ctx fiber.Ctx) error {
	args, method := ctx.Request().URI().QueryArgs(), ctx.Method()
	if ctx.Params("*") == "" {
		return ctx.Next()
	}
	if name := unserved(args, served[method]); name != "" {
		return controllers.ProcessHandlers(func(fiber.Ctx) (*controllers.Response, error) {
			return &controllers.Response{}, s3err.APIError{
				Code: "NotImplemented", Description: "This server doesn't have the sub-resource " + name + " of objects.",
				HTTPStatusCode: http.StatusNotImplemented,
			}
		}, metrics.ActionUndetected, &controllers.Services{}, f.setDefaults)(ctx)
	}
	if method != http.MethodPut || !args.Has("retention") {
		return ctx.Next()
	}
	path, err := url.PathUnescape(string(ctx.Request().URI().PathOriginal()))
	if err != nil {
		return ctx.Next()
	}
	ctx.Path(path)
	return f.checked(true, true, f.replaceRetention)(ctx)
}

func unserved(args *fasthttp.Args, served []string) string {
	for name := range args.All() {
		name := string(name)
		if name != "x-id" && !strings.HasPrefix(strings.ToLower(name), "x-amz-") && !slices.Contains(served, name) {
			return name
		}
	}
	return ""
}

// replaceRetention answers a PutObjectRetention. versitygw refuses the empty
// retention, with which S3 clears one.
func (f *Front) replaceRetention(ctx fiber.Ctx) (*controllers.Response, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(ctx.Path(), "/"), "/")
	if err := f.authorize(ctx, bucket, key, auth.PutObjectRetentionAction); err != nil {
		return nil, err
	}
	wanted, err := parseRetention(ctx.BodyRaw())
	if err != nil {
		return nil, err
	}
	return nil, f.Backend.ReplaceRetention(ctx.RequestCtx(), bucket, key, ctx.Query("versionId"), wanted)
}

// parseRetention reads a retention; nil stands for an empty one.
func parseRetention(body []byte) (*types.ObjectLockRetention, error) {
	var asked struct {
		XMLName               xml.Name `xml:"Retention"`
		Mode, RetainUntilDate []string
	}
	if err := xml.Unmarshal(body, &asked); err != nil {
		return nil, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if len(asked.Mode) == 0 && len(asked.RetainUntilDate) == 0 {
		return nil, nil
	}
	if len(asked.Mode) != 1 || len(asked.RetainUntilDate) != 1 {
		return nil, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	mode := types.ObjectLockRetentionMode(asked.Mode[0])
	until, err := time.Parse(time.RFC3339, strings.TrimSpace(asked.RetainUntilDate[0]))
	if err != nil || !slices.Contains(mode.Values(), mode) {
		return nil, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if !until.After(time.Now()) {
		return nil, s3err.GetInvalidArgumentErr(s3err.InvalidArgPastObjectLockRetainDate, asked.RetainUntilDate[0])
	}
	return &types.ObjectLockRetention{Mode: mode, RetainUntilDate: &until}, nil
}

// readLock serves a bucket's Object Lock. versitygw puts an empty rule into one
// that has none.
func (f *Front) readLock(ctx fiber.Ctx, bucket string) (*controllers.Response, error) {
	data, err := f.Backend.GetObjectLockConfiguration(ctx.RequestCtx(), bucket)
	if err != nil {
		return nil, err
	}
	config, err := auth.ParseBucketLockConfigurationOutput(data)
	if err != nil {
		return nil, err
	}
	if config.Rule != nil && config.Rule.DefaultRetention == nil {
		config.Rule = nil
	}
	return &controllers.Response{Data: config}, nil
}
