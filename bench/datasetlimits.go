package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// What Datalock is compared with beside its peers.
const (
	putName  = "bare PUT loop"
	hashName = "SHA-256, one core"
	headName = "bare HEAD loop"
	getName  = "bare GET loop"
)

// barePart is how much a request of the bare PUT loop sends, and bareJobs how
// many it sends at a time.
const (
	barePart = 8 << 20
	bareJobs = 64
)

// limits times what bounds a publish: sending the bytes to the sink without a
// signature or hash, and their SHA-256 on one core.
func (r *datasetRun) limits(s situation, dir string) error {
	sink, err := startSink()
	if err != nil {
		return err
	}
	defer sink.stop()
	began := time.Now()
	if err := putAll(sink.Endpoint, dir); err != nil {
		return err
	}
	r.add(s, sinkName, putName, time.Since(began).Seconds(), 0)
	began = time.Now()
	if err := hashAll(dir); err != nil {
		return err
	}
	r.add(s, sinkName, hashName, time.Since(began).Seconds(), 0)
	return nil
}

// putAll sends all files in plain PUTs.
func putAll(endpoint, dir string) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bareJobs, WriteBufferSize: 64 << 10}}
	g := errgroup.Group{}
	g.SetLimit(bareJobs)
	err := eachFile(dir, func(path string, size int64) error {
		for from := int64(0); from < size; from += barePart {
			g.Go(func() error { return putPart(client, endpoint+"/"+datasetBucket, path, from, min(barePart, size-from)) })
		}
		return nil
	})
	if failed := g.Wait(); err == nil {
		err = failed
	}
	return err
}

func putPart(client *http.Client, url, path string, from, size int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	request, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/%s-%d", url, filepath.Base(path), from),
		io.NewSectionReader(file, from, size))
	if err != nil {
		return err
	}
	request.ContentLength = size
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = drain(answer.Body)
	return err
}

// hashAll hashes all files one after the other.
func hashAll(dir string) error {
	buffer := make([]byte, 1<<20)
	return eachFile(dir, func(path string, _ int64) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.CopyBuffer(struct{ io.Writer }{sha256.New()}, struct{ io.Reader }{file}, buffer)
		return err
	})
}

func eachFile(dir string, do func(path string, size int64) error) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return do(path, info.Size())
	})
}

// bare asks for each object of the dataset, as verify does, and does nothing
// with the answers.
func (r *datasetRun) bare(s situation, at target, what string) error {
	client := s3.New(s3.Options{
		Region: at.region, BaseEndpoint: &at.endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(at.access, at.secret, ""),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = bareJobs, bareJobs
		}),
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	keys, err := listKeys(client)
	if err != nil {
		return err
	}
	ask := bareGet
	if what == headName {
		ask = bareHead
	}
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(bareJobs)
	began := time.Now()
	for _, v := range keys {
		g.Go(func() error { return ask(ctx, client, v) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r.add(s, at.name, what, time.Since(began).Seconds(), 0)
	return nil
}

func listKeys(client *s3.Client) ([]types.ObjectVersion, error) {
	var all []types.ObjectVersion
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{
		Bucket: aws.String(datasetBucket), Prefix: aws.String("set/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return nil, err
		}
		all = append(all, page.Versions...)
	}
	return all, nil
}

func bareHead(ctx context.Context, client *s3.Client, v types.ObjectVersion) error {
	_, err := client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: aws.String(datasetBucket), Key: v.Key, VersionId: v.VersionId, ChecksumMode: types.ChecksumModeEnabled,
	})
	return err
}

func bareGet(ctx context.Context, client *s3.Client, v types.ObjectVersion) error {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(datasetBucket), Key: v.Key, VersionId: v.VersionId,
	})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	_, err = drain(out.Body)
	return err
}
