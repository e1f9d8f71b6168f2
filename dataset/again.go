package dataset

import (
	"context"
	"fmt"

	"datalock/dataset/internal/folder"
	"datalock/dataset/manifest"
)

// again is a run for a dataset that already has its manifest. It compares the
// folder with the manifest, and adds a signature if there is none.
func (p *publisher) again(ctx context.Context) (Published, error) {
	v := newVerifier(p.store.Client, p.at, VerifyOptions{Jobs: p.o.Jobs})
	defer v.close()
	d, err := v.open(ctx)
	if err != nil {
		return Published{}, err
	}
	if len(v.result.Findings) > 0 {
		return Published{}, fmt.Errorf("%s is already published, but has changed: %s; run datalock verify %s",
			p.at, v.result.Findings[0], p.at)
	}
	defer d.close()
	first, own := endOf(d.dataset().Retention, v.result.RenewedUntil)
	if err := p.longEnough(ctx, first); err != nil {
		return Published{}, err
	}
	if err := p.same(ctx, d); err != nil {
		return Published{}, err
	}
	text, err := fetch(ctx, p.store, p.at.meta(manifestName), v.result.ManifestVersionID)
	if err != nil {
		return Published{}, err
	}
	if err := p.beside(ctx, d.statement, text, own); err != nil {
		return Published{}, err
	}
	m := d.dataset()
	return Published{
		Location:          p.at,
		RootDigest:        v.result.RootDigest,
		ManifestVersionID: v.result.ManifestVersionID,
		Files:             m.Files,
		Bytes:             m.Bytes,
		Retention:         m.Retention,
		Kept:              m.Files,
		Signed:            p.o.Key != nil,
		Before:            true,
		Unverified:        true,
	}, nil
}

// same returns an error if the folder differs from the published dataset.
func (p *publisher) same(ctx context.Context, d *opened) error {
	p.meter.begin(StepRead, d.dataset().Files, d.dataset().Bytes)
	differ := 0
	var first string
	for pair, err := range join(d.entries(), nameOfEntry, p.listing.Sorted(), nameOfFile) {
		if err != nil {
			return err
		}
		what, err := p.differs(ctx, pair)
		if err != nil {
			return err
		}
		if what != "" {
			if differ++; differ == 1 {
				first = fmt.Sprintf("%s %s", pair.name, what)
			}
		}
	}
	if differ > 0 {
		return fmt.Errorf("%s is already published, and %d files of %s differ from it, first %s; "+
			"a dataset is written once: publish under another prefix", p.at, differ, p.dir, first)
	}
	return nil
}

// differs says how a file of the folder differs from its entry, "" if it
// doesn't.
func (p *publisher) differs(ctx context.Context, pair pair[manifest.Entry, folder.File]) (string, error) {
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	switch {
	case pair.b == nil:
		return "isn't in the folder", nil
	case pair.a == nil:
		return "isn't in the manifest", nil
	}
	sum, _, err := hashFile(ctx, p.listing, *pair.b, &p.meter.bytes)
	if err != nil {
		return "", err
	}
	p.meter.files.Add(1)
	if sum != pair.a.Digest.SHA256 {
		return "has other bytes", nil
	}
	return "", nil
}
