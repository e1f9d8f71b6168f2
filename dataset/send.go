package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"datalock/dataset/internal/folder"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// results are the results of all workers.
type results struct {
	mu         sync.Mutex
	sent, kept atomic.Int64
	// lengthened counts the locks of existing versions that ended too soon.
	lengthened atomic.Int64
	// continued counts the finished uploads that an earlier run began, longer those of
	// them that are locked longer than this run asks for, at most until longest.
	continued, longer int64
	longest           time.Time
	// givenUp counts the unfinished uploads that stay.
	givenUp atomic.Int64
	// plain says that the caller may not set a retention. Then uploads name
	// none, the bucket's default applies, and each lock is read back.
	plain atomic.Bool
	// readBack says that S3 has kept a lock that an upload named.
	readBack atomic.Bool
}

// A job is a file to send, with its existing version in the bucket, if any.
type job struct {
	file    folder.File
	version string
	// began is when this run began the upload of the version, zero if it didn't, and lock
	// what it asked for, nil for the bucket's default.
	began time.Time
	lock  *store.Lock
	// continued says that an earlier run began the upload, so its lock is what that run
	// asked for, and may have ended.
	continued bool
}

// send sends the files that the bucket doesn't have, and creates the entries of
// all. The first file is sent alone: if the server doesn't keep its lock, no
// other follows.
func (p *publisher) send(ctx context.Context) error {
	first := true
	jobs := func(yield func(job, error) bool) {
		for pair, err := range p.pairs() {
			if err != nil {
				yield(job{}, err)
				return
			}
			if pair.a == nil {
				continue
			}
			j := job{file: *pair.a}
			if pair.b != nil {
				j.version = pair.b.versions[0].VersionID
			}
			if first {
				first = false
				if err := p.one(ctx, j); err != nil {
					yield(j, err)
					return
				}
				continue
			}
			if !yield(j, nil) {
				return
			}
		}
	}
	return each(ctx, p.o.Jobs, jobs, p.one)
}

// one creates the entry of one file, and sends the file if the bucket doesn't
// have it.
func (p *publisher) one(ctx context.Context, j job) error {
	open, err := openListed(p.listing, j.file)
	if err != nil {
		return err
	}
	defer open.close()
	var s sentFile
	if part := manifest.PartSizeOf(j.file.Size); part == 0 {
		s, err = p.single(ctx, j, open)
	} else {
		s, err = p.inParts(ctx, j, open, part)
	}
	if err != nil {
		return err
	}
	line, err := p.entry(j.file, s).Line()
	if err != nil {
		return err
	}
	p.results.mu.Lock()
	defer p.results.mu.Unlock()
	if s.kept {
		p.results.kept.Add(1)
	} else {
		p.results.sent.Add(1)
	}
	p.meter.files.Add(1)
	return p.entries.Add(append([]byte(j.file.Name+"\x00"), line...))
}

// sentFile is a file and its version in the bucket.
type sentFile struct {
	sum      [sha256.Size]byte
	checksum manifest.Checksum
	object   store.Object
	kept     bool
}

func (p *publisher) entry(f folder.File, s sentFile) manifest.Entry {
	return manifest.Entry{
		Name: f.Name, URI: manifest.URI(p.at.Bucket, s.object.Key, s.object.VersionID),
		Digest: manifest.Digest{SHA256: fmt.Sprintf("%x", s.sum)},
		Annotations: manifest.Annotations{
			Size:        f.Size,
			Mode:        s.object.Lock.Mode,
			RetainUntil: s.object.Lock.Until,
			LegalHold:   s.object.LegalHold,
			S3:          s.checksum,
			Encryption:  s.object.Encryption,
			KMSKeyID:    s.object.KMSKeyID,
		},
	}
}

// single sends a file in one PUT. It reads the file once, into memory, and
// hashes it before sending it.
func (p *publisher) single(ctx context.Context, j job, open *openFile) (sentFile, error) {
	weight := capacity(j.file.Size)
	if err := p.memory.Acquire(ctx, weight); err != nil {
		return sentFile{}, context.Cause(ctx)
	}
	defer p.memory.Release(weight)
	buffer := takeBuffer(j.file.Size)
	defer giveBuffer(buffer)
	if err := open.read(buffer, 0); err != nil {
		return sentFile{}, err
	}
	if err := open.unchanged(); err != nil {
		return sentFile{}, err
	}
	s := sentFile{sum: sha256.Sum256(buffer)}
	s.checksum = manifest.SinglePut(s.sum)
	var err error
	if j.version == "" {
		s.object, err = p.put(ctx, p.at.data(j.file.Name), buffer, s.sum)
		if errors.Is(err, store.ErrExists) {
			j.version = newest
		}
	}
	if j.version != "" {
		s.kept = true
		s.object, err = p.already(ctx, j, s.checksum)
	}
	p.meter.bytes.Add(j.file.Size)
	return s, err
}

// newest stands for the current version of a key.
const newest = "newest"

// already reads an existing version and compares it with the file. If its lock
// ends before what this run asks for, it lengthens it.
func (p *publisher) already(ctx context.Context, j job, want ...manifest.Checksum) (o store.Object, err error) {
	err = p.store.Limiter.Do(ctx, func() (err error) {
		o, err = p.describe(ctx, p.at.data(j.file.Name), j.version, want...)
		switch {
		case err != nil:
		case j.began.IsZero():
			least, until := p.retention.existing(o.Modified, p.now())
			if err = p.hold(ctx, &o, least, until); err == nil && j.continued {
				p.countContinued(o.Lock.Until)
			}
		case j.lock == nil:
			err = p.asPlanned(o, j.began)
		case o.Lock.Until.Before(j.lock.Until):
			err = p.notAsked(o)
		}
		return err
	})
	return o, err
}

// describe reads a version and its lock. Its checksum must be one of those that
// it can have.
func (p *publisher) describe(
	ctx context.Context, key, version string, want ...manifest.Checksum,
) (store.Object, error) {
	if version == newest {
		version = ""
	}
	o, err := p.read(ctx, key, version)
	if err != nil {
		return o, err
	}
	if err := sameBytes(o.SHA256, want); err != nil {
		return o, fmt.Errorf("%s: already exists %w", p.at.url(key), err)
	}
	return o, p.usable(o)
}
