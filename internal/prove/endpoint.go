package prove

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/settings"
)

// An Endpoint is an S3 server and the credentials for it.
type Endpoint struct {
	// URL is the server's URL, or empty for AWS.
	URL string
	// PlainURL is the URL without TLS, if it isn't URL with http: instead of
	// https:.
	PlainURL string
	// Region is the AWS Region of the bucket.
	Region string
	// RootCAs are the trusted certificate authorities; nil means the system's.
	RootCAs *x509.CertPool
	// Credentials are the credentials of each principal. Owner's are required;
	// trials of a principal without credentials don't run. Anonymous and
	// Impostor need none.
	Credentials map[Principal]aws.CredentialsProvider
	// Identities are the ARNs behind the credentials, as AWS STS returns them; a
	// principal whose ARN isn't known has none.
	Identities map[Principal]string
	// Root says that the owner's credentials are the account root's.
	Root bool
	// Timeout limits each request, so that a hanging server can't block the
	// run; 0 means 30 seconds.
	Timeout time.Duration
}

// requestTimeout is the default time limit of a request.
const requestTimeout = 30 * time.Second

// maxHeaderBytes limits the headers of an answer.
const maxHeaderBytes = 1 << 20

// clients are the HTTP and S3 clients of an endpoint, made once for a run.
type clients struct {
	endpoint Endpoint
	clock    *clock
	answers  *answers
	by       map[Principal]*s3.Client
	// exempt are the principals that bucket policies did not stop.
	exempt map[Principal]bool
}

func newClients(e Endpoint) (*clients, error) {
	if e.Credentials[Owner] == nil {
		return nil, fmt.Errorf("attack %s: the owner's credentials are missing", e.name())
	}
	c := &clients{
		endpoint: e, clock: &clock{}, answers: newAnswers(), by: map[Principal]*s3.Client{}, exempt: map[Principal]bool{},
	}
	for who, keys := range e.Credentials {
		c.by[who] = c.client(keys, c.through(who, 0))
	}
	c.by[Anonymous] = c.client(aws.AnonymousCredentials{}, c.through(Anonymous, 0))
	c.by[Impostor] = c.client(wrongSecret{e.Credentials[Owner]}, c.through(Impostor, 0))
	if e.Credentials[Admin] == nil {
		c.by[Admin] = c.by[Owner]
	}
	return c, nil
}

// OnAWS reports whether the server is Amazon S3.
func (e Endpoint) OnAWS() bool { return settings.OnAWS(e.URL) }

func (e Endpoint) name() string {
	if e.URL == "" {
		return "AWS " + e.Region
	}
	return e.URL
}

// through returns a client with newest as its highest TLS version, or any
// version if that is 0. It follows no redirects, which would forward the
// signature.
func (c *clients) through(who Principal, newest uint16) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.TLSClientConfig = &tls.Config{RootCAs: c.endpoint.RootCAs, MaxVersion: newest}
	if newest != 0 && newest < tls.VersionTLS12 {
		base.TLSClientConfig.MinVersion = tls.VersionTLS10
	}
	base.MaxIdleConnsPerHost, base.MaxResponseHeaderBytes = 16, maxHeaderBytes
	// Look at answers exactly as the server sent them.
	base.DisableCompression = true
	return &http.Client{
		Transport: transport{
			base: base, who: who, pathStyle: c.endpoint.URL != "", clock: c.clock, answers: c.answers,
		},
		Timeout:       cmp.Or(c.endpoint.Timeout, requestTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// client returns a client that sends each request once; [call] handles retries.
func (c *clients) client(keys aws.CredentialsProvider, through *http.Client) *s3.Client {
	o := s3.Options{
		Region: c.endpoint.Region, Credentials: keys, HTTPClient: through, Retryer: aws.NopRetryer{},
		// S3 requires a checksum for uploads under Object Lock.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	}
	if c.endpoint.URL != "" {
		o.BaseEndpoint, o.UsePathStyle = aws.String(c.endpoint.URL), true
	}
	return s3.New(o)
}

// Static returns the credentials of a key pair.
func Static(accessKey, secretKey string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")
}
