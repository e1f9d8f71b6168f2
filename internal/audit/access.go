package audit

import (
	"context"
	"strings"

	"datalock/internal/inspect"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
)

func (a *auditor) publicAccess(ctx context.Context) {
	a.part("public access block", func() (string, error) {
		c, err := a.bucket.PublicAccessBlock(ctx)
		if err != nil {
			return "", err
		}
		if c == nil {
			a.find("guard-missing", bucketAddress, "the bucket has no public access block")
			return "none", nil
		}
		off := inspect.Off(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets)
		if len(off) > 0 {
			a.find("public-access", blockAddress, "%s not true", strings.Join(off, ", "))
			return "off: " + strings.Join(off, ", "), nil
		}
		return "all four settings on", nil
	})
}

// accountAccess reads the account's public access block. It can't be a finding:
// no stack declares it, and it can only add to the bucket's.
func (a *auditor) accountAccess(ctx context.Context) {
	a.part("account's public access block", func() (string, error) {
		if a.Control == nil {
			return "", &notApplicable{"the endpoint isn't AWS, which alone has accounts"}
		}
		account, err := a.Owner(ctx)
		if err != nil {
			return "", err
		}
		out, err := a.Control.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &account})
		if inspect.Code(err) == inspect.NoPublicAccessBlock {
			return "none", nil
		}
		if err := inspect.Asked("s3:GetAccountPublicAccessBlock", err); err != nil {
			return "", err
		}
		c := out.PublicAccessBlockConfiguration
		if c == nil {
			return "none", nil
		}
		off := inspect.Off(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets)
		if len(off) > 0 {
			return "off: " + strings.Join(off, ", "), nil
		}
		return "all four settings on", nil
	})
}

func (a *auditor) ownership(ctx context.Context) {
	a.part("object ownership", func() (string, error) {
		is, there, err := a.bucket.Ownership(ctx)
		if err != nil {
			return "", err
		}
		if !there {
			a.find("guard-missing", bucketAddress, "the bucket has no ownership controls")
			return "none", nil
		}
		if is != types.ObjectOwnershipBucketOwnerEnforced {
			a.find("ownership", ownershipAddress, "the object ownership is %q, not BucketOwnerEnforced", is)
		}
		return string(is), nil
	})
}
