package dataset_test

import (
	"context"
	"fmt"
	"testing"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
)

// inPages returns a client whose listings have pages of three.
func inPages(client *s3.Client) *s3.Client {
	o := client.Options()
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("pagesOfThree", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			switch input := in.Parameters.(type) {
			case *s3.ListObjectVersionsInput:
				input.MaxKeys = aws.Int32(3)
			case *s3.ListMultipartUploadsInput:
				input.MaxUploads = aws.Int32(3)
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	})
	return s3.New(o)
}

// TestManyNames: whatever the names, each key of a listing of many pages is
// seen, so verify finds what covers the last of them, and what is extra.
func TestManyNames(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	l.Client = inPages(l.Client)
	for i, folder := range []string{"a b", "50% x", "été", "a+b", "~*(1)", "a&b"} {
		location, prefix := fmt.Sprintf("s3://data/set %d", i), fmt.Sprintf("set %d/%s", i, folder)
		dir, files := t.TempDir(), map[string]int{}
		for n := range 10 {
			files[fmt.Sprintf("%s/%d.bin", folder, n)] = 10
		}
		write(t, dir, files)
		_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, location), dataset.PublishOptions{})
		must(t, err)
		if v := l.verify(t, location, dataset.VerifyOptions{}); !v.Clean() || v.Checked != 10 {
			t.Errorf("%s: %d checked, %s", folder, v.Checked, names(v))
		}
		_, err = l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
			Bucket: aws.String("data"), Key: aws.String(prefix + "/9.bin"),
		})
		must(t, err)
		l.put(t, prefix+"/8.bin", "other", nil)
		l.put(t, prefix+"/extra.bin", "extra", nil)
		v := l.verify(t, location, dataset.VerifyOptions{})
		if v.Counts[dataset.Hidden] != 1 || v.Counts[dataset.Shadowed] != 1 || v.Counts[dataset.Extra] != 1 {
			t.Errorf("%s: found %v, %s", folder, v.Counts, names(v))
		}
	}
}
