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
	key := p.at.meta(croissantName)
	there, err := p.fetch(ctx, key)
	switch {
	case store.NotFound(err):
	case err != nil:
		return fmt.Errorf("read %s: %w", p.at.url(key), err)
	case !sameCroissant(there, description):
		return fmt.Errorf("%s already exists with different content; publish under another prefix", p.at.url(key))
	default:
		return p.holdMeta(ctx, croissantName, b.Retention().Latest)
	}
	_, err = p.describeDataset(
		ctx,
		b,
		croissantName,
		bytes.NewReader(description),
		int64(len(description)),
		sha256.Sum256(description),
	)
	return err
}

// sign writes the signature, unless the same key has already signed the same
// manifest: each signature has different bytes.
func (p *publisher) sign(ctx context.Context, b *manifest.Builder, text []byte) error {
	key := p.at.meta(signatureName)
	there, err := p.fetch(ctx, key)
	switch {
	case store.NotFound(err):
	case err != nil:
		return err
	default:
		signed, err := p.o.Key.Open(there)
		if err != nil {
			return fmt.Errorf("%s already exists: %w", p.at.url(key), err)
		}
		if !bytes.Equal(signed, text) {
			return fmt.Errorf("%s already exists and signs another manifest; publish under another prefix", p.at.url(key))
		}
		return p.holdMeta(ctx, signatureName, b.Retention().Latest)
	}
	bundle, err := p.o.Key.Bundle(ctx, text)
	if err != nil {
		return err
	}
	_, err = p.describeDataset(
		ctx,
		b,
		signatureName,
		bytes.NewReader(bundle),
		int64(len(bundle)),
		sha256.Sum256(bundle),
	)
	return err
}

// fetch reads a small object.
func (p *publisher) fetch(ctx context.Context, key string) ([]byte, error) {
	return fetch(ctx, p.store, key, "")
}

// errTooLarge means that an object is larger than any that Datalock writes.
var errTooLarge = errors.New("is larger than any such file that Datalock writes")

// fetch reads an object that fits in memory. It tries again if a download is
// cut off.
func fetch(ctx context.Context, s store.Store, key, version string) ([]byte, error) {
	const limit = 2 * manifest.MaxBytes
	var last error
	for range fetchTries {
		_, body, err := s.Get(ctx, key, version, 0)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(body, limit+1))
		_ = body.Close()
		if len(text) > limit {
			return nil, fmt.Errorf("s3://%s/%s %w", s.Bucket, key, errTooLarge)
		}
		if err == nil {
			return text, nil
		}
		last = err
	}
	return nil, fmt.Errorf("read s3://%s/%s: %w", s.Bucket, key, last)
}

// fetchTries is how often a download is attempted.
const fetchTries = 5
