package dataset_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// At the start of a training job, compare the local copy with the manifest,
// without a network.
func ExampleVerifyLocal() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_ = os.CopyFS(dir, os.DirFS("testdata/copy"))

	check := func() {
		v, err := dataset.VerifyLocal(context.Background(), dir, "testdata/manifest.json", dataset.VerifyOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d files, clean: %v\n", v.Files, v.Clean())
		for _, f := range v.Findings {
			fmt.Println(f.Name, filepath.Base(f.Subject))
		}
	}
	check()
	_ = os.WriteFile(filepath.Join(dir, "labels.csv"), []byte("poisoned"), 0o600)
	check()
	// Output:
	// 2 files, clean: true
	// 2 files, clean: false
	// changed labels.csv
}

// Publish a folder, then verify what S3 accepted.
func Example() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := s3.NewFromConfig(settings)
	at, err := dataset.ParseLocation("s3://acme-data/imagenet/2026-11")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := dataset.Publish(ctx, client, "./imagenet", at, dataset.PublishOptions{Days: 400})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := dataset.Verify(ctx, client, at, dataset.VerifyOptions{Root: p.RootDigest})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Clean())
}
