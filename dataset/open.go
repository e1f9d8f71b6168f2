package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// open reads the manifest, checks it against the user's root digest and key,
// and reads the shards. Problems with them are findings; if the manifest can't
// be used, it returns nil.
func (v *verifier) open(ctx context.Context) (*opened, error) {
	var err error
	if v.skew, err = v.store.Clock(ctx); err != nil {
		return nil, err
	}
	versions, err := v.metaVersions(ctx)
	if err != nil {
		return nil, err
	}
	v.meta = versions
	text, err := v.manifest(ctx, versions[manifestName])
	if err != nil {
		return nil, err
	}
	if err := v.renewals(ctx, versions); err != nil {
		return nil, err
	}
	if err := v.findBeside(ctx, text); err != nil {
		return nil, err
	}
	d := &opened{}
	if err = v.load(ctx, d, text); err == nil {
		err = v.describing(ctx, d)
	}
	if err == nil {
		return d, nil
	}
	d.close()
	if !errors.Is(err, errManifest) {
		return nil, err
	}
	v.findf(ManifestChanged, v.at.url(v.at.meta(manifestName)), "%v", err)
	return nil, v.locked(ctx, &opened{}, manifestName, v.result.ManifestVersionID)
}

// load reads a manifest and its shards.
func (v *verifier) load(ctx context.Context, d *opened, text []byte) (err error) {
	if d.statement, err = manifest.Parse(text); err != nil {
		return fmt.Errorf("%w: %w", errManifest, err)
	}
	if of := (Location{d.dataset().Bucket, d.dataset().Prefix}); of != v.at {
		return fmt.Errorf("%w: it belongs to %s", errManifest, of)
	}
	v.result.Files, v.result.Bytes = d.dataset().Files, d.dataset().Bytes
	if err := v.loadShards(ctx, d); err != nil {
		return err
	}
	if err := d.consistent(); err != nil {
		return fmt.Errorf("%w: %w", errManifest, err)
	}
	return nil
}

// metaVersions lists the versions of the files that describe the dataset.
func (v *verifier) metaVersions(ctx context.Context) (map[string][]store.Version, error) {
	found := map[string][]store.Version{}
	below := v.at.meta("")
	for one, err := range v.store.Versions(ctx, below) {
		if store.Denied(err) {
			v.findf(
				Unknown,
				v.at.url(below),
				"not allowed to list versions (s3:ListBucketVersions): can't tell whether another manifest replaces this one",
			)
			v.unlisted = true
			return map[string][]store.Version{manifestName: {{}}}, nil
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(one.Key, below)
		found[name] = append(found[name], one)
	}
	return found, nil
}

// manifest reads the oldest version of manifest.json, which was written when
// the dataset was published. Anything newer is a finding.
func (v *verifier) manifest(ctx context.Context, versions []store.Version) ([]byte, error) {
	key := v.at.meta(manifestName)
	oldest, ok := v.oldest(key, versions, ManifestChanged)
	if !ok {
		return nil, fmt.Errorf("%s: %w", v.at, ErrNotPublished)
	}
	text, err := fetch(ctx, v.store, key, oldest)
	if store.NotFound(err) && oldest == "" {
		return nil, fmt.Errorf("%s: %w", v.at, ErrNotPublished)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.at.url(key), err)
	}
	v.result.RootDigest, v.result.ManifestVersionID = manifest.RootDigest(text), oldest
	if v.o.Root != "" {
		v.result.RootChecked = true
		if !strings.EqualFold(v.o.Root, v.result.RootDigest) {
			v.findf(ManifestChanged, v.at.url(key), "its root digest is %s, not %s", v.result.RootDigest, v.o.Root)
		}
	}
	return text, nil
}

// oldest returns the oldest version of a key, and reports newer ones as
// findings with the given name.
func (v *verifier) oldest(key string, versions []store.Version, over FindingName) (string, bool) {
	written := 0
	for _, one := range versions {
		if one.Marker && one.Newest {
			v.findf(Hidden, v.at.url(key), "the delete marker %s hides it", one.VersionID)
		}
		if !one.Marker {
			written++
		}
	}
	id, ok := oldestOf(versions)
	if written > 1 {
		v.findf(over, v.at.url(key), "it has %d versions; the oldest, %s, is the published one", written, id)
	}
	return id, ok
}

// oldestOf returns the oldest version that isn't a delete marker. A listing has
// the newest version first, in the order of S3's time.
func oldestOf(versions []store.Version) (string, bool) {
	for _, one := range slices.Backward(versions) {
		if !one.Marker {
			return one.VersionID, true
		}
	}
	return "", false
}
