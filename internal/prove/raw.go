package prove

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// A rawRequest is a request that the SDK would not send, with freely chosen
// query, headers and signing time.
type rawRequest struct {
	method, key string
	query       url.Values
	header      http.Header
	body        []byte
	// base is the server's URL; if empty, the endpoint's.
	base string
	// skew is added to the server's time for signing.
	skew time.Duration
	// allowed says that S3 accepts such a request.
	allowed bool
}

// maxErrorBytes limits how much of an error document is read.
const maxErrorBytes = 64 << 10

// tryRaw signs a raw request as the attacker and sends it.
func (a *attempt) tryRaw(ctx context.Context, name string, r rawRequest) error {
	_, err := call(to(ctx, ToAttack), name, func(ctx context.Context) error {
		request, err := a.sign(ctx, r)
		if err != nil {
			return err
		}
		_, err = do(a.through(a.signer(), 0), request)
		return err
	})
	if !r.allowed {
		a.mustRefuse()
	}
	return unreachable(err)
}

// tryURL sends a request that S3 refuses to a presigned URL.
func (a *attempt) tryURL(ctx context.Context, name, method, url string) error {
	_, err := call(to(ctx, ToAttack), name, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return err
		}
		_, err = do(a.through(a.signer(), 0), request)
		return err
	})
	a.mustRefuse()
	return unreachable(err)
}

// unsigned builds an unsigned request to the bucket with a path-style URL.
func (a *attempt) unsigned(ctx context.Context, r rawRequest) (*http.Request, error) {
	base := r.base
	if base == "" {
		var err error
		if base, err = a.endpoint.base(ctx); err != nil {
			return nil, err
		}
	}
	target := strings.TrimSuffix(base, "/") + "/" + a.bucket + "/" + (&url.URL{Path: r.key}).EscapedPath()
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("create the request: %w", err)
	}
	for name, values := range r.header {
		request.Header[name] = values
	}
	return request, nil
}

// base returns the endpoint's URL, or that of S3 in its Region.
func (e Endpoint) base(ctx context.Context) (string, error) {
	if e.URL != "" {
		return e.URL, nil
	}
	return awsURL(ctx, e.Region)
}

// awsURL returns the URL of S3 in a Region, whose host depends on the partition.
func awsURL(ctx context.Context, region string) (string, error) {
	found, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, s3.EndpointParameters{Region: &region})
	if err != nil {
		return "", fmt.Errorf("find the endpoint of S3 in %s: %w", region, err)
	}
	return found.URI.String(), nil
}

func (a *attempt) keys(ctx context.Context) (aws.Credentials, error) {
	keys, err := a.endpoint.Credentials[a.signer()].Retrieve(ctx)
	if err != nil {
		return keys, fmt.Errorf("get credentials to sign with: %w", err)
	}
	return keys, nil
}

func plainPath(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }

func (a *attempt) sign(ctx context.Context, r rawRequest) (*http.Request, error) {
	request, err := a.unsigned(ctx, r)
	if err != nil {
		return nil, err
	}
	keys, err := a.keys(ctx)
	if err != nil {
		return nil, err
	}
	hash := sum(r.body)
	request.Header.Set("X-Amz-Content-Sha256", hash)
	if len(r.body) > 0 {
		// S3 requires a checksum for uploads under Object Lock.
		digest := sha256.Sum256(r.body)
		request.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(digest[:]))
	}
	when := a.clock.now().Add(r.skew)
	return request, v4.NewSigner().SignHTTP(ctx, keys, request, hash, "s3", a.endpoint.Region, when, plainPath)
}

// presign returns a URL that lets anyone send the method to a version for a
// limited time, which starts now by the server's clock.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
func (a *attempt) presign(ctx context.Context, method string, v version, valid time.Duration) (string, error) {
	return a.presignAt(ctx, "", method, v, valid)
}

// presignAt is presign with another base URL.
func (a *attempt) presignAt(ctx context.Context, base, method string, v version, valid time.Duration) (string, error) {
	query := url.Values{"X-Amz-Expires": {strconv.Itoa(int(valid.Seconds()))}}
	if v.id != "" {
		query.Set("versionId", v.id)
	}
	request, err := a.unsigned(ctx, rawRequest{base: base, method: method, key: v.key, query: query})
	if err != nil {
		return "", err
	}
	keys, err := a.keys(ctx)
	if err != nil {
		return "", err
	}
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, keys, request, "UNSIGNED-PAYLOAD", "s3",
		a.endpoint.Region, a.clock.now(), plainPath)
	if err != nil {
		return "", fmt.Errorf("presign a request: %w", err)
	}
	return signed, nil
}

// refusalOf turns S3's error document into an error.
func refusalOf(response *http.Response) error {
	var document struct{ Code, Message string }
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes))
	if err != nil {
		return err
	}
	// An answer that isn't an S3 error document has no code and decides
	// nothing.
	_ = xml.Unmarshal(text, &document)
	return &smithy.GenericAPIError{Code: document.Code, Message: document.Message}
}
