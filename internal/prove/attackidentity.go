package prove

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// readVersion asks for the victim's bytes.
func readVersion(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "GetObject of the version", func(ctx context.Context, c *s3.Client) error {
		out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil()})
		if err != nil {
			return err
		}
		defer func() { _ = out.Body.Close() }()
		body, err := io.ReadAll(out.Body)
		a.got.data = a.got.data || len(body) > 0 // one byte is too much
		return err
	})
	return err
}

// writeNew writes to the trial's new key.
func writeNew(ctx context.Context, a *attempt) error {
	_, err := a.try(ctx, "PutObject", func(ctx context.Context, c *s3.Client) error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &a.bucket, Key: &a.aside, Body: bytes.NewReader(a.body("the data")), IfNoneMatch: unlessThere()})
		return err
	})
	return err
}

// deleteByRead sends a delete to a URL that was signed for reading; done
// rightly, to one that was signed for deleting.
func deleteByRead(ctx context.Context, a *attempt) error {
	if a.right {
		return deletePresigned(ctx, a)
	}
	signed, err := a.presignGet(ctx, a.victim)
	if err != nil {
		return err
	}
	_, err = a.tryURL(ctx, "DeleteObject by a URL presigned for GetObject", http.MethodDelete, signed)
	return err
}

// deleteExpired uses a presigned URL whose time is over.
func deleteExpired(ctx context.Context, a *attempt) error {
	if a.right {
		return deletePresigned(ctx, a)
	}
	signed, err := a.presignDelete(ctx, a.victim, time.Second)
	if err != nil {
		return err
	}
	if err := wait(ctx, time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = a.tryURL(ctx, "DeleteObject by an expired presigned URL", http.MethodDelete, signed)
	return err
}

// readInClear asks for the data over plain http; done rightly, over TLS.
func readInClear(ctx context.Context, a *attempt) error {
	if a.right {
		return readVersion(ctx, a)
	}
	if strings.HasPrefix(a.endpoint.URL, "http:") {
		return notHere("the endpoint has no TLS at all")
	}
	signed, err := a.presignGet(ctx, a.victim)
	if err != nil {
		return err
	}
	return a.readURL(ctx, a.http, "GetObject over plain http", strings.Replace(signed, "https://", "http://", 1))
}

// readByOldTLS asks for the data over a TLS version below the oldest allowed.
func readByOldTLS(ctx context.Context, a *attempt) error {
	if a.right {
		return readVersion(ctx, a)
	}
	if strings.HasPrefix(a.endpoint.URL, "http:") {
		return notHere("the endpoint has no TLS at all")
	}
	newest, name := uint16(tls.VersionTLS11), "TLS 1.1"
	if a.guards.MinimumTLS == "1.3" {
		newest, name = tls.VersionTLS12, "TLS 1.2"
	}
	old := a.client(a.endpoint.Credentials[a.subject()], a.endpoint.httpClient(newest))
	signed, err := s3.NewPresignClient(old).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil()})
	if err != nil {
		return err
	}
	return a.readURL(ctx, a.endpoint.httpClient(newest), "GetObject over "+name, signed.URL)
}

// subject is the strongest principal that bucket policies apply to.
func (a *attempt) subject() Principal {
	if a.endpoint.Credentials[Admin] != nil {
		return Admin
	}
	return Owner
}

// readURL reads from a URL and notes whether it gave out the data. No
// connection is an answer here: the trial is about how one connects.
func (a *attempt) readURL(ctx context.Context, through *http.Client, name, url string) error {
	answer, err := call(ctx, name, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := through.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode >= http.StatusMultipleChoices {
			return refusalOf(response)
		}
		body, err := io.ReadAll(response.Body)
		a.got.data = a.got.data || len(body) > 0
		return err
	})
	a.answers = append(a.answers, answer)
	if ctx.Err() != nil {
		return err
	}
	return nil
}
