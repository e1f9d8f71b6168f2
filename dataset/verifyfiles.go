package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// list lists the versions under the prefix.
func (v *verifier) list(ctx context.Context) error {
	below := v.at.data("")
	for one, err := range v.store.Versions(ctx, below) {
		if store.Denied(err) {
			v.findf(
				Unknown,
				v.at.url(below),
				"not allowed to list versions (s3:ListBucketVersions): can't find hidden, shadowed and extra keys",
			)
			return nil
		}
		if err == nil {
			err = addVersion(v.listed, strings.TrimPrefix(one.Key, below), one)
		}
		if err != nil {
			return err
		}
	}
	v.listable = true
	return nil
}

// check is a file to check.
type check struct {
	number int64
	entry  manifest.Entry
	listed *group
	// rest is what S3 computed at rest, nil if nothing.
	rest *restSum
}

// files checks every file, and reports keys that aren't in the manifest.
func (v *verifier) files(ctx context.Context, d *opened) error {
	buffers := sync.Pool{New: func() any { return make([]byte, 64<<10) }}
	return each(ctx, v.o.Jobs, v.checks(v.withSums(d.entries())), func(ctx context.Context, c check) error {
		buffer := buffers.Get().([]byte)
		defer buffers.Put(buffer) //nolint:staticcheck // 64 KiB outweigh the slice's header
		return v.one(ctx, c, buffer)
	})
}

// checks returns the files of the manifest with what the listing has of them.
func (v *verifier) checks(entries iter.Seq2[restEntry, error]) iter.Seq2[check, error] {
	return func(yield func(check, error) bool) {
		number := int64(0)
		for pair, err := range join(entries, nameOfRest, groups(v.listed), nameOfGroup) {
			if err != nil {
				yield(check{}, err)
				return
			}
			if pair.a == nil {
				v.findf(
					Extra,
					v.at.url(v.at.data(pair.name)),
					"isn't in the manifest; it has %d versions and delete markers",
					len(pair.b.versions),
				)
				continue
			}
			c := check{number, pair.a.entry, pair.b, pair.a.rest}
			if pair.b == nil && v.listable {
				c.listed = &group{name: pair.name}
			}
			number++
			if !yield(c, nil) {
				return
			}
		}
	}
}

// one checks one file.
func (v *verifier) one(ctx context.Context, c check, buffer []byte) error {
	if err := v.store.Limiter.Acquire(ctx); err != nil {
		return err
	}
	key := v.at.data(c.entry.Name)
	s := seen{
		listed: c.listed, gone: v.listable && !c.listed.has(c.entry.VersionID()), atRest: v.sums != nil, rest: c.rest,
	}
	read := v.o.Read || v.sample[c.number]
	if read {
		s.object, s.sum, s.size, s.err = v.read(ctx, key, c.entry, buffer)
	} else {
		s.object, s.err = v.head(ctx, key, c.entry.VersionID())
	}
	if s.err == nil && s.object.Lock.Mode == "" {
		s.object.Lock, s.lockErr = v.store.Retention(ctx, key, c.entry.VersionID())
	}
	v.store.Limiter.Release(s.err == nil)
	for _, err := range []error{s.err, s.lockErr} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && (!store.Answered(err) || store.Expired(err)) {
			return fmt.Errorf("read %s: %w", v.at.url(key), err)
		}
	}
	v.find(judge(v.at.url(key), c.entry, s, v.now(), v.until())...)
	if s.err == nil && s.object.Lock.Mode != "" {
		v.ends(c.entry.Name, s.object.Lock.Until)
	}
	v.mu.Lock()
	v.unread = v.unread || s.lockErr != nil || s.err != nil && !store.NotFound(s.err)
	v.governed = v.governed || s.err == nil && s.object.Lock.Mode == "GOVERNANCE"
	if s.err == nil {
		v.result.Checked++
		if s.object.Archived {
			v.result.Archived++
		}
	}
	if v.result.AtRest != nil && c.rest != nil && c.rest.problem == "" {
		v.result.AtRest.Files++
		v.result.AtRest.Bytes += c.entry.Annotations.Size
	}
	if read && s.err == nil {
		v.result.ReadFiles++
		v.result.ReadBytes += s.size
	}
	v.mu.Unlock()
	v.meter.files.Add(1)
	return nil
}

// A missing version is requested again: a server under repair may briefly not
// find one.
const (
	missingTries = 3
	missingPause = 200 * time.Millisecond
)

// head requests a version.
func (v *verifier) head(ctx context.Context, key, version string) (o store.Object, err error) {
	err = despiteRepair(ctx, func() error {
		o, err = v.store.Head(ctx, key, version)
		return err
	})
	return o, err
}

// despiteRepair sends a request several times if the version is missing.
func despiteRepair(ctx context.Context, request func() error) (err error) {
	for try := range missingTries {
		if try > 0 {
			pause(ctx, missingPause<<try)
		}
		if err = request(); !store.NotFound(err) {
			return err
		}
	}
	return err
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// read downloads a version and hashes it.
func (v *verifier) read(
	ctx context.Context,
	key string,
	e manifest.Entry,
	buffer []byte,
) (o store.Object, sum string, size int64, err error) {
	var body io.ReadCloser
	if err = despiteRepair(ctx, func() error {
		o, body, err = v.store.Get(ctx, key, e.VersionID())
		return err
	}); err != nil {
		return o, "", 0, err
	}
	defer body.Close()
	h := sha256.New()
	for {
		n, err := body.Read(buffer)
		_, _ = h.Write(buffer[:n])
		size += int64(n)
		v.meter.bytes.Add(int64(n))
		if errors.Is(err, io.EOF) {
			return o, fmt.Sprintf("%x", h.Sum(nil)), size, nil
		}
		if err != nil {
			return o, "", size, err
		}
	}
}
