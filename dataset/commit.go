package dataset

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// commit writes the files that describe the dataset: the shards, the signature
// and croissant.json, and last the manifest.
func (p *publisher) commit(ctx context.Context) (Published, error) {
	latest, err := p.latest()
	if err == nil {
		err = p.askAgain(latest)
	}
	if err != nil {
		return Published{}, err
	}
	b := manifest.NewBuilder(p.at.Bucket, p.at.Prefix)
	if err := p.shards(ctx, b, latest); err != nil {
		return Published{}, err
	}
	statement, err := b.Statement()
	if err != nil {
		return Published{}, err
	}
	text, err := statement.Encode()
	if err != nil {
		return Published{}, err
	}
	files, err := p.besides(ctx, statement, text)
	if err != nil {
		return Published{}, err
	}
	if err := p.beside(ctx, files, latest); err != nil {
		return Published{}, err
	}
	if err := p.recheck(ctx, statement.Predicate.Datalock); err != nil {
		return Published{}, err
	}
	o, err := p.describeDataset(ctx, latest, manifestName, bytes.NewReader(text), int64(len(text)), sha256.Sum256(text))
	if err != nil {
		return Published{}, err
	}
	d := statement.Predicate.Datalock
	return Published{
		Location:          p.at,
		RootDigest:        manifest.RootDigest(text),
		ManifestVersionID: o.VersionID,
		Files:             d.Files,
		Bytes:             d.Bytes,
		Retention:         d.Retention,
		Sent:              p.results.sent.Load(),
		Kept:              p.results.kept.Load(),
		Continued:         p.results.continued,
		LockedLonger:      p.results.longer,
		Signed:            p.o.Key != nil,
	}, nil
}

// latest returns when the last lock of all files ends: what describes the dataset is
// locked as long.
func (p *publisher) latest() (latest time.Time, err error) {
	for e, err := range p.sortedEntries() {
		if err != nil {
			return latest, err
		}
		latest = later(latest, e.Annotations.RetainUntil)
	}
	return latest, nil
}

// askAgain asks before the manifest gets a longer lock than the plan said.
func (p *publisher) askAgain(latest time.Time) error {
	plan := p.agreed
	if p.o.Confirm == nil || !p.longer(latest) || !latest.After(plan.ManifestUntil) {
		return nil
	}
	plan.Sent, plan.ManifestUntil = true, latest
	return p.o.Confirm(plan)
}

// shards writes the entries into shards, sorted by name.
func (p *publisher) shards(ctx context.Context, b *manifest.Builder, latest time.Time) error {
	var last shard
	defer func() { last.close() }()
	n := 0
	for e, err := range p.sortedEntries() {
		if err == nil {
			err = last.add(e.line)
		}
		if err == nil {
			err = b.Add(e.Entry)
		}
		if err == nil && last.lines == manifest.MaxListed {
			err = p.putShard(ctx, b, latest, &last, n)
			n++
		}
		if err != nil {
			return err
		}
	}
	if last.lines == 0 {
		return nil
	}
	return p.putShard(ctx, b, latest, &last, n)
}

// lineEntry is an entry with its line.
type lineEntry struct {
	manifest.Entry
	line []byte
}

func (p *publisher) sortedEntries() func(yield func(lineEntry, error) bool) {
	return func(yield func(lineEntry, error) bool) {
		for record, err := range p.entries.Sorted() {
			var e lineEntry
			if err == nil {
				_, line, _ := bytes.Cut(record, []byte{0})
				e.line = line
				e.Entry, err = manifest.ParseEntry(line, p.at.Bucket, p.at.Prefix)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// shard is a shard being written to a temporary file.
type shard struct {
	file        *spill.File
	out         *bufio.Writer
	lines, size int64
}

func (s *shard) add(line []byte) error {
	if s.file == nil {
		file, err := spill.TempFile()
		if err != nil {
			return err
		}
		s.file, s.out = file, bufio.NewWriterSize(file, 64<<10)
	}
	s.lines++
	s.size += int64(len(line))
	if _, err := s.out.Write(line); err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	return nil
}

func (s *shard) close() {
	if s.file != nil {
		s.file.Close()
	}
	*s = shard{}
}

func (p *publisher) putShard(ctx context.Context, b *manifest.Builder, latest time.Time, s *shard, n int) error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to a temporary file: %w", err)
	}
	h := sha256.New()
	body := io.NewSectionReader(s.file, 0, s.size)
	if _, err := io.Copy(h, body); err != nil {
		return fmt.Errorf("read a temporary file: %w", err)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	name, sum := manifest.ShardName(n), [32]byte(h.Sum(nil))
	o, err := p.describeDataset(ctx, latest, name, body, s.size, sum)
	if taken := otherBytes(""); errors.As(err, &taken) {
		// That of an interrupted run for other files or locks. No manifest lists it.
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		name = manifest.OtherShardName(n, sum)
		o, err = p.describeDataset(ctx, latest, name, body, s.size, sum)
	}
	if err != nil {
		return err
	}
	b.AddShard(
		manifest.Shard{
			Name:   name,
			URI:    manifest.URI(p.at.Bucket, o.Key, o.VersionID),
			Lines:  s.lines,
			Size:   s.size,
			SHA256: fmt.Sprintf("%x", sum),
		},
	)
	s.close()
	return nil
}

// describeDataset writes a file that describes the dataset, locked at least until
// latest, the end of the last lock of its files. An existing object with the same bytes stays.
func (p *publisher) describeDataset(
	ctx context.Context,
	latest time.Time,
	name string,
	body io.ReadSeeker,
	size int64,
	sum [32]byte,
) (store.Object, error) {
	put := store.Put{
		Key:         p.at.meta(name),
		Body:        body,
		Size:        size,
		SHA256:      sum,
		Lock:        &store.Lock{Mode: p.retention.mode, Until: later(p.retention.end(p.now()), latest)},
		ContentType: "application/json",
	}
	o, err := p.create(ctx, put)
	if errors.Is(err, store.ErrExists) {
		if o, err = p.describe(ctx, put.Key, newest, manifest.SinglePut(sum)); err == nil {
			err = p.hold(ctx, &o, latest, latest)
		}
	}
	if err != nil {
		return o, err
	}
	if o.Lock.Until.Before(latest) {
		return o, fmt.Errorf(
			"%s is locked until %s, but the last file until %s; allow the publisher to set a retention (s3:PutObjectRetention)",
			p.at.url(put.Key),
			o.Lock.Until,
			latest,
		)
	}
	return o, nil
}
