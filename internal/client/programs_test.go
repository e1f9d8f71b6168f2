package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A program is a test's command, run by this binary. It reaches the bucket only
// through its environment, as a user's program would.
type program struct {
	ctx    context.Context
	client *s3.Client
	keys   aws.Credentials
	bucket string
}

var programs = map[string]func(p program) error{
	"sdk": func(p program) error { return first(p.put("a", nil), p.multipart("b", 2)) },
	"old": func(p program) error {
		p.client = s3.NewFromConfig(
			p.config(),
			func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired },
		)
		return first(p.put("a", nil), p.multipart("b", 1))
	},
	"raw": func(p program) error { return p.raw("raw", nil) },
	"raw md5": func(p program) error {
		return p.raw("raw", map[string]string{"Content-MD5": "jXd/OF09/siBXSD3SWAm3A=="})
	},
	"raw metadata": func(p program) error { return p.raw("raw", map[string]string{"X-Amz-Meta-Verify": "checksum"}) },
	"nothing":      func(program) error { return nil },
	"fails":        func(p program) error { return first(p.put("a", nil), errFails) },
	"overwrite":    func(p program) error { return first(p.put("a", nil), p.put("a", nil), p.put("a", nil)) },
	"once": func(p program) error {
		return first(p.put("once", func(i *s3.PutObjectInput) { i.IfNoneMatch = aws.String("*") }), p.put("plain", nil))
	},
	"rename":    rename,
	"temporary": func(p program) error { return first(p.put("_lock", nil), p.remove("_lock")) },
	"deletes":   deletes,
	"acl": func(p program) error {
		return p.put("a", func(i *s3.PutObjectInput) { i.ACL = types.ObjectCannedACLPublicRead })
	},
	"kms": func(p program) error {
		return p.put("a", func(i *s3.PutObjectInput) { i.ServerSideEncryption = types.ServerSideEncryptionAwsKms })
	},
	"aes": func(p program) error {
		return p.put("a", func(i *s3.PutObjectInput) { i.ServerSideEncryption = types.ServerSideEncryptionAes256 })
	},
	"short": func(p program) error {
		return p.put("a", func(i *s3.PutObjectInput) {
			i.ObjectLockMode, i.ObjectLockRetainUntilDate = types.ObjectLockModeCompliance, aws.Time(
				time.Now().AddDate(0, 0, 5),
			)
		})
	},
	"shorten":      shorten,
	"second":       second,
	"gap":          func(p program) error { return p.put("a//b", nil) },
	"virtual host": func(p program) error { return p.virtual("localhost") },
	"part": func(p program) error {
		_, err := p.client.CreateMultipartUpload(
			p.ctx,
			&s3.CreateMultipartUploadInput{Bucket: &p.bucket, Key: aws.String("half")},
		)
		return err
	},
	"hangs":   func(p program) error { return first(p.put("a", nil), sleep()) },
	"forks":   func(p program) error { return first(p.put("a", nil), fork()) },
	"secrets": secrets,
	"distrusts": func(p program) error {
		_, err := (&http.Client{Transport: &http.Transport{}}).Get(os.Getenv("AWS_ENDPOINT_URL"))
		return err
	},
}

var errFails = errors.New("it fails")

// runProgram runs a program and returns its exit code; 3 if the program fails
// on its own.
func runProgram(name string) int {
	p := program{ctx: context.Background(), bucket: os.Getenv("DATALOCK_BUCKET")}
	p.client = s3.NewFromConfig(p.config())
	var err error
	if p.keys, err = p.config().Credentials.Retrieve(p.ctx); err == nil {
		err = programs[name](p)
	}
	fmt.Println("out of " + name)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFails):
		return 3
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func (p program) config() aws.Config {
	c, err := config.LoadDefaultConfig(p.ctx)
	if err != nil {
		panic(err)
	}
	c.RetryMaxAttempts = 1
	return c
}

// first returns the first error, after all of them were evaluated.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p program) put(key string, change func(*s3.PutObjectInput)) error {
	in := &s3.PutObjectInput{Bucket: &p.bucket, Key: &key, Body: strings.NewReader("data")}
	if change != nil {
		change(in)
	}
	_, err := p.client.PutObject(p.ctx, in)
	return err
}

func (p program) remove(key string) error {
	_, err := p.client.DeleteObject(p.ctx, &s3.DeleteObjectInput{Bucket: &p.bucket, Key: &key})
	return err
}

func (p program) multipart(key string, parts int) error {
	begun, err := p.client.CreateMultipartUpload(
		p.ctx,
		&s3.CreateMultipartUploadInput{Bucket: &p.bucket, Key: &key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32},
	)
	if err != nil {
		return err
	}
	done := &types.CompletedMultipartUpload{}
	for n := range int32(parts) {
		part, err := p.client.UploadPart(p.ctx, &s3.UploadPartInput{
			Bucket:     &p.bucket,
			Key:        &key,
			UploadId:   begun.UploadId,
			PartNumber: aws.Int32(n + 1),
			Body:       bytes.NewReader(make([]byte, 5<<20)),
		})
		if err != nil {
			return err
		}
		done.Parts = append(
			done.Parts,
			types.CompletedPart{ETag: part.ETag, PartNumber: aws.Int32(n + 1), ChecksumCRC32: part.ChecksumCRC32},
		)
	}
	_, err = p.client.CompleteMultipartUpload(
		p.ctx,
		&s3.CompleteMultipartUploadInput{Bucket: &p.bucket, Key: &key, UploadId: begun.UploadId, MultipartUpload: done},
	)
	return err
}

// raw puts an object with a minimal client, which only signs.
func (p program) raw(key string, headers map[string]string) error {
	body := []byte("data")
	request, err := http.NewRequestWithContext(
		p.ctx,
		http.MethodPut,
		os.Getenv("AWS_ENDPOINT_URL")+"/"+p.bucket+"/"+key,
		bytes.NewReader(body),
	)
	if err != nil {
		return err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().
		SignHTTP(p.ctx, p.keys, request, hash, "s3", os.Getenv("AWS_REGION"), time.Now()); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// virtual puts an object with the bucket in the host's name. DNS must say that
// this is the recorder, and the client not verify the name.
func (p program) virtual(host string) error {
	_, port, _ := strings.Cut(strings.TrimPrefix(os.Getenv("AWS_ENDPOINT_URL"), "https://"), ":")
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	defer transport.CloseIdleConnections()
	_, err := s3.NewFromConfig(p.config(), func(o *s3.Options) {
		o.BaseEndpoint, o.HTTPClient = aws.String("https://"+host+":"+port), &http.Client{Transport: transport}
	}).PutObject(p.ctx, &s3.PutObjectInput{Bucket: &p.bucket, Key: aws.String("a/b"), Body: strings.NewReader("data")})
	return err
}

func rename(p program) error {
	err := p.put("_temporary", nil)
	if err == nil {
		_, err = p.client.CopyObject(
			p.ctx,
			&s3.CopyObjectInput{Bucket: &p.bucket, Key: aws.String("final"), CopySource: aws.String(p.bucket + "/_temporary")},
		)
	}
	return first(err, p.remove("_temporary"))
}

func deletes(p program) error {
	var ids []types.ObjectIdentifier
	for _, key := range []string{"x", "y"} {
		if err := p.put(key, nil); err != nil {
			return err
		}
		ids = append(ids, types.ObjectIdentifier{Key: aws.String(key)})
	}
	// It ignores the answer, as many programs do.
	_, err := p.client.DeleteObjects(
		p.ctx,
		&s3.DeleteObjectsInput{Bucket: &p.bucket, Delete: &types.Delete{Objects: ids}},
	)
	return err
}

func shorten(p program) error {
	put, err := p.client.PutObject(
		p.ctx,
		&s3.PutObjectInput{Bucket: &p.bucket, Key: aws.String("a"), Body: strings.NewReader("data")},
	)
	if err != nil {
		return err
	}
	_, err = p.client.PutObjectRetention(
		p.ctx,
		&s3.PutObjectRetentionInput{
			Bucket:    &p.bucket,
			Key:       aws.String("a"),
			VersionId: put.VersionId,
			Retention: &types.ObjectLockRetention{
				Mode:            types.ObjectLockRetentionModeCompliance,
				RetainUntilDate: aws.Time(time.Now().AddDate(0, 0, 2)),
			},
		},
	)
	return err
}

func second(p program) error {
	err := p.put("a", nil)
	p.bucket = "another-bucket"
	return first(err, p.put("a", nil))
}

// sleep hangs, and ignores requests to exit.
func sleep() error {
	time.Sleep(time.Hour)
	return nil
}

// fork leaves three processes behind: one, one in its own session, and one in
// its own session that has no parent and no environment.
func fork() error {
	for _, attributes := range []*syscall.SysProcAttr{{}, {Setsid: true}} {
		child := exec.Command("sleep", "600")
		child.SysProcAttr = attributes
		if err := child.Start(); err != nil {
			return err
		}
	}
	return exec.Command("sh", "-c", "env -i setsid sleep 601 >/dev/null 2>&1 &").Run()
}
