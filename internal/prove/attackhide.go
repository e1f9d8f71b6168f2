package prove

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// hide deletes without a version id, which creates a delete marker, and returns
// the marker's id.
func (a *attempt) hide(ctx context.Context) (marker string, err error) {
	_, err = a.try(ctx, "DeleteObject without a version", func(ctx context.Context, c *s3.Client) error {
		out, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &a.victim.key})
		if err == nil {
			marker = aws.ToString(out.VersionId)
		}
		return err
	})
	return marker, err
}

func hide(ctx context.Context, a *attempt) error {
	_, err := a.hide(ctx)
	return err
}

func hideBatch(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "DeleteObjects without a version", func(ctx context.Context, c *s3.Client) error {
		return batch(ctx, c, &s3.DeleteObjectsInput{
			Bucket: &a.bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &a.victim.key}}},
		})
	})
	return err
}

// hideAndShow creates a delete marker and removes it again.
func hideAndShow(ctx context.Context, a *attempt) error {
	marker, err := a.hide(ctx)
	if err != nil || marker == "" {
		return err
	}
	// A second attempt may have created a second marker, whose id is unknown.
	a.got.twice = a.attacks()[0].Attempts > 1
	_, err = a.try(ctx, "DeleteObject of the delete marker", func(ctx context.Context, c *s3.Client) error {
		_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &a.victim.key, VersionId: &marker})
		return err
	})
	return err
}
