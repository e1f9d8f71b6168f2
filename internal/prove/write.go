package prove

import (
	"bytes"
	"context"
	"net/url"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lockOf is the retention or the hold that a write names; the zero value names
// none.
type lockOf struct {
	mode  settings.RetentionMode
	until time.Time
	hold  bool
}

// in leaves out what a bucket without Object Lock would reject.
func (l lockOf) in(b *testBucket) (types.ObjectLockMode, *time.Time, types.ObjectLockLegalHoldStatus) {
	if !b.locked {
		return "", nil, ""
	}
	var (
		until *time.Time
		hold  types.ObjectLockLegalHoldStatus
	)
	if !l.until.IsZero() {
		until = aws.Time(l.until)
	}
	if l.hold {
		hold = types.ObjectLockLegalHoldStatusOn
	}
	return types.ObjectLockMode(l.mode), until, hold
}

// unlessThere is the If-None-Match header of every first write to a key, which
// a write-once policy requires.
func unlessThere() *string { return aws.String("*") }

// put writes the first version of a key.
func (a *attempt) put(ctx context.Context, key string, lock lockOf) (version, error) {
	body := a.body("the data")
	v := a.begun(key, sum(body))
	err := a.prepare(ctx, "PutObject", func(ctx context.Context, c *s3.Client) error {
		in := &s3.PutObjectInput{Bucket: &a.bucket, Key: &key, Body: bytes.NewReader(body), IfNoneMatch: unlessThere()}
		in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = lock.in(a.testBucket)
		out, err := c.PutObject(ctx, in)
		if err == nil {
			v.id = aws.ToString(out.VersionId)
		}
		return err
	})
	return v, err
}

// putMultipart writes the first version of a key as a multipart upload of one
// part, which may be small because it is the last.
func (a *attempt) putMultipart(ctx context.Context, key string) (version, error) {
	body := a.body("the data, in parts")
	v := a.begun(key, sum(body))
	err := a.prepare(ctx, "multipart upload", func(ctx context.Context, c *s3.Client) error {
		id, err := a.upload(ctx, c, key, body, lockOf{}, unlessThere())
		v.id = id
		return err
	})
	return v, err
}

// putCopy writes the first version of a key as a copy of another object.
func (a *attempt) putCopy(ctx context.Context, key string) (version, error) {
	if err := a.unlessGuarded(WriteOnce, "it blocks copies"); err != nil {
		return version{}, err
	}
	source, err := a.put(ctx, key+"-source", lockOf{})
	if err != nil {
		return source, err
	}
	v := a.begun(key, source.sum)
	err = a.prepare(ctx, "CopyObject", func(ctx context.Context, c *s3.Client) error {
		out, err := c.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: &a.bucket, Key: &key, CopySource: copySource(a.bucket, source),
		})
		if err == nil {
			v.id = aws.ToString(out.VersionId)
		}
		return err
	})
	return v, err
}

func copySource(bucket string, v version) *string {
	source := bucket + "/" + (&url.URL{Path: v.key}).EscapedPath()
	if v.id != "" {
		source += "?versionId=" + url.QueryEscape(v.id)
	}
	return &source
}
