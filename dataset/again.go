package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"

	"datalock/dataset/internal/folder"
	"datalock/dataset/manifest"
	"datalock/internal/printable"
)

// again is a run for a dataset that already has its manifest. It compares the dataset
// with its versions and with the folder, and adds a signature and a description if they
// are asked for and aren't there.
func (p *publisher) again(ctx context.Context, plan Plan) (Published, error) {
	v := newVerifier(p.store.Client, p.at, VerifyOptions{Jobs: p.o.Jobs})
	own := v.meter
	v.meter = p.meter
	defer func() {
		v.meter = own
		v.close()
	}()
	d, err := v.open(ctx)
	if err != nil {
		return Published{}, err
	}
	if d != nil {
		defer d.close()
		if err := v.compare(ctx, d); err != nil {
			return Published{}, err
		}
	}
	if v.done(); len(v.result.Findings) > 0 {
		return Published{}, fmt.Errorf("%s is already published, but has changed or couldn't be judged: %s; "+
			"run datalock verify %s", p.at, v.result.Findings[0], p.at)
	}
	if v.governed && weaker("GOVERNANCE", p.retention.mode) {
		return Published{}, fmt.Errorf("%s is already published, with locks in GOVERNANCE mode, not %s; "+
			"publish under another prefix", p.at, p.retention.mode)
	}
	first, last := endOf(d.dataset().Retention, v.result.RenewedUntil)
	if err := p.longEnough(first); err != nil {
		return Published{}, err
	}
	if err := p.same(ctx, d); err != nil {
		return Published{}, err
	}
	if err := p.add(ctx, plan, d, v.result.ManifestVersionID, last); err != nil {
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
	}, nil
}

// add writes what is missing beside the manifest, locked until a date at least, after
// confirmation. The comparison has found what is there locked as long.
func (p *publisher) add(ctx context.Context, plan Plan, d *opened, version string, until time.Time) error {
	text, err := fetch(ctx, p.store, p.at.meta(manifestName), version)
	if err != nil {
		return err
	}
	files, err := p.besides(ctx, d.statement, text)
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(f besideFile) bool { return f.there })
	for _, f := range files {
		plan.Adds = append(plan.Adds, f.name)
	}
	p.retention.mode = stronger(p.retention.mode, d.dataset().Retention.Mode)
	if p.o.Confirm != nil && len(files) > 0 {
		plan.Published, plan.Mode, plan.Until = true, p.retention.mode, later(plan.Until, until)
		plan.ManifestUntil = plan.Until
		if err := p.o.Confirm(plan); err != nil {
			return err
		}
	}
	return p.beside(ctx, files, until)
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
				first = printable.Line(pair.name + " " + what)
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
	kept := pair.a.Annotations.S3
	parts := partsWriter{size: kept.PartSize, parts: manifest.NewParts(), part: sha256.New()}
	also := io.Discard
	if kept.Type == manifest.Composite {
		also = &parts
	}
	sum, _, err := hashFile(ctx, p.listing, *pair.b, &p.meter.bytes, also)
	if err != nil {
		return "", err
	}
	p.meter.files.Add(1)
	if sum != pair.a.Digest.SHA256 {
		return "has other bytes", nil
	}
	// That of a whole object is the same as the SHA-256, or the entry wasn't read.
	if kept.Type == manifest.Composite && parts.checksum().Value != kept.Value {
		return "has other bytes in S3, according to its checksum there", nil
	}
	return "", nil
}
