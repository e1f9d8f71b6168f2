package dataset

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/signing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// VerifyOptions say what is verified.
type VerifyOptions struct {
	// Root is the root digest that the manifest must have, in hex; "" compares
	// it with none.
	Root string
	// Key checks the signature if it isn't nil.
	Key *signing.Key
	// Read reads the bytes of all files; Sample of that many random ones.
	Read   bool
	Sample int64
	// Seed chooses the sample; 0 takes a random one.
	Seed uint64
	// Until is a date that all locks must reach.
	Until time.Time
	// Exclude are patterns of local files that don't count as extra.
	Exclude []string
	// Jobs is how many requests are sent at a time at most, 64 if it is 0.
	Jobs int
	// Progress is told how the run gets on, ten times a second.
	Progress func(Progress)
}

// ErrNotPublished says that there is no manifest, so no dataset.
var ErrNotPublished = errors.New("there is no dataset: no manifest is there")

// Verify compares a dataset with its manifest: each version by its id, then
// what else lies under the prefix. An error means that it couldn't be judged.
// What is wrong is in the findings.
func Verify(ctx context.Context, client *s3.Client, at Location, o VerifyOptions) (Verification, error) {
	if err := at.check(); err != nil {
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
	// meta are the versions of what describes the dataset, by their names.
	meta map[string][]store.Version
	// listed are the versions under the prefix; listable says that they could
	// be listed.
	listed   *spill.Sorter
	listable bool
	sample   map[int64]bool
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

// done ends the result: workers find in any order, a result is in one.
func (v *verifier) done() {
	v.result.Ended = time.Now().UTC()
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
	if err := v.list(ctx); err != nil {
		return err
	}
	v.choose(d.dataset().Files)
	total := d.dataset().Bytes
	step := StepRead
	if v.result.Level == Accepted || v.result.Level == AtRest {
		step, total = StepHead, 0
	}
	v.meter.begin(step, d.dataset().Files, total)
	return v.files(ctx, d)
}

// choose chooses the files to read, by their number.
func (v *verifier) choose(files int64) {
	if v.result.Level != Sampled {
		return
	}
	if v.o.Seed == 0 {
		var seed [8]byte
		_, _ = rand.Read(seed[:])
		v.o.Seed = binary.BigEndian.Uint64(seed[:])>>12 + 1
	}
	v.result.Sample = &Sample{Files: min(v.o.Sample, files), Of: files, Seed: v.o.Seed}
	v.sample = sampleOf(v.result.Sample)
}
