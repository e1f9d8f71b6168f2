package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

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
	v.result.RootDigest = manifest.RootDigest(text)
	v.localRoot(text, manifestPath)
	d, err := v.openLocal(ctx, text, filepath.Dir(manifestPath))
	defer d.close()
	switch {
	case errors.Is(err, errManifest):
		v.findf(ManifestChanged, manifestPath, "%v", err)
		err = nil
	case err == nil && len(d.shards) > 0:
		err = v.folder(ctx, dir, shardResources(d))
	case err == nil:
		err = v.folder(ctx, dir, listedResources(d.statement))
	}
	v.done()
	return *v.result, err
}

// openLocal reads a manifest and, if it lists them, the shards in its folder.
func (v *verifier) openLocal(ctx context.Context, text []byte, dir string) (d *opened, err error) {
	d = &opened{}
	if d.statement, err = manifest.Parse(text); err != nil {
		return d, fmt.Errorf("%w: %w", errManifest, err)
	}
	m := d.dataset()
	v.result.Location = Location{m.Bucket, m.Prefix}
	v.result.Files, v.result.Bytes = m.Files, m.Bytes
	if m.Lists != manifest.Shards {
		return d, nil
	}
	if err := d.openShards(ctx, dir); err != nil {
		return d, err
	}
	if err := d.consistent(); err != nil {
		return d, fmt.Errorf("%w: %w", errManifest, err)
	}
	return d, nil
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
	if v.result.SignatureChecked = why == ""; why != "" {
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
func (d *opened) openShards(ctx context.Context, dir string) error {
	in, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer in.Close()
	for _, shard := range d.dataset().Shards {
		file, err := openShard(ctx, in, shard)
		if err != nil {
			return err
		}
		d.shards = append(d.shards, spill.Keep(file))
	}
	return nil
}

// openShard opens a shard and checks its digest.
func openShard(ctx context.Context, in *os.Root, shard manifest.Shard) (*os.File, error) {
	file, err := folder.Open(in, shard.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf(
			"the manifest lists shards, but %s isn't in the same folder; copy it from the bucket",
			shard.Name,
		)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(in.Name(), shard.Name), err)
	}
	h := sha256.New()
	size, err := io.Copy(countingWriter{ctx, h, nil}, io.LimitReader(file, shard.Size+1))
	if sum := fmt.Sprintf("%x", h.Sum(nil)); err == nil && (sum != shard.SHA256 || size != shard.Size) {
		err = fmt.Errorf("%w: %s isn't the shard of %d bytes with the SHA-256 %s that it lists", errManifest,
			shard.Name, shard.Size, shard.SHA256)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// localJob is a file to hash.
type localJob struct {
	want resource
	file folder.File
}

// folder compares a folder with the files in the manifest.
func (v *verifier) folder(ctx context.Context, dir string, resources iter.Seq2[resource, error]) error {
	odd := map[string]string{}
	listing, err := folder.List(
		ctx,
		dir,
		folder.Options{Exclude: v.o.Exclude, MaxName: maxKey, Listed: &v.meter.files},
		func(name, problem string) { odd[name] = problem },
	)
	if err != nil {
		return err
	}
	defer listing.Close()
	v.meter.begin(StepRead, v.result.Files, v.result.Bytes)
	where := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	// wanted are the odd names of files in the manifest, and of folders above them.
	wanted := map[string]bool{}
	jobs := func(yield func(localJob, error) bool) {
		for pair, err := range join(resources, nameOfResource, listing.Sorted(), nameOfFile) {
			switch {
			case err != nil:
				yield(localJob{}, err)
				return
			case pair.a == nil:
				v.findf(Extra, where(pair.name), "isn't in the manifest")
				continue
			}
			if name := within(odd, pair.name); name != "" {
				wanted[name] = true
			}
			if pair.b == nil {
				pair.b = v.notListed(listing, pair.name, where(pair.name), odd)
			}
			if pair.b != nil && !yield(localJob{*pair.a, *pair.b}, nil) {
				return
			}
		}
	}
	err = each(ctx, localReaders, jobs, func(ctx context.Context, j localJob) error {
		return v.local(ctx, listing, where(j.want.name), j)
	})
	for name, problem := range odd {
		finding := Finding{Unknown, where(name), problem}
		if !wanted[name] && !strings.HasPrefix(problem, folder.UnreadableFolder) {
			finding = Finding{Extra, where(name), "isn't in the manifest, and " + problem}
		}
		v.find(finding)
	}
	return err
}

// notListed looks at a file of the manifest that wasn't listed. An excluded one is there.
func (v *verifier) notListed(in *folder.Listing, name, where string, odd map[string]string) *folder.File {
	if within(odd, name) != "" {
		return nil
	}
	info, err := in.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.findf(Missing, where, "isn't in the folder")
	case err != nil:
		v.findf(Unknown, where, "%v", err)
	case !info.Mode().IsRegular():
		v.findf(Unknown, where, "%v", folder.ErrNotRegular)
	default:
		f := folder.FileOf(name, info)
		return &f
	}
	return nil
}

// within returns a name, or a folder above it, that is among others, "" if none is: of
// what is below a folder that can't be read nothing is known.
func within(others map[string]string, name string) string {
	for ; name != "."; name = path.Dir(name) {
		if _, ok := others[name]; ok {
			return name
		}
	}
	return ""
}

// localReaders is how many files are hashed at a time.
const localReaders = 8

func (v *verifier) local(ctx context.Context, in *folder.Listing, path string, j localJob) error {
	find := func(name FindingName, format string, args ...any) {
		v.findf(name, path, format, args...)
	}
	if j.want.size >= 0 && j.file.Size < j.want.size {
		find(Truncated, "it has %d bytes, not %d", j.file.Size, j.want.size)
		return nil
	}
	sum, size, err := hashNow(ctx, in, j.file.Name, &v.meter.bytes)
	v.meter.files.Add(1)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case sum == j.want.sha256:
	case err != nil:
		find(Unknown, "%v", err)
		return nil
	default:
		find(Changed, "the SHA-256 of its bytes is %s, not %s", sum, j.want.sha256)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.result.Checked++
	v.result.ReadFiles++
	v.result.ReadBytes += size
	return nil
}

// hashNow returns the SHA-256 of a file in hex, and its size. Unlike hashFile it doesn't
// care whether the file is the listed one: file systems over a network may number a file
// anew at any time. A file that changed while it was read is an error, with the SHA-256 of
// what was read.
func hashNow(ctx context.Context, in *folder.Listing, name string, bytes *atomic.Int64) (string, int64, error) {
	file, err := in.Open(name)
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	sum, n, err := hashOf(ctx, file, bytes, io.Discard)
	if err != nil {
		return "", n, fmt.Errorf("read %s: %w", name, err)
	}
	after, err := file.Stat()
	if err == nil && (n != before.Size() || after.Size() != n || !after.ModTime().Equal(before.ModTime())) {
		err = errors.New("it changed while it was read; stop writing to it and run again")
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return sum, n, err
}
