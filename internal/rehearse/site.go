package rehearse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"datalock/internal/prove"
	"datalock/internal/rehearse/local"
	"datalock/internal/report"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// findTools finds terraform and builds the local server if it is needed.
func (r *rehearsal) findTools(ctx context.Context) (err error) {
	r.terraform, err = FindTerraform(ctx, r.Cache, func() {
		r.Progress.Note("installing Terraform " + terraformVersion + ", because there is no terraform or tofu on PATH")
	})
	if err != nil || r.Remote != nil {
		return err
	}
	source, err := local.Source(r.Project, os.Getenv)
	if err != nil {
		return err
	}
	r.binary, err = local.Build(ctx, source, r.Cache, r.folder.path, func() {
		r.Progress.Note("building the local S3 server for the first time, which takes up to two minutes")
	})
	return err
}

// A site is where a stack is rehearsed: a folder and an S3 server.
type site struct {
	dir, endpoint, caFile string
	// server is the local server, or nil on a remote endpoint.
	server *local.Server
	remote *Remote
	roots  *x509.CertPool
}

// open creates the stack's folder and starts the server.
func (r *rehearsal) open(ctx context.Context, stack string) (*site, error) {
	s := &site{dir: filepath.Join(r.folder.path, stack)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the stack's folder: %w", err)
	}
	if r.Remote != nil {
		s.remote, s.endpoint, s.caFile = r.Remote, r.Remote.URL, r.Remote.CAFile
		return s, s.trust()
	}
	r.Progress.Step("server", "the local S3 server")
	server, err := local.Start(ctx, r.binary, "--tls",
		"--dir", filepath.Join(s.dir, "server"), "--region", r.Settings.RegionOf(stack))
	if err != nil {
		return nil, err
	}
	s.server, s.endpoint, s.caFile = server, server.Endpoint, server.CAFile
	if err := s.trust(); err != nil {
		server.Stop()
		return nil, err
	}
	r.Progress.Done(fmt.Sprintf("%s, versitygw %s", server.Endpoint, server.Versions["versitygw"]))
	return s, nil
}

// trust reads the certificate authorities of the endpoint.
func (s *site) trust() error {
	if s.caFile == "" {
		return nil
	}
	pem, err := os.ReadFile(s.caFile)
	if err != nil {
		return fmt.Errorf("read the certificates to trust: %w", err)
	}
	if s.roots, err = x509.SystemCertPool(); err != nil {
		s.roots = x509.NewCertPool()
	}
	if !s.roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("read the certificates to trust: %s has none", s.caFile)
	}
	return nil
}

func (s *site) close() {
	if s.server != nil {
		s.server.Stop()
	}
}

// errServer is returned if the local server ends during a rehearsal.
var errServer = errors.New("the local S3 server ended during the rehearsal")

// watch returns a context that ends when the local server does.
func (s *site) watch(ctx context.Context) (context.Context, func()) {
	ctx, stop := context.WithCancelCause(ctx)
	if s.server != nil {
		go func() {
			select {
			case <-s.server.Ended():
				stop(fmt.Errorf("%w: %s", errServer, s.server.LastWords()))
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { stop(nil) }
}

// describe returns where the trials ran, for the report.
func (s *site) describe() report.Server {
	if s.server == nil {
		return report.Server{Endpoint: s.endpoint, Kind: report.KindOf(s.endpoint)}
	}
	return report.Server{
		Endpoint: s.endpoint, Kind: report.Local, Versions: s.server.Versions,
		Enforced: s.server.Enforced, Kept: s.server.Kept, Gaps: s.server.Gaps,
	}
}

// accounts maps the principals to accounts of the local server.
var accounts = map[prove.Principal]string{
	prove.Owner: "preparer", prove.Admin: "admin", prove.Writer: "writer", prove.Stranger: "stranger",
}

func (s *site) trialEndpoint(region string) prove.Endpoint {
	e := prove.Endpoint{
		URL: s.endpoint, Region: region, RootCAs: s.roots,
		Credentials: map[prove.Principal]aws.CredentialsProvider{}, Identities: map[prove.Principal]string{},
	}
	if s.server == nil {
		e.Credentials[prove.Owner] = s.remote.Credentials
		return e
	}
	e.PlainURL = s.server.PlainEndpoint
	for principal, account := range accounts {
		user := s.server.Users[account]
		e.Credentials[principal] = prove.Static(user.AccessKey, user.SecretKey)
		e.Identities[principal] = user.ARN
	}
	return e
}

// ownerClient returns a client for the local server with root's keys.
func (s *site) ownerClient() *s3.Client { return s.clientOf("root") }

// clientOf returns a client for the local server with a user's keys.
func (s *site) clientOf(name string) *s3.Client {
	user := s.server.Users[name]
	through := http.DefaultTransport.(*http.Transport).Clone()
	through.TLSClientConfig = &tls.Config{RootCAs: s.roots}
	return s3.New(s3.Options{
		Region: s.server.Region, BaseEndpoint: &s.endpoint, UsePathStyle: true, HTTPClient: &http.Client{Transport: through},
		Credentials:                prove.Static(user.AccessKey, user.SecretKey),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
}
