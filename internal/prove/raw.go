package prove

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// A rawRequest is one that the SDK would not send: its query, headers and
// clock are as an attacker wants them.
type rawRequest struct {
	method, key string
	query       url.Values
	header      http.Header
	body        []byte
	// skew is how far the signer's clock is off.
	skew time.Duration
}

// maxErrorBytes is how much of an error's XML is read.
const maxErrorBytes = 64 << 10

// tryRaw signs a raw request as the owner, sends it and records the answer.
func (a *attempt) tryRaw(ctx context.Context, name string, r rawRequest) error {
	answer, err := call(ctx, name, func(ctx context.Context) error {
		request, err := a.sign(ctx, r)
		if err != nil {
			return err
		}
		_, err = do(a.http, request)
		return err
	})
	a.answers = append(a.answers, answer)
	return unreachable(err)
}

// tryURL sends a request to a URL, which is presigned or needs no signature,
// and records the answer.
func (a *attempt) tryURL(ctx context.Context, name, method, url string) (bool, error) {
	return a.tryThrough(ctx, a.http, name, method, url)
}

func (a *attempt) tryThrough(ctx context.Context, through *http.Client, name, method, url string) (bool, error) {
	answer, err := call(ctx, name, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return err
		}
		_, err = do(through, request)
		return err
	})
	a.answers = append(a.answers, answer)
	return err == nil, unreachable(err)
}

func (a *attempt) sign(ctx context.Context, r rawRequest) (*http.Request, error) {
	base := a.endpoint.URL
	if base == "" {
		base = "https://s3." + a.endpoint.Region + ".amazonaws.com"
	}
	target := base + "/" + a.bucket + "/" + (&url.URL{Path: r.key}).EscapedPath()
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		request.Header[name] = values
	}
	hash := sum(r.body)
	request.Header.Set("X-Amz-Content-Sha256", hash)
	keys, err := a.endpoint.Credentials[Owner].Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("have credentials to sign with: %w", err)
	}
	err = v4.NewSigner().SignHTTP(ctx, keys, request, hash, "s3", a.endpoint.Region, time.Now().Add(r.skew),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return request, err
}

// refusalOf reads S3's error document.
func refusalOf(response *http.Response) error {
	var document struct{ Code, Message string }
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes))
	if err != nil {
		return err
	}
	if xml.Unmarshal(text, &document) != nil || document.Code == "" {
		document.Code = http.StatusText(response.StatusCode)
	}
	return &smithy.GenericAPIError{Code: document.Code, Message: document.Message}
}
