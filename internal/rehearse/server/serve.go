package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/versity/versitygw/iamapi"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"

	"datalock/internal/rehearse/server/internal/bucketstore"
	"datalock/internal/rehearse/server/internal/drain"
	"datalock/internal/rehearse/server/internal/front"
	"datalock/internal/rehearse/server/internal/identity"
	"datalock/internal/rehearse/server/internal/objectlock"
)

const (
	// maxConnections is the number of connections served at a time. It is
	// below the number of calls that the POSIX backend takes, so that a call
	// that waits for a key never keeps out the one that holds it.
	maxConnections = 1000
	// stopWithin is how long requests may take to end when the server stops.
	stopWithin = 3 * time.Second
	// portTries is how often another free port is tried when somebody takes
	// the one that was found.
	portTries = 10
)

// serve runs the server over a data folder until ctx ends.
func serve(ctx context.Context, opts options, data *folder, stdout io.Writer) error {
	if err := data.takesAttributes(); err != nil {
		return err
	}
	keys, err := loadKeys(data.path, os.Getenv)
	if err != nil {
		return err
	}
	announcement := newReady(opts, data, keys)
	var secure []s3api.Option
	if opts.tls {
		cert, err := makeCertificate(data, opts.addr)
		if err != nil {
			return err
		}
		announcement.CAPEM, announcement.CAFile = cert.pem, cert.certFile
		secure = append(secure, s3api.WithTLS(cert.storage))
	}
	listening := make(chan struct{})
	server, err := newServer(opts, data, keys, append(secure, s3api.WithOnListen(func() { close(listening) })))
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	endpoint := make(chan string, 1)
	go func() { failed <- listen(server, opts, endpoint) }()
	for {
		select {
		case <-listening:
			announcement.Endpoint = <-endpoint
			if err := announcement.print(stdout); err != nil {
				return err
			}
			listening = nil
		case err := <-failed:
			return err
		case <-ctx.Done():
			return stop(server, failed)
		}
	}
}

// newServer puts versitygw together with this module's two additions.
func newServer(opts options, data *folder, keys map[identity.Name]identity.Key, extra []s3api.Option) (*s3api.S3ApiServer, error) {
	paths := map[string]string{}
	for _, name := range []string{"buckets", "versions", "configurations"} {
		path, err := data.sub(name)
		if err != nil {
			return nil, err
		}
		paths[name] = path
	}
	store, err := bucketstore.Open(paths["configurations"])
	if err != nil {
		return nil, err
	}
	accounts := identity.New(keys)
	backend, err := objectlock.New(objectlock.Folders{Buckets: paths["buckets"], Versions: paths["versions"]}, store, accounts)
	if err != nil {
		return nil, err
	}
	exempt := keys[identity.Preparer]
	root := middlewares.RootUserConfig{Access: exempt.Access, Secret: exempt.Secret}
	documents := &front.Front{Root: root, IAM: accounts, Region: opts.region, Backend: backend, Store: store}
	options := append(drained(), documents.Options()...)
	options = append(options, s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithMiddleware("/", objectlock.Remember),
		s3api.WithConcurrencyLimiter(maxConnections, maxConnections))
	server, err := s3api.New(backend, root, opts.region, accounts, nil, nil, nil, nil, append(options, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("set up versitygw: %w", err)
	}
	return server, nil
}

// drained puts the drain before everything else that reads bodies.
func drained() []s3api.Option {
	var options []s3api.Option
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		options = append(options, s3api.WithRoute(method, "/*", drain.Handler))
	}
	return options
}

// listen serves until the server is shut down. It sends the endpoint before it
// begins. versitygw doesn't tell which port it got, so port 0 is replaced by a
// free one first.
func listen(server *s3api.S3ApiServer, opts options, endpoint chan string) error {
	scheme := "http://"
	if opts.tls {
		scheme = "https://"
	}
	for try := 1; ; try++ {
		addr, chosen, err := resolvePort(opts.addr)
		if err != nil {
			return err
		}
		endpoint <- scheme + addr
		err = server.ServeMultiPort([]string{addr})
		if err == nil || !chosen || try == portTries || !errors.Is(err, syscall.EADDRINUSE) {
			if err != nil {
				return fmt.Errorf("serve on %s: %w", addr, err)
			}
			return nil
		}
		<-endpoint
	}
}

// resolvePort replaces port 0 by a free port.
func resolvePort(addr string) (resolved string, chosen bool, err error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", false, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if port != "0" {
		return addr, false, nil
	}
	probe, err := net.Listen("tcp", addr)
	if err != nil {
		return "", false, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = probe.Close() }()
	return probe.Addr().String(), true, nil
}

// stop lets running requests end, for a while.
func stop(server *s3api.S3ApiServer, failed <-chan error) error {
	ended := make(chan error, 1)
	go func() { ended <- server.ShutDown() }()
	select {
	case <-ended:
	case <-failed:
	case <-time.After(stopWithin):
	}
	return nil
}

// certificate is the server's own, made for one run.
type certificate struct {
	storage       *iamapi.CertStorage
	pem, certFile string
}

func makeCertificate(data *folder, addr string) (certificate, error) {
	dir, err := data.sub("tls")
	if err != nil {
		return certificate{}, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return certificate{}, fmt.Errorf("make a certificate for %s: %w", addr, err)
	}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	text, err := writeCertificate(certFile, keyFile, net.ParseIP(host))
	if err != nil {
		return certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	storage := iamapi.NewCertStorage()
	if err := storage.SetCertificate(certFile, keyFile); err != nil {
		return certificate{}, fmt.Errorf("load the certificate: %w", err)
	}
	return certificate{storage, text, certFile}, nil
}
