package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// loadShards downloads the shards into temporary files and checks their
// digests.
func (v *verifier) loadShards(ctx context.Context, d *opened) error {
	for _, s := range d.dataset().Shards {
		key := v.at.meta(s.Name)
		version := manifest.Entry{URI: s.URI}.VersionID()
		file, err := spill.TempFile()
		if err != nil {
			return err
		}
		d.shards = append(d.shards, file)
		h := sha256.New()
		size, err := v.shard(ctx, key, version, s.Size+1, io.MultiWriter(h, file))
		switch {
		case store.NotFound(err):
			return fmt.Errorf("%w: version %s of %s doesn't exist", errManifest, version, v.at.url(key))
		case err != nil:
			return fmt.Errorf("read %s: %w", v.at.url(key), err)
		case fmt.Sprintf("%x", h.Sum(nil)) != s.SHA256 || size != s.Size:
			return fmt.Errorf("%w: the SHA-256 of %s is %x, not %s", errManifest, v.at.url(key), h.Sum(nil), s.SHA256)
		}
	}
	return nil
}

// shard downloads a shard, up to a number of bytes.
func (v *verifier) shard(ctx context.Context, key, version string, most int64, to io.Writer) (int64, error) {
	_, body, err := v.store.Get(ctx, key, version)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return io.Copy(to, io.LimitReader(body, most))
}
