package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"sync"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"

	"golang.org/x/sync/errgroup"
)

// maxBuffered is the largest part held in memory, in bytes. Larger parts, in
// files over 156 GiB, are read twice: once to hash them and once to send them.
const maxBuffered = 16 << 20

// inParts sends a file in parts. Each part is read once. Its hash and the hash
// of the whole file are computed in parallel, while other parts are sent.
func (p *publisher) inParts(ctx context.Context, j job, open *openFile, partSize int64) (sentFile, error) {
	u, done, err := p.upload(ctx, j, open, partSize, false)
	for range conflicts {
		if !errors.Is(err, store.ErrConflict) {
			break
		}
		p.meter.bytes.Add(-j.file.Size)
		p.giveUp(u.key, u.id, "another writer was in the way")
		u, done, err = p.upload(ctx, j, open, partSize, true)
	}
	if err != nil && !errors.Is(err, store.ErrExists) {
		return sentFile{}, err
	}
	s := sentFile{sum: [32]byte(u.whole.Sum(nil)), checksum: u.checksum(), kept: j.version != ""}
	j.continued = j.version == "" && u.began.IsZero()
	switch {
	case err != nil:
		// It can be this upload itself: its answer was lost.
		j.version = newest
		if _, err := p.store.Parts(ctx, u.key, u.id); err == nil {
			p.giveUp(u.key, u.id, "another writer has created the object")
			j.continued = false
		}
	case j.version == "":
		j.version, j.began, j.lock = done.VersionID, u.began, u.lock
	}
	// Another tool may have sent the file in one PUT.
	whole := manifest.SinglePut(s.sum)
	if s.object, err = p.already(ctx, j, s.checksum, whole); s.object.SHA256 == whole.Value {
		s.checksum = whole
	}
	return s, err
}

// conflicts is how often a file is sent again if another writer is in the way.
const conflicts = 3

// upload sends the parts of a file and finishes its upload. If the bucket has the file,
// it only computes the hashes. anew says not to continue an unfinished upload.
func (p *publisher) upload(
	ctx context.Context, j job, open *openFile, partSize int64, anew bool,
) (*upload, store.Object, error) {
	u := &upload{
		p:        p,
		key:      p.at.data(j.file.Name),
		open:     open,
		size:     j.file.Size,
		partSize: partSize,
		whole:    sha256.New(),
	}
	u.parts = make([]store.Part, (u.size+partSize-1)/partSize)
	if j.version == "" {
		if err := u.begin(ctx, anew); err != nil {
			return nil, store.Object{}, err
		}
	}
	if err := u.sendAll(ctx); err != nil {
		return nil, store.Object{}, err
	}
	if err := open.unchanged(); err != nil || j.version != "" {
		return u, store.Object{}, err
	}
	done, err := p.store.Finish(ctx, u.key, u.id, u.parts, u.checksum().Value)
	return u, done, err
}

// upload is a file that is sent in parts, or only hashed if the bucket has it.
type upload struct {
	p              *publisher
	key, id        string
	open           *openFile
	size, partSize int64
	whole          hash.Hash
	// there are the parts that S3 has from an earlier run.
	there map[int32]store.Part
	parts []store.Part
	// began is when this run began the upload, zero if an earlier one did, lock with which
	// lock.
	began time.Time
	lock  *store.Lock
}

// checksum returns the checksum of the object that the parts make.
func (u *upload) checksum() manifest.Checksum {
	composite := manifest.NewParts()
	for _, part := range u.parts {
		composite.Add(part.SHA256)
	}
	return composite.Checksum(u.partSize)
}

// begin continues an unfinished upload of the key, or starts one.
func (u *upload) begin(ctx context.Context, anew bool) error {
	if last, ok := u.p.uploads[u.key]; ok && !anew {
		there, ok, err := u.p.continuable(ctx, u.key, last.ID)
		if ok {
			u.id, u.there = last.ID, there
		}
		if ok || err != nil {
			return err
		}
	}
	var err error
	u.began = u.p.now()
	u.id, u.lock, err = u.p.begin(ctx, u.key)
	return err
}

// sendAll sends the parts in order. The hash of the whole file follows in the
// same order.
func (u *upload) sendAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	hashed := make(chan struct{})
	close(hashed)
	for i := range u.parts {
		from := int64(i) * u.partSize
		part, err := u.load(ctx, from, min(u.partSize, u.size-from))
		if err != nil {
			_ = g.Wait()
			return err
		}
		before, after := hashed, make(chan struct{})
		hashed = after
		if part.buffer == nil {
			// Both hashes must come from the same read.
			<-before
			h := sha256.New()
			_, err := io.Copy(io.MultiWriter(u.whole, h), part.body())
			close(after)
			part.release()
			g.Go(func() error {
				defer part.release()
				return firstError(err, u.sendOne(ctx, i, part, [32]byte(h.Sum(nil))))
			})
			continue
		}
		g.Go(func() error {
			defer part.release()
			defer close(after)
			<-before
			_, _ = u.whole.Write(part.buffer)
			return nil
		})
		g.Go(func() error {
			defer part.release()
			return u.sendOne(ctx, i, part, sha256.Sum256(part.buffer))
		})
	}
	return g.Wait()
}

func (u *upload) sendOne(ctx context.Context, i int, part *loaded, sum [32]byte) error {
	defer u.p.meter.bytes.Add(part.size)
	number := int32(i + 1)
	u.parts[i] = store.Part{Number: number, Size: part.size, SHA256: sum}
	if u.id == "" {
		return nil
	}
	if there, ok := u.there[number]; ok && there.SHA256 == sum && there.Size == part.size {
		u.parts[i] = there
		return nil
	}
	return u.p.store.Limiter.Do(ctx, func() error {
		sent, err := u.p.store.SendPart(ctx, u.key, u.id, number, part.body(), part.size, sum)
		if err == nil {
			u.parts[i] = sent
		}
		return err
	})
}

// loaded is a part in memory, or a range of the file if the part is large.
// Hashing and sending each release it.
type loaded struct {
	buffer     []byte
	file       io.ReaderAt
	from, size int64
	mu         sync.Mutex
	holders    int
	free       func()
}

func (u *upload) load(ctx context.Context, from, size int64) (*loaded, error) {
	l := &loaded{file: u.open.file, from: from, size: size, holders: 2}
	weight := int64(maxBuffered)
	if size <= maxBuffered {
		weight = capacity(size)
	}
	if err := u.p.memory.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	l.free = func() { u.p.memory.Release(weight) }
	if size > maxBuffered {
		return l, nil
	}
	l.buffer = takeBuffer(size)
	if err := u.open.read(l.buffer, from); err != nil {
		giveBuffer(l.buffer)
		l.free()
		return nil, err
	}
	return l, nil
}

func (l *loaded) body() io.ReadSeeker {
	if l.buffer != nil {
		return bytes.NewReader(l.buffer)
	}
	return io.NewSectionReader(l.file, l.from, l.size)
}

func (l *loaded) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holders--; l.holders == 0 {
		if l.buffer != nil {
			giveBuffer(l.buffer)
		}
		l.free()
	}
}
