package dataset

import (
	"context"
	"fmt"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// describing checks the locks of the files that describe the dataset, which are
// locked at least as long as the data and in its mode, and what covers them. The
// records of renewals are among them. [verifier.manifest], [verifier.renewals] and
// [verifier.findBeside] have looked at what covers theirs.
func (v *verifier) describing(ctx context.Context, d *opened) error {
	if err := v.locked(ctx, d, manifestName, v.result.ManifestVersionID); err != nil {
		return err
	}
	for _, s := range d.dataset().Shards {
		v.oldest(v.at.meta(s.Name), v.meta[s.Name], ManifestChanged)
		if err := v.locked(ctx, d, s.Name, manifest.Entry{URI: s.URI}.VersionID()); err != nil {
			return err
		}
	}
	for _, record := range v.records {
		for _, name := range []string{record + recordSuffix, record + recordSignature} {
			id, ok := oldestOf(v.meta[name])
			if !ok {
				continue
			}
			if !isRecord(name) {
				v.oldest(v.at.meta(name), v.meta[name], RenewalChanged)
			}
			if err := v.locked(ctx, d, name, id); err != nil {
				return err
			}
		}
	}
	for name := range v.beside {
		if id, ok := oldestOf(v.meta[name]); ok {
			if err := v.locked(ctx, d, name, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// locked adds findings for the lock of a file that describes the dataset, which is one of
// its own unless it can't be read.
func (v *verifier) locked(ctx context.Context, d *opened, name, version string) error {
	key := v.at.meta(name)
	find := func(name FindingName, format string, args ...any) { v.findf(name, v.at.url(key), format, args...) }
	one := lockable{key, version, d.dataset().Retention.Mode}
	o, err := v.head(ctx, key, version)
	switch {
	case store.NotFound(err):
		v.own = append(v.own, one)
		find(Missing, "version %s doesn't exist", version)
		return nil
	case store.Denied(err):
		find(Unknown, "not allowed to read version %s (s3:GetObjectVersion)", version)
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", v.at.url(key), err)
	}
	s := seen{object: o}
	if o.Lock.Mode == "" {
		s.object.Lock, s.lockErr = v.store.Retention(ctx, key, o.VersionID)
	}
	if s.lockErr == nil {
		v.own = append(v.own, one)
	}
	judgeLock(manifest.Entry{Annotations: manifest.Annotations{Mode: one.Mode, RetainUntil: d.dataset().Retention.Latest}},
		s, v.now(), v.until(), find)
	if s.object.Lock.Mode != "" {
		v.ends(key, s.object.Lock.Until)
	}
	return nil
}
