package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// upload uploads a manifest to the evidence bucket. It resumes the upload of an
// interrupted run, and sends nothing if the manifest already exists.
type upload struct {
	store  store.Store
	key    string
	buffer []byte
	rows   int64
	size   int64
	// there is set if the key has an object, which must be the same.
	there bool
	// id is the ID of the multipart upload, "" until there are parts; earlier are
	// the parts that S3 already has.
	id      string
	earlier map[int32]store.Part
	parts   []store.Part
	sums    *manifest.Parts
}

func (s *Service) begin(ctx context.Context, key string) (*upload, error) {
	u := &upload{store: s.Evidence, key: key, buffer: make([]byte, 0, partSize), sums: manifest.NewParts()}
	_, err := u.store.Head(ctx, key, "")
	switch {
	case err == nil:
		u.there = true
	case !store.NotFound(err):
		return nil, fmt.Errorf("look for the manifest %s: %w", u.url(), err)
	}
	return u, nil
}

func (u *upload) url() string { return "s3://" + u.store.Bucket + "/" + u.key }

func (u *upload) write(ctx context.Context, row []byte) error {
	u.size += int64(len(row))
	for len(row) > 0 {
		if len(u.buffer) == partSize {
			if err := u.send(ctx); err != nil {
				return err
			}
		}
		n := min(len(row), partSize-len(u.buffer))
		u.buffer, row = append(u.buffer, row[:n]...), row[n:]
	}
	return nil
}

// send sends the buffer as a part.
func (u *upload) send(ctx context.Context) error {
	sum := sha256.Sum256(u.buffer)
	number, size := int32(len(u.parts)+1), int64(len(u.buffer))
	u.sums.Add(sum)
	part := store.Part{Number: number, Size: size, SHA256: sum}
	if !u.there {
		if u.id == "" {
			if err := u.resume(ctx); err != nil {
				return err
			}
		}
		if old := u.earlier[number]; old.SHA256 == sum && old.Size == size {
			part = old
		} else {
			var err error
			if part, err = u.store.SendPart(ctx, u.key, u.id, number, bytes.NewReader(u.buffer), size, sum); err != nil {
				return err
			}
		}
	}
	u.parts, u.buffer = append(u.parts, part), u.buffer[:0]
	return nil
}

// resume continues an unfinished upload of the key, or begins one.
func (u *upload) resume(ctx context.Context) error {
	unfinished, err := u.store.Uploads(ctx, u.key)
	if err != nil {
		return err
	}
	if u.id = unfinished[u.key].ID; u.id != "" {
		u.earlier, err = u.store.Parts(ctx, u.key, u.id)
		return err
	}
	u.id, err = u.store.Begin(ctx, u.key, nil)
	return err
}

// finish completes the upload, and checks the object in S3.
func (u *upload) finish(ctx context.Context) (Manifest, error) {
	want, err := u.complete(ctx)
	if err != nil && !errors.Is(err, store.ErrExists) {
		return Manifest{}, err
	}
	o, err := u.store.Head(ctx, u.key, "")
	if err != nil {
		return Manifest{}, fmt.Errorf("look at the manifest %s: %w", u.url(), err)
	}
	if o.SHA256 != want || o.Size != u.size {
		return Manifest{}, fmt.Errorf("%s already exists with other rows (SHA-256 %s, not %s); nothing was started: "+
			"find out who wrote it, and remove it", u.url(), o.SHA256, want)
	}
	return Manifest{Key: u.key, VersionID: o.VersionID, ETag: o.ETag, Rows: u.rows}, nil
}

// complete sends the rest, and returns the expected checksum.
func (u *upload) complete(ctx context.Context) (string, error) {
	if len(u.parts) == 0 {
		sum := sha256.Sum256(u.buffer)
		want := base64.StdEncoding.EncodeToString(sum[:])
		if u.there {
			return want, nil
		}
		_, err := u.store.Put(ctx, store.Put{
			Key: u.key, Body: bytes.NewReader(u.buffer), Size: u.size, SHA256: sum, ContentType: "text/csv", Unversioned: true,
		})
		return want, err
	}
	if err := u.send(ctx); err != nil {
		return "", err
	}
	want := u.sums.Checksum(partSize).Value
	if u.there {
		return want, nil
	}
	_, err := u.store.Finish(ctx, u.key, u.id, u.parts, want)
	return want, err
}
