package inspect

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Tags returns the bucket's tags, without those that AWS sets itself.
func (b Bucket) Tags(ctx context.Context) (map[string]string, error) {
	out, err := b.S3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetBucketTagging", err, "NoSuchTagSet")
	}
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		if key := aws.ToString(tag.Key); !strings.HasPrefix(strings.ToLower(key), "aws:") {
			tags[key] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}

// Grantees returns the grants in the bucket's ACL to anybody but its owner.
func (b Bucket) Grantees(ctx context.Context) ([]string, error) {
	out, err := b.S3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &b.Name})
	if err != nil {
		return nil, Asked("s3:GetBucketAcl", err)
	}
	owner := ""
	if out.Owner != nil {
		owner = aws.ToString(out.Owner.ID)
	}
	var all []string
	for _, grant := range out.Grants {
		g := grant.Grantee
		if g == nil || g.URI == nil && aws.ToString(g.ID) == owner {
			continue
		}
		who := aws.ToString(g.URI)
		if who == "" {
			who = aws.ToString(g.ID)
		}
		all = append(all, who+" "+string(grant.Permission))
	}
	return all, nil
}

// CORS returns the rules for cross-origin requests.
func (b Bucket) CORS(ctx context.Context) ([]types.CORSRule, error) {
	out, err := b.S3.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &b.Name})
	if err != nil {
		return nil, answered("s3:GetBucketCORS", err, "NoSuchCORSConfiguration")
	}
	return out.CORSRules, nil
}

// Website describes the bucket's website configuration, or returns "".
func (b Bucket) Website(ctx context.Context) (string, error) {
	out, err := b.S3.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: &b.Name})
	if err != nil {
		return "", answered("s3:GetBucketWebsite", err, "NoSuchWebsiteConfiguration")
	}
	switch {
	case out.RedirectAllRequestsTo != nil:
		return "redirects to " + aws.ToString(out.RedirectAllRequestsTo.HostName), nil
	case out.IndexDocument != nil:
		return "index document " + aws.ToString(out.IndexDocument.Suffix), nil
	}
	return "configured", nil
}

// Accelerate returns the status of transfer acceleration, or "".
func (b Bucket) Accelerate(ctx context.Context) (types.BucketAccelerateStatus, error) {
	out, err := b.S3.GetBucketAccelerateConfiguration(ctx,
		&s3.GetBucketAccelerateConfigurationInput{Bucket: &b.Name})
	if err != nil {
		return "", Asked("s3:GetAccelerateConfiguration", err)
	}
	return out.Status, nil
}

// RequestPayment returns who pays for requests, or "".
func (b Bucket) RequestPayment(ctx context.Context) (types.Payer, error) {
	out, err := b.S3.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: &b.Name})
	if err != nil {
		return "", Asked("s3:GetBucketRequestPayment", err)
	}
	return out.Payer, nil
}
