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
	"slices"
	"syscall"
	"time"

	"github.com/versity/versitygw/iamapi"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"

	"datalock/internal/rehearse/server/internal/batchjobs"
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
	build, err := prepare(opts, data, keys)
	if err != nil {
		return err
	}
	var plain, secure *listener
	if opts.tls {
		cert, err := makeCertificate(data, opts.addr)
		if err != nil {
			return err
		}
		announcement.CAPEM, announcement.CAFile = cert.pem, cert.certFile
		if plain, err = build.listen("http://", anyPort(opts.addr)); err != nil {
			return err
		}
		secure, err = build.listen("https://", opts.addr, s3api.WithTLS(cert.storage))
		if err != nil {
			return err
		}
	} else if secure, err = build.listen("http://", opts.addr); err != nil {
		return err
	}
	for _, l := range []*listener{plain, secure} {
		if l == nil {
			continue
		}
		select {
		case <-l.listening:
		case err := <-l.failed:
			return err
		case <-ctx.Done():
			return stop(l)
		}
	}
	announcement.Endpoint = <-secure.endpoint
	if plain != nil {
		announcement.PlainEndpoint = <-plain.endpoint
	}
	build.jobs.Start(ctx, jobClient(announcement, keys[identity.Batch]))
	if err := announcement.print(stdout); err != nil {
		return err
	}
	return serveUntil(ctx, secure, plain)
}

// serveUntil waits for the end, or for a failure.
func serveUntil(ctx context.Context, main, other *listener) error {
	var otherFailed chan error
	if other != nil {
		otherFailed = other.failed
	}
	select {
	case err := <-main.failed:
		return err
	case err := <-otherFailed:
		return err
	case <-ctx.Done():
	}
	return stop(main, other)
}

// anyPort returns an address with a free port in place of its own.
func anyPort(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort(host, "0")
}

// A builder makes servers over one backend: what one writes is what another
// reads, under one set of locks.
type builder struct {
	backend *objectlock.Backend
	jobs    *batchjobs.Service
	root    middlewares.RootUserConfig
	users   *identity.Service
	region  string
	options []s3api.Option
}

// A listener is a server that takes requests at an endpoint.
type listener struct {
	server    *s3api.S3ApiServer
	listening chan struct{}
	endpoint  chan string
	failed    chan error
}

// listen starts a server.
func (b *builder) listen(scheme, addr string, extra ...s3api.Option) (*listener, error) {
	l := &listener{listening: make(chan struct{}), endpoint: make(chan string, 1), failed: make(chan error, 1)}
	options := append(slices.Clip(b.options), extra...)
	options = append(options, s3api.WithOnListen(func() { close(l.listening) }))
	var err error
	l.server, err = s3api.New(b.backend, b.root, b.region, b.users, nil, nil, nil, nil, options...)
	if err != nil {
		return nil, fmt.Errorf("set up versitygw: %w", err)
	}
	go func() { l.failed <- listen(l.server, scheme, addr, l.endpoint) }()
	return l, nil
}

// prepare puts versitygw together with this module's additions.
func prepare(opts options, data *folder, keys map[identity.Name]identity.Key) (*builder, error) {
	paths := map[string]string{}
	for _, name := range []string{"buckets", "versions", "configurations", "jobs"} {
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
	backend, err := objectlock.New(objectlock.Folders{
		Buckets:  paths["buckets"],
		Versions: paths["versions"],
	}, store, accounts, func(keys int) {
		fmt.Fprintf(os.Stderr, "server: looking for what a killed server left: %d keys so far\n", keys)
	})
	if err != nil {
		return nil, err
	}
	exempt := keys[identity.Preparer]
	root := middlewares.RootUserConfig{Access: exempt.Access, Secret: exempt.Secret}
	documents := &front.Front{Root: root, IAM: accounts, Region: opts.region, Backend: backend, Store: store}
	jobs, err := batchjobs.Open(paths["jobs"])
	if err != nil {
		return nil, err
	}
	jobs.Root, jobs.IAM, jobs.Region = root, accounts, opts.region
	options := append(drained(), jobs.Options()...)
	options = append(options, documents.Options()...)
	options = append(options, s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithMiddleware("/", objectlock.Remember),
		s3api.WithConcurrencyLimiter(maxConnections, maxConnections))
	return &builder{backend: backend, jobs: jobs, root: root, users: accounts, region: opts.region, options: options}, nil
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
func listen(server *s3api.S3ApiServer, scheme, wanted string, endpoint chan string) error {
	for try := 1; ; try++ {
		addr, chosen, err := resolvePort(wanted)
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
func stop(listeners ...*listener) error {
	deadline := time.After(stopWithin)
	for _, l := range listeners {
		if l == nil {
			continue
		}
		ended := make(chan error, 1)
		go func() { ended <- l.server.ShutDown() }()
		select {
		case <-ended:
		case <-l.failed:
		case <-deadline:
		}
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
