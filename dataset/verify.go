package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
	"datalock/dataset/signing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// VerifyOptions say what to verify.
type VerifyOptions struct {
	// Root is the root digest that the manifest must have, in hex; if empty, it
	// isn't compared.
	Root string
	// Key, if not nil, checks the signature.
	Key *signing.Key
	// Read reads the bytes of all files, Sample those of that many random
	// files.
	Read   bool
	Sample int64
	// Seed selects the sample; 0 means a random seed.
	Seed uint64
	// Until is a date that all locks must reach.
	Until time.Time
	// Exclude are patterns of local files that don't count as extra.
	Exclude []string
	// Jobs is the maximum number of parallel requests, 64 if it is 0.
	Jobs int
	// Progress, if not nil, receives the progress ten times a second.
	Progress func(Progress)
}

// check returns what is wrong with the options.
func (o VerifyOptions) check() error {
	if o.Root == "" {
		return nil
	}
	return manifest.CheckRootDigest(o.Root)
}

// ErrNotPublished means that there is no manifest, so there is no dataset.
var ErrNotPublished = errors.New("no dataset: there is no manifest")

// Verify compares a dataset with its manifest: it lists what is under the prefix,
// then requests each version by its id. Differences are findings. An error means that
// the dataset couldn't be judged.
func Verify(ctx context.Context, client *s3.Client, at Location, o VerifyOptions) (Verification, error) {
	if err := errors.Join(at.check(), o.check()); err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", at, err)
	}
	v := newVerifier(client, at, o)
	defer v.close()
	err := v.run(ctx)
	v.done()
	if err != nil {
		return *v.result, explain(err)
	}
	return *v.result, nil
}

type verifier struct {
	o      VerifyOptions
	at     Location
	store  store.Store
	meter  *meter
	result *Verification
	recorder
	skew time.Duration
	// meta are the versions of the files that describe the dataset, by name.
	meta map[string][]store.Version
	// unlisted says that they couldn't be listed.
	unlisted bool
	// beside are the names of those that belong to the manifest.
	beside map[string]bool
	// own are all versions that describe the dataset, but for those that couldn't be read.
	own []lockable
	// records are the dataset's renewal records, without the end of their names.
	records []string
	// promises are those of the records that leave no version out.
	promises []promise
	// listed has the versions under the prefix; listable says that they could
	// be listed.
	listed   *spill.Sorter
	listable bool
	sample   map[int64]bool
	// looked says that all files were looked at, unread that a lock couldn't be
	// read.
	looked, unread bool
	// governed says that a lock in GOVERNANCE mode was seen.
	governed bool
	// sums are the checksums that S3 computed at rest, nil for other levels.
	sums *spill.Sorter
}

func newVerifier(client *s3.Client, at Location, o VerifyOptions) *verifier {
	if o.Jobs <= 0 {
		o.Jobs = DefaultJobs
	}
	result := &Verification{
		Location: at,
		Level:    Accepted,
		Findings: []Finding{},
		Counts:   map[FindingName]int{},
		Started:  time.Now().UTC(),
	}
	if client != nil {
		result.Server = cmp.Or(aws.ToString(client.Options().BaseEndpoint), AWS)
	}
	switch {
	case o.Read:
		result.Level = Read
	case o.Sample > 0:
		result.Level = Sampled
	}
	return &verifier{
		o:        o,
		at:       at,
		meter:    newMeter(o.Progress),
		result:   result,
		recorder: recorder{v: result},
		listed:   spill.New(),
		store:    store.Store{Client: client, Bucket: at.Bucket, Limiter: store.NewLimiter(o.Jobs)},
	}
}

func (v *verifier) close() {
	v.meter.end()
	v.listed.Close()
	if v.sums != nil {
		v.sums.Close()
	}
}

// done completes the result and sorts its findings.
func (v *verifier) done() {
	v.result.Ended = time.Now().UTC()
	if !v.looked || v.unread {
		v.result.NextEnd = nil
	}
	slices.SortFunc(v.result.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Name, b.Name))
	})
}

// now is S3's time.
func (v *verifier) now() time.Time { return time.Now().Add(v.skew).UTC() }

func (v *verifier) run(ctx context.Context) error {
	d, err := v.open(ctx)
	if err != nil || d == nil {
		return err
	}
	defer d.close()
	return v.compare(ctx, d)
}

// compare looks at everything that the manifest names, and at what else is there.
func (v *verifier) compare(ctx context.Context, d *opened) error {
	err := v.list(ctx)
	if err != nil {
		return err
	}
	v.choose(d.dataset().Files)
	step, total := StepHead, int64(0)
	switch v.result.Level {
	case Read:
		step, total = StepRead, d.dataset().Bytes
	case Sampled:
		if total, err = v.sampleBytes(d); err != nil {
			return err
		}
	}
	v.meter.begin(step, d.dataset().Files, total)
	err = v.files(ctx, d)
	v.looked = err == nil
	return err
}

// choose selects the files to read, by their number.
func (v *verifier) choose(files int64) {
	if v.result.Level != Sampled {
		return
	}
	if v.o.Seed == 0 {
		v.o.Seed = newSeed()
	}
	v.result.Sample = &Sample{Files: min(v.o.Sample, files), Of: files, Seed: v.o.Seed}
	v.sample = sampleOf(v.result.Sample)
}
