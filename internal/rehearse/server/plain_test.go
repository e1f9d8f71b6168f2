package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"

	"datalock/internal/rehearse/server/internal/identity"
)

// asPlain makes the test binary run versitygw without what this module adds: its
// own backend and its own routes, with the same four accounts.
const asPlain = "DATALOCK_TEST_RUN_PLAIN"

func runPlain(args []string) error {
	opts, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		cancel()
	}()
	stdout := os.Stdout
	os.Stdout = nil
	data, err := openFolder(opts.dir)
	if err != nil {
		return err
	}
	err = servePlain(ctx, opts, data, stdout)
	return errors.Join(err, data.close())
}

func servePlain(ctx context.Context, opts options, data *folder, stdout *os.File) error {
	keys, err := loadKeys(data.path, os.Getenv)
	if err != nil {
		return err
	}
	buckets, err := data.sub("buckets")
	if err != nil {
		return err
	}
	versions, err := data.sub("versions")
	if err != nil {
		return err
	}
	backend, err := posix.New(buckets, meta.XattrMeta{}, posix.PosixOpts{
		VersioningDir:       versions,
		CopyObjectThreshold: 5 << 30,
	})
	if err != nil {
		return err
	}
	root := middlewares.RootUserConfig{Access: keys[identity.Root].Access, Secret: keys[identity.Root].Secret}
	l := &listener{listening: make(chan struct{}), endpoint: make(chan string, 1), failed: make(chan error, 1)}
	l.server, err = s3api.New(backend, root, opts.region, identity.New(keys), nil, nil, nil, nil,
		s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithConcurrencyLimiter(maxConnections, maxConnections),
		s3api.WithOnListen(func() { close(l.listening) }))
	if err != nil {
		return err
	}
	go func() { l.failed <- listen(l.server, "http://", opts.addr, l.endpoint) }()
	select {
	case err := <-l.failed:
		return fmt.Errorf("plain versitygw: %w", err)
	case <-l.listening:
	}
	announcement := newReady(opts, data, keys)
	announcement.Endpoint = <-l.endpoint
	if err := announcement.print(stdout); err != nil {
		return err
	}
	<-ctx.Done()
	return stop(l)
}
