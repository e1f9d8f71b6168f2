package inventory

import (
	"context"
	"fmt"
	"io"
	"strings"

	"datalock/internal/s3get"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// FromS3 returns a getter that reads through a client.
func FromS3(client *s3.Client) Getter {
	return func(ctx context.Context, bucket, key string) (io.ReadCloser, error) {
		out, err := s3get.Object(ctx, client, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return nil, fmt.Errorf("get s3://%s/%s: %w", bucket, key, err)
		}
		return out.Body, nil
	}
}

// Latest returns the manifest of the newest report below a folder,
// s3://BUCKET/PREFIX/SOURCE/CONFIGURATION/, which has a folder for each. A
// location that ends in manifest.json is returned as it is.
func Latest(ctx context.Context, client *s3.Client, location string) (string, error) {
	rest, ok := strings.CutPrefix(location, "s3://")
	if !ok || strings.HasSuffix(location, "/"+manifestName) {
		return location, nil // Open says what is wrong with it
	}
	bucket, folder, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if folder != "" {
		folder += "/"
	}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
		Bucket: &bucket, Prefix: &folder, Delimiter: aws.String("/"),
	})
	var folders []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list the inventories in %s: %w", location, err)
		}
		for _, p := range page.CommonPrefixes {
			folders = append(folders, aws.ToString(p.Prefix))
		}
	}
	// The folders' names are times, so the last one is the newest. A report is
	// complete when it has its checksum.
	for i := len(folders) - 1; i >= 0; i-- {
		checksum := folders[i] + checksumName
		found, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &bucket, Prefix: &checksum, MaxKeys: aws.Int32(1),
		})
		if err != nil {
			return "", fmt.Errorf("list the inventories in %s: %w", location, err)
		}
		if len(found.Contents) > 0 {
			return "s3://" + bucket + "/" + folders[i] + manifestName, nil
		}
	}
	return "", fmt.Errorf("inventory %q: there is no report in it; S3 writes the first one within 48 hours "+
		"after the inventory is configured", location)
}
