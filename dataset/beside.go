package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// beside writes the signature and croissant.json. Both depend only on the
// manifest's bytes, so they can be written before it. They are locked until a
// date at least.
func (p *publisher) beside(ctx context.Context, statement manifest.Statement, text []byte, until time.Time) error {
	b := manifest.NewBuilder(p.at.Bucket, p.at.Prefix)
	if err := b.Add(
		manifest.Entry{
			Name:        "ends",
			Annotations: manifest.Annotations{Mode: statement.Predicate.Datalock.Retention.Mode, RetainUntil: until},
		},
	); err != nil {
		return err
	}
	if p.o.Key != nil {
		if err := p.sign(ctx, b, text); err != nil {
			return err
		}
	}
	if p.o.Croissant == nil {
		return nil
	}
	return p.croissant(ctx, b, statement, text)
}

// croissant writes croissant.json.
func (p *publisher) croissant(
	ctx context.Context,
	b *manifest.Builder,
	statement manifest.Statement,
	text []byte,
) error {
	description, err := p.o.Croissant.describe(statement, text, p.now())
	if err != nil {
		return err
	}
	name, there, err := p.place(ctx, croissantNames(manifest.RootDigest(text)), text)
	switch {
	case err != nil:
		return err
	case there == nil:
		return p.putBeside(ctx, b, name, description)
	case !sameCroissant(there, description):
		return fmt.Errorf("%s already describes this manifest with another license or creator; "+
			"pass the same, leave out the description, or publish under another prefix", p.at.url(p.at.meta(name)))
	}
	return p.holdMeta(ctx, name, b.Retention().Latest)
}

// sign writes the signature, unless the same key has already signed the same
// manifest: each signature has different bytes.
func (p *publisher) sign(ctx context.Context, b *manifest.Builder, text []byte) error {
	name, there, err := p.place(ctx, signatureNames(manifest.RootDigest(text)), text)
	if err != nil {
		return err
	}
	if there == nil {
		bundle, err := p.o.Key.Bundle(ctx, text)
		if err != nil {
			return err
		}
		return p.putBeside(ctx, b, name, bundle)
	}
	if _, err := p.o.Key.Open(there); err != nil {
		return fmt.Errorf("%s already exists: %w; sign with the key that it is by, "+
			"publish without a key, or under another prefix", p.at.url(p.at.meta(name)), err)
	}
	return p.holdMeta(ctx, name, b.Retention().Latest)
}

// place returns where a file beside the manifest belongs, and its content if it
// exists. What an interrupted run wrote for another manifest stays where it is.
func (p *publisher) place(ctx context.Context, names []string, text []byte) (string, []byte, error) {
	for _, name := range names {
		there, err := p.fetch(ctx, p.at.meta(name))
		switch {
		case store.NotFound(err):
			return name, nil, nil
		case errors.Is(err, errTooLarge):
		case err != nil:
			return "", nil, fmt.Errorf("read %s: %w", p.at.url(p.at.meta(name)), err)
		case belongs(name, there, text):
			return name, there, nil
		}
	}
	return "", nil, p.taken(ctx, names)
}

// taken is the error if no name is left.
func (p *publisher) taken(ctx context.Context, names []string) error {
	url := p.at.url(p.at.meta(names[len(names)-1]))
	o, err := p.store.Head(ctx, p.at.meta(names[len(names)-1]), "")
	if err != nil {
		return fmt.Errorf("read the lock of %s: %w", url, err)
	}
	return fmt.Errorf("%s already exists, and so does %s, and neither is of this manifest; the first is %s; "+
		"nothing is overwritten: publish under another prefix", url, names[0], lockText(o.Lock))
}

// lockText says how long a version is locked, as far as the caller may see.
func lockText(l store.Lock) string {
	switch {
	case l.EventHold:
		return "under an event hold"
	case l.Mode == "":
		return "not known to be locked"
	}
	return "locked in " + l.Mode + " mode until " + l.Until.Format(time.RFC3339)
}

// putBeside writes a file beside the manifest.
func (p *publisher) putBeside(ctx context.Context, b *manifest.Builder, name string, text []byte) error {
	_, err := p.describeDataset(ctx, b, name, bytes.NewReader(text), int64(len(text)), sha256.Sum256(text))
	return err
}

// fetch reads a small object.
func (p *publisher) fetch(ctx context.Context, key string) ([]byte, error) {
	return fetch(ctx, p.store, key, "")
}

// errTooLarge means that an object is larger than any that Datalock writes.
var errTooLarge = errors.New("is larger than any such file that Datalock writes")

// fetch reads an object that fits in memory.
func fetch(ctx context.Context, s store.Store, key, version string) ([]byte, error) {
	const limit = 2 * manifest.MaxBytes
	_, body, err := s.Get(ctx, key, version)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	switch {
	case len(text) > limit:
		return nil, fmt.Errorf("s3://%s/%s %w", s.Bucket, key, errTooLarge)
	case err != nil:
		return nil, fmt.Errorf("read s3://%s/%s: %w", s.Bucket, key, err)
	}
	return text, nil
}
