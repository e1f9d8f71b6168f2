package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// A besideFile is a signature or a description, which depend only on the manifest's
// bytes, so that they can be written before it.
type besideFile struct {
	name string
	// there says that it exists; otherwise write returns its content.
	there bool
	write func(context.Context) ([]byte, error)
}

// besides returns the files that belong beside a manifest, and which of them exist.
func (p *publisher) besides(ctx context.Context, statement manifest.Statement, text []byte) ([]besideFile, error) {
	signature, err := p.signature(ctx, text)
	if err != nil {
		return nil, err
	}
	description, err := p.description(ctx, statement, text)
	if err != nil {
		return nil, err
	}
	unwanted := func(f besideFile) bool { return f.name == "" }
	return slices.DeleteFunc([]besideFile{signature, description}, unwanted), nil
}

// beside writes the files that don't exist. All are locked until a date at least.
func (p *publisher) beside(ctx context.Context, files []besideFile, until time.Time) error {
	for _, f := range files {
		if f.there {
			if err := p.holdMeta(ctx, f.name, until); err != nil {
				return err
			}
			continue
		}
		text, err := f.write(ctx)
		if err != nil {
			return err
		}
		if _, err := p.describeDataset(
			ctx, until, f.name, bytes.NewReader(text), int64(len(text)), sha256.Sum256(text),
		); err != nil {
			return err
		}
	}
	return nil
}

// description returns the Croissant description, if the user asks for one.
func (p *publisher) description(ctx context.Context, statement manifest.Statement, text []byte) (besideFile, error) {
	if p.o.Croissant == nil {
		return besideFile{}, nil
	}
	description, err := p.o.Croissant.describe(statement, text, p.now())
	if err != nil {
		return besideFile{}, err
	}
	own := func(name string, content []byte) bool { return belongs(name, content, text) }
	name, there, err := p.place(ctx, croissantNames(manifest.RootDigest(text)), "of this manifest", own)
	if err == nil && there != nil && !sameCroissant(there, description) {
		err = fmt.Errorf("%s already describes this manifest with another license or creator; "+
			"pass the same, leave out the description, or publish under another prefix", p.at.url(p.at.meta(name)))
	}
	return besideFile{name, there != nil, func(context.Context) ([]byte, error) { return description, nil }}, err
}

// signature returns the signature, if the user passes a key. One by the same key stays:
// each signature has different bytes. That of another key stays too, beside this one:
// whoever may write can make one that no key has signed.
func (p *publisher) signature(ctx context.Context, text []byte) (besideFile, error) {
	if p.o.Key == nil {
		return besideFile{}, nil
	}
	own := func(_ string, content []byte) bool {
		signed, err := p.o.Key.Open(content)
		return err == nil && bytes.Equal(signed, text)
	}
	names := signatureNames(manifest.RootDigest(text))
	name, there, err := p.place(ctx, names, "this key's signature of this manifest", own)
	sign := func(ctx context.Context) ([]byte, error) { return p.o.Key.Bundle(ctx, text) }
	return besideFile{name, there != nil, sign}, err
}

// place returns where a file beside the manifest belongs, and its content if it
// exists. What isn't the run's own, such as that of an interrupted run for another
// manifest, stays where it is; what says what the file is.
func (p *publisher) place(
	ctx context.Context, names []string, what string, own func(name string, content []byte) bool,
) (string, []byte, error) {
	for _, name := range names {
		id, _ := oldestOf(p.meta[name]) // verify reads the oldest
		there, err := fetch(ctx, p.store, p.at.meta(name), id)
		switch {
		case store.NotFound(err):
			return name, nil, nil
		case errors.Is(err, errTooLarge):
		case err != nil:
			return "", nil, fmt.Errorf("read %s: %w", p.at.url(p.at.meta(name)), err)
		case own(name, there):
			return name, there, nil
		}
	}
	return "", nil, p.taken(ctx, names, what)
}

// taken is the error if no name is left.
func (p *publisher) taken(ctx context.Context, names []string, what string) error {
	url := p.at.url(p.at.meta(names[len(names)-1]))
	o, err := p.store.Head(ctx, p.at.meta(names[len(names)-1]), "")
	if err != nil {
		return fmt.Errorf("read the lock of %s: %w", url, err)
	}
	return fmt.Errorf("%s already exists, and so does %s, and neither is %s; the first is %s; "+
		"nothing is overwritten: publish under another prefix", url, names[0], what, lockText(o.Lock))
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
