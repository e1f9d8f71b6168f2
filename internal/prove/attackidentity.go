package prove

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// readVersion tries to read the victim's data.
func readVersion(ctx context.Context, a *attempt) error {
	_, err := a.tryAs(ctx, "GetObject of the version", func(ctx context.Context, c *s3.Client) error {
		out, err := c.GetObject(ctx, &s3.GetObjectInput{
			Bucket: &a.bucket, Key: &a.victim.key, VersionId: a.victim.idOrNil(),
		})
		if err != nil {
			return err
		}
		defer func() { _ = out.Body.Close() }()
		body, err := io.ReadAll(out.Body)
		a.got.data = a.got.data || len(body) > 0 // a single byte is a breach
		return err
	})
	return err
}

// tryAs sends a request that S3 refuses from this principal.
func (a *attempt) tryAs(
	ctx context.Context, operation string, send func(context.Context, *s3.Client) error,
) (bool, error) {
	if a.valid {
		return a.try(ctx, operation, send)
	}
	return a.tryRefused(ctx, operation, send)
}

// writeNew tries to write to the trial's new key.
func writeNew(ctx context.Context, a *attempt) error {
	_, err := a.tryAs(ctx, "PutObject", func(ctx context.Context, c *s3.Client) error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &a.bucket, Key: &a.aside, Body: bytes.NewReader(a.body("the data")), IfNoneMatch: unlessThere(),
		})
		return err
	})
	return err
}

// deleteByRead sends a DELETE to a URL presigned for reading; the valid request
// uses one presigned for deleting.
func deleteByRead(ctx context.Context, a *attempt) error {
	if a.valid {
		return deletePresigned(ctx, a)
	}
	signed, err := a.presign(ctx, http.MethodGet, a.victim, time.Minute)
	if err != nil {
		return err
	}
	return a.tryURL(ctx, "DeleteObject by a URL presigned for GetObject", http.MethodDelete, signed)
}

// deleteExpired uses an expired presigned URL.
func deleteExpired(ctx context.Context, a *attempt) error {
	if a.valid {
		return deletePresigned(ctx, a)
	}
	signed, err := a.presign(ctx, http.MethodDelete, a.victim, time.Second)
	if err != nil {
		return err
	}
	if err := a.wait(ctx, a.clock.now().Add(time.Second)); err != nil {
		return err
	}
	return a.tryURL(ctx, "DeleteObject by an expired presigned URL", http.MethodDelete, signed)
}

// readInClear tries to read over plain http; the valid request uses TLS.
func readInClear(ctx context.Context, a *attempt) error {
	if a.valid {
		return readVersion(ctx, a)
	}
	if strings.HasPrefix(a.endpoint.URL, "http:") {
		return notHere("the endpoint has no TLS; use one that begins with https:")
	}
	signed, err := a.presignAt(ctx, a.endpoint.PlainURL, http.MethodGet, a.victim, time.Minute)
	if err != nil {
		return err
	}
	plain := strings.Replace(signed, "https://", "http://", 1)
	return a.readURL(ctx, a.through(a.signer(), 0), "GetObject over plain http", plain)
}

// readByOldTLS tries to read over a TLS version below the minimum.
func readByOldTLS(ctx context.Context, a *attempt) error {
	if a.valid {
		return readVersion(ctx, a)
	}
	if strings.HasPrefix(a.endpoint.URL, "http:") {
		return notHere("the endpoint has no TLS; use one that begins with https:")
	}
	newest, name := uint16(tls.VersionTLS11), "TLS 1.1"
	if a.guards.MinimumTLS == "1.3" {
		newest, name = tls.VersionTLS12, "TLS 1.2"
	}
	signed, err := a.presign(ctx, http.MethodGet, a.victim, time.Minute)
	if err != nil {
		return err
	}
	return a.readURL(ctx, a.through(a.signer(), newest), "GetObject over "+name, signed)
}

// signer returns the principal that signs requests sent without the SDK: the
// attacker if it has credentials, else the owner.
func (a *attempt) signer() Principal {
	if a.endpoint.Credentials[a.who()] != nil {
		return a.who()
	}
	return Owner
}

// readURL reads from a URL and records whether it returned data. These trials
// are about how the client connects, so a refused connection is a result too:
// it keeps the data safe, though the policy had no part in it.
func (a *attempt) readURL(ctx context.Context, through *http.Client, name, at string) error {
	request, err := call(to(ctx, ToAttack), name, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return err
		}
		response, err := through.Do(request)
		if refusesToConnect(err) {
			return notConnected{err}
		}
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
	a.mustRefuse()
	// A TLS server answers plain http with 400 and no S3 error.
	if errors.As(err, &notConnected{}) || request.Code == "" && request.Status == http.StatusBadRequest {
		a.final()
		a.got.unreached = "the endpoint doesn't accept such connections, so the bucket policy was not reached"
		return nil
	}
	if a.endsConnections(ctx, at, err) {
		a.final()
		a.got.unreached = "the endpoint ended each such connection, and answers others, " +
			"so the bucket policy was not reached"
		return nil
	}
	return unreachable(err)
}

// endsConnections reports whether the server ended each connection to a port on
// which it answers over TLS: some do so instead of sending an alert.
func (a *attempt) endsConnections(ctx context.Context, at string, err error) bool {
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		return false
	}
	base, unresolved := a.endpoint.base(ctx)
	to, failed := url.Parse(at)
	endpoint, unknown := url.Parse(base)
	if unresolved != nil || failed != nil || unknown != nil || to.Host != endpoint.Host {
		return false
	}
	// Not recorded, because it isn't the attack.
	request, _ := a.head(context.WithValue(ctx, recorderKey{}, nil))
	return request.accepted()
}

// notConnected is the error of a connection that the server refused, so that it
// isn't tried again.
type notConnected struct{ cause error }

func (n notConnected) Error() string { return n.cause.Error() }
func (n notConnected) Unwrap() error { return n.cause }

// plainAlert is in net/http's error if a server answers plain HTTP with a TLS alert.
const plainAlert = `malformed HTTP response "\x15\x03`

// refusesToConnect reports whether the server refused the connection itself: no
// port is open, or it sent a TLS alert. Any other network error, such as a
// timeout, says nothing.
func refusesToConnect(err error) bool {
	if err != nil && strings.Contains(err.Error(), plainAlert) {
		return true
	}
	refused := (*net.OpError)(nil)
	// crypto/tls returns the alert of the other side as this operation.
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &refused) && refused.Op == "remote error"
}

// final records that the missing answer to the last request is a result.
func (a *attempt) final() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests[len(a.requests)-1].final = true
}
