package front

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3err"

	"datalock/internal/rehearse/server/internal/bucketpolicy"
	"datalock/internal/rehearse/server/internal/bucketstore"
)

// checkPolicy refuses a policy that S3 would refuse.
func (f *Front) checkPolicy(_ fiber.Ctx, bucket string, body []byte) error {
	policy, err := bucketpolicy.Parse(body)
	if err == nil {
		err = policy.Validate(bucket)
	}
	var malformed bucketpolicy.Error
	if errors.As(err, &malformed) {
		return s3err.APIError{Code: "MalformedPolicy", Description: malformed.Error(), HTTPStatusCode: http.StatusBadRequest}
	}
	if err != nil {
		return err
	}
	if !policy.IsPublic() {
		return nil
	}
	blocked, err := f.blocksPublicPolicy(bucket)
	if err != nil {
		return err
	}
	if blocked {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return nil
}

func (f *Front) blocksPublicPolicy(bucket string) (bool, error) {
	doc, err := f.Store.Get(bucket, "publicAccessBlock", "")
	if errors.Is(err, bucketstore.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	root, err := parseXML(doc.Body, "PublicAccessBlockConfiguration")
	if err != nil {
		return false, fmt.Errorf("read the public access block of bucket %s: %w", bucket, err)
	}
	return isTrue(root.text("BlockPublicPolicy")), nil
}

// readPolicy serves a policy as it was written.
func (f *Front) readPolicy(ctx fiber.Ctx, bucket string) (*controllers.Response, error) {
	doc, err := f.Store.Get(bucket, "policy", "")
	if errors.Is(err, bucketstore.ErrNotFound) {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchBucketPolicy)
	}
	if err != nil {
		return nil, err
	}
	ctx.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
	return &controllers.Response{Data: doc.Body}, nil
}

// readPolicyStatus says whether the policy is public.
func (f *Front) readPolicyStatus(ctx fiber.Ctx, bucket string) (*controllers.Response, error) {
	doc, err := f.Store.Get(bucket, "policy", "")
	if errors.Is(err, bucketstore.ErrNotFound) {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchBucketPolicy)
	}
	if err != nil {
		return nil, err
	}
	policy, err := bucketpolicy.Parse(doc.Body)
	if err != nil {
		return nil, err
	}
	return xmlAnswer(ctx, fmt.Appendf(nil, "%s<PolicyStatus%s><IsPublic>%t</IsPublic></PolicyStatus>", xmlHead, namespace,
		policy.IsPublic())), nil
}
