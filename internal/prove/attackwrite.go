package prove

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func overwrite(ctx context.Context, c *s3.Client, bucket, key string, body []byte) error {
	_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	return err
}

func overwritePut(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "PutObject to the same key", func(ctx context.Context, c *s3.Client) error {
		return overwrite(ctx, c, a.bucket, a.victim.key, a.body("other data"))
	})
	return err
}

func overwriteMultipart(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "multipart upload to the same key", func(ctx context.Context, c *s3.Client) error {
		_, err := a.upload(ctx, c, a.victim.key, a.body("other data, in parts"), lockOf{}, nil)
		return err
	})
	return err
}

// overwriteCopy copies another object over the victim.
func overwriteCopy(ctx context.Context, a *attempt) error {
	other, err := a.put(ctx, a.key("other"), lockOf{})
	if err != nil {
		return err
	}
	_, err = a.try(ctx, "CopyObject of another object onto the key", func(ctx context.Context, c *s3.Client) error {
		_, err := c.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, CopySource: copySource(a.bucket, other),
		})
		return err
	})
	return err
}

// overwriteSelf copies the victim onto itself with new metadata, the usual way
// to change an object in place, then tries to delete the version.
func overwriteSelf(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "CopyObject onto itself", func(ctx context.Context, c *s3.Client) error {
		_, err := c.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, CopySource: copySource(a.bucket, a.victim),
			MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"changed": "yes"},
		})
		return err
	})
	if err != nil {
		return err
	}
	_, err = a.tryDelete(ctx, true)
	return err
}

// overwriteVersion tries to write into the version, which the S3 API has no
// request for.
func overwriteVersion(ctx context.Context, a *attempt) error {
	query := url.Values{"versionId": {a.victim.id}}
	if a.victim.id == "" {
		query = nil
	}
	return a.tryRaw(ctx, "PutObject with the version's id", rawRequest{
		method: http.MethodPut, key: a.victim.key, query: query, body: a.body("other data"), allowed: true,
	})
}

func overwriteForm(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "PostObject to the same key", func(ctx context.Context, c *s3.Client) error {
		_, err := a.postForm(ctx, c, a.victim.key, a.body("other data, from a form"), nil)
		return err
	})
	return err
}

// nothingMore is the attack of trials that only judge how their target was
// stored.
func nothingMore(context.Context, *attempt) error { return nil }

// putWith writes to the trial's new key with a PutObject that spoil has
// changed; the valid request is left unchanged.
func putWith(name string, spoil func(*attempt, *s3.PutObjectInput)) attack {
	return func(ctx context.Context, a *attempt) error {
		_, err := a.tryAs(ctx, name, func(ctx context.Context, c *s3.Client) error {
			body := a.body("the data")
			in := &s3.PutObjectInput{
				Bucket: &a.bucket, Key: &a.aside, Body: bytes.NewReader(body), IfNoneMatch: unlessThere(),
			}
			if !a.valid {
				spoil(a, in)
			}
			_, err := c.PutObject(ctx, in)
			return err
		})
		return err
	}
}

func wrongSHA256(a *attempt, in *s3.PutObjectInput) {
	in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(make([]byte, 32)))
}

func wrongCRC32(a *attempt, in *s3.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAAAAA==") }

func wrongMD5(a *attempt, in *s3.PutObjectInput) {
	in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(make([]byte, 16)))
}

// naming adds a retention to a PutObject.
func naming(
	mode func(*attempt) settings.RetentionMode, until func(*attempt) time.Time,
) func(*attempt, *s3.PutObjectInput) {
	return func(a *attempt, in *s3.PutObjectInput) {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate, _ = lockOf{mode: mode(a), until: until(a)}.in(a.testBucket)
	}
}

func inThePast(a *attempt) time.Time { return a.days(-1) }

func weakMode(*attempt) settings.RetentionMode { return settings.Governance }

// forDefault is as long as the default retention, so only the mode is wrong.
// The extra hour keeps it above a floor.
func forDefault(a *attempt) time.Time { return a.days(a.expected.TotalDays()).Add(time.Hour) }

func forAnHour(a *attempt) time.Time { return a.in(time.Hour) }

// overCeiling is longer than the policy allows, whichever way it counts whole
// days.
func overCeiling(a *attempt) time.Time { return a.days(a.guards.CeilingDays + overCeilingDays) }

const overCeilingDays = 2

// multipartNaming tries to store a multipart upload with GOVERNANCE.
func multipartNaming(ctx context.Context, a *attempt) error {
	lock := lockOf{mode: settings.Governance, until: forDefault(a)}
	_, err := a.tryRefused(ctx, "multipart upload that names GOVERNANCE", func(ctx context.Context, c *s3.Client) error {
		_, err := a.upload(ctx, c, a.aside, a.body("the data"), lock, unlessThere())
		return err
	})
	return err
}

// lengthenBeyond tries to lengthen the retention beyond the ceiling.
func lengthenBeyond(ctx context.Context, a *attempt) error {
	want := retention(a.modeNow(), overCeiling(a))
	_, err := a.tryRetention(ctx, "PutObjectRetention beyond the ceiling", want, false, a.victim.idOrNil())
	a.mustRefuse()
	return err
}

// rewriteOnce overwrites an object on the condition that there is none; the
// valid request has no condition.
func rewriteOnce(ctx context.Context, a *attempt) error {
	condition := unlessThere()
	if a.valid {
		condition = nil
	}
	_, err := a.tryAs(ctx, "PutObject if there is none", func(ctx context.Context, c *s3.Client) error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, Body: bytes.NewReader(a.body("other data")), IfNoneMatch: condition,
		})
		return err
	})
	return err
}
