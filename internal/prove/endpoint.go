package prove

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// An Endpoint is an S3 server and the credentials for it.
type Endpoint struct {
	// URL is the server's, or empty for AWS.
	URL string
	// Region is the AWS Region of the bucket.
	Region string
	// RootCAs are the certificate authorities to trust, nil for the system's.
	RootCAs *x509.CertPool
	// Credentials are those of each principal; Owner's are needed, a trial
	// whose principal has none is not run. Anonymous and Impostor need none.
	Credentials map[Principal]aws.CredentialsProvider
	// OwnerExempt says that the server applies no bucket policy to the owner.
	OwnerExempt bool
}

// Limits of how long a request may take, so that a server that hangs ends the
// run.
const (
	requestTimeout = 30 * time.Second
	retries        = 3
	longestBackoff = time.Second
)

// clients are the ways to an endpoint, made once for a run.
type clients struct {
	endpoint Endpoint
	http     *http.Client
	by       map[Principal]*s3.Client
}

func newClients(e Endpoint) (*clients, error) {
	if e.Credentials[Owner] == nil {
		return nil, fmt.Errorf("attack %s: the owner's credentials are missing", e.name())
	}
	c := &clients{endpoint: e, http: e.httpClient(0), by: map[Principal]*s3.Client{}}
	for who, keys := range e.Credentials {
		c.by[who] = c.client(keys, c.http)
	}
	c.by[Anonymous] = c.client(aws.AnonymousCredentials{}, c.http)
	c.by[Impostor] = c.client(wrongSecret{e.Credentials[Owner]}, c.http)
	if e.Credentials[Admin] == nil && !e.OwnerExempt {
		c.by[Admin] = c.by[Owner]
	}
	return c, nil
}

func (e Endpoint) name() string {
	if e.URL == "" {
		return "AWS " + e.Region
	}
	return e.URL
}

// httpClient returns a client that speaks no newer TLS than newest, or any
// version where that is 0.
func (e Endpoint) httpClient(newest uint16) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.TLSClientConfig = &tls.Config{RootCAs: e.RootCAs, MaxVersion: newest}
	if newest != 0 && newest < tls.VersionTLS12 {
		base.TLSClientConfig.MinVersion = tls.VersionTLS10
	}
	base.MaxIdleConnsPerHost = 16
	return &http.Client{Transport: transport{base}, Timeout: requestTimeout}
}

func (c *clients) client(keys aws.CredentialsProvider, through *http.Client) *s3.Client {
	o := s3.Options{
		Region:      c.endpoint.Region,
		Credentials: keys,
		HTTPClient:  through,
		// Without a checksum S3 takes no lock.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = retries, longestBackoff
		}),
	}
	if c.endpoint.URL != "" {
		o.BaseEndpoint, o.UsePathStyle = aws.String(c.endpoint.URL), true
	}
	return s3.New(o)
}

// Static returns credentials of a key pair.
func Static(accessKey, secretKey string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")
}
