package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"datalock/dataset/internal/folder"
	"datalock/dataset/internal/spill"
	"datalock/dataset/manifest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// VerifyLocal compares a local copy of a dataset with a local manifest.json,
// without a network. If the manifest lists shards, they must be in the
// manifest's folder. It uses only the options Root, Key, Exclude, Jobs and
// Progress; with Key, the signature must be in the same folder.
func VerifyLocal(ctx context.Context, dir, manifestPath string, o VerifyOptions) (Verification, error) {
	if err := o.check(); err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", dir, err)
	}
	v := newVerifier(nil, Location{}, o)
	defer v.close()
	v.result.Level = Local
	text, err := os.ReadFile(manifestPath)
	if err != nil {
		return *v.result, fmt.Errorf("read the manifest: %w", err)
	}
	s, err := manifest.Parse(text)
	if err != nil {
		return *v.result, fmt.Errorf("%s: %w", manifestPath, err)
	}
	m := s.Predicate.Datalock
	v.result.Location = Location{m.Bucket, m.Prefix}
	v.result.RootDigest, v.result.Files, v.result.Bytes = manifest.RootDigest(text), m.Files, m.Bytes
	v.localRoot(text, manifestPath)
	resources := listedResources(s)
	if m.Lists == manifest.Shards {
		d, err := openShards(ctx, s, filepath.Dir(manifestPath))
		if err != nil {
			return *v.result, err
		}
		defer d.close()
		resources = shardResources(d)
	}
	err = v.folder(ctx, dir, resources)
	v.done()
	return *v.result, err
}

// VerifyCopy compares a local copy of a dataset with its manifest in the
// bucket. It doesn't check the objects in the bucket.
func VerifyCopy(
	ctx context.Context,
	client *s3.Client,
	at Location,
	dir string,
	o VerifyOptions,
) (Verification, error) {
	if err := errors.Join(at.check(), o.check()); err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", at, err)
	}
	v := newVerifier(client, at, o)
	defer v.close()
	v.result.Level = Local
	d, err := v.open(ctx)
	if err == nil && d != nil {
		defer d.close()
		err = v.folder(ctx, dir, shardResources(d))
	}
	v.done()
	if err != nil {
		return *v.result, explain(err)
	}
	return *v.result, nil
}

// localRoot checks the root digest and the signature of a local manifest.
func (v *verifier) localRoot(text []byte, path string) {
	if v.o.Root != "" {
		v.result.RootChecked = true
		if !strings.EqualFold(v.o.Root, v.result.RootDigest) {
			v.findf(ManifestChanged, path, "its root digest is %s, not %s", v.result.RootDigest, v.o.Root)
		}
	}
	if v.o.Key == nil {
		return
	}
	v.result.SignatureChecked = true
	bundles := map[string][]byte{}
	for _, name := range signatureNames(v.result.RootDigest) {
		bundle, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err == nil {
			bundles[name] = bundle
		} else if !errors.Is(err, fs.ErrNotExist) {
			v.findf(SignatureWrong, path, "its signature couldn't be read: %v", err)
			return
		}
	}
	name, why := v.signature(text, bundles)
	if len(bundles) == 0 {
		why = "it isn't in the manifest's folder"
	}
	if why != "" {
		v.findf(SignatureWrong, filepath.Join(filepath.Dir(path), name), "%s", why)
	}
}

// resource is a file's name and digest; its size is -1 if unknown.
type resource struct {
	name, sha256 string
	size         int64
}

func nameOfResource(r resource) string { return r.name }

func nameOfFile(f folder.File) string { return f.Name }

func listedResources(s manifest.Statement) iter.Seq2[resource, error] {
	return func(yield func(resource, error) bool) {
		for _, r := range s.Predicate.Resources {
			if !yield(resource{r.Name, r.Digest, -1}, nil) {
				return
			}
		}
	}
}

func shardResources(d *opened) iter.Seq2[resource, error] {
	return func(yield func(resource, error) bool) {
		for e, err := range d.entries() {
			if !yield(resource{e.Name, e.Digest.SHA256, e.Annotations.Size}, err) {
				return
			}
		}
	}
}

// openShards opens the shards in a folder.
func openShards(ctx context.Context, s manifest.Statement, dir string) (*opened, error) {
	d := &opened{statement: s}
	for _, shard := range s.Predicate.Datalock.Shards {
		path := filepath.Join(dir, shard.Name)
		sum, size, err := hashFile(ctx, path, nil)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf(
				"the manifest lists shards, but %s isn't in the same folder; copy it from the bucket",
				shard.Name,
			)
		}
		if err == nil && (sum != shard.SHA256 || size != shard.Size) {
			err = fmt.Errorf("%s: its SHA-256 is %s, but the manifest lists %s", path, sum, shard.SHA256)
		}
		var file *os.File
		if err == nil {
			file, err = os.Open(path)
		}
		if err != nil {
			d.close()
			return nil, err
		}
		d.shards = append(d.shards, spill.Keep(file))
	}
	return d, nil
}

// localJob is a file to hash.
type localJob struct {
	want resource
	file folder.File
}

// folder compares a folder with the files in the manifest.
func (v *verifier) folder(ctx context.Context, dir string, resources iter.Seq2[resource, error]) error {
	var mu sync.Mutex
	odd := map[string]bool{}
	listing, err := folder.List(
		ctx,
		dir,
		folder.Options{Exclude: v.o.Exclude, MaxName: maxKey, Listed: &v.meter.files},
		func(name, problem string) {
			mu.Lock()
			defer mu.Unlock()
			odd[name] = true
			v.find(Finding{Unknown, filepath.Join(dir, filepath.FromSlash(name)), problem})
		},
	)
	if err != nil {
		return err
	}
	defer listing.Close()
	v.meter.begin(StepRead, v.result.Files, v.result.Bytes)
	jobs := func(yield func(localJob, error) bool) {
		for pair, err := range join(resources, nameOfResource, listing.Sorted(), nameOfFile) {
			where := filepath.Join(dir, filepath.FromSlash(pair.name))
			switch {
			case err != nil:
				yield(localJob{}, err)
				return
			case pair.a == nil:
				v.findf(Extra, where, "isn't in the manifest")
			case pair.b == nil && !within(odd, pair.name):
				v.findf(Missing, where, "isn't in the folder")
			case pair.b != nil:
				if !yield(localJob{*pair.a, *pair.b}, nil) {
					return
				}
			}
		}
	}
	return each(ctx, localReaders, jobs, func(ctx context.Context, j localJob) error {
		return v.local(ctx, filepath.Join(dir, filepath.FromSlash(j.want.name)), j)
	})
}

// within reports whether a name or a folder above it is among others: of what is below a
// folder that can't be read nothing is known.
func within(others map[string]bool, name string) bool {
	for ; name != "."; name = path.Dir(name) {
		if others[name] {
			return true
		}
	}
	return false
}

// localReaders is how many files are hashed at a time.
const localReaders = 8

func (v *verifier) local(ctx context.Context, path string, j localJob) error {
	find := func(name FindingName, format string, args ...any) {
		v.findf(name, path, format, args...)
	}
	if j.want.size >= 0 && j.file.Size < j.want.size {
		find(Truncated, "it has %d bytes, not %d", j.file.Size, j.want.size)
		return nil
	}
	sum, size, err := hashFile(ctx, path, &v.meter.bytes)
	v.meter.files.Add(1)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		find(Unknown, "%v", err)
		return nil
	case sum != j.want.sha256:
		find(Changed, "the SHA-256 of its bytes is %s, not %s", sum, j.want.sha256)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.result.Checked++
	v.result.ReadFiles++
	v.result.ReadBytes += size
	return nil
}
