package dataset

import (
	"context"
	"fmt"
	"time"

	"datalock/dataset/internal/folder"
	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
	"datalock/dataset/signing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/semaphore"
)

// PublishOptions say how to publish. The zero value publishes everything with
// the bucket's default retention, asks nobody and signs nothing.
type PublishOptions struct {
	// Exclude are patterns of what isn't published: *.tmp fits a file or
	// folder anywhere, raw/** everything below raw.
	Exclude []string
	// RetainUntil or Days name a retention in the bucket's mode. With neither
	// the bucket's default applies.
	RetainUntil time.Time
	Days        int
	// Jobs is how many requests are sent at a time at most, 64 if it is 0. Fewer
	// are sent where the server asks for less.
	Jobs int
	// Key signs the manifest if it isn't nil.
	Key *signing.Key
	// Croissant adds croissant.json beside the manifest if it isn't nil.
	Croissant *Croissant
	// Confirm is asked before anything is locked; an error ends the run.
	Confirm func(Plan) error
	// Progress is told how the run gets on, ten times a second.
	Progress func(Progress)
	// Note is told what a user should know, in a sentence.
	Note func(string)
}

// DefaultJobs is how many requests are sent at a time at most.
const DefaultJobs = 64

// bufferBytes bounds the memory for what is being sent.
const bufferBytes = 96 << 20

// A Plan is what a run is about to do.
type Plan struct {
	Location
	// Files and Bytes are those of the dataset, and Present how many of the
	// files S3 has already.
	Files   int64 `json:"files"`
	Bytes   int64 `json:"bytes"`
	Present int64 `json:"present"`
	// Mode and Retention are what the files are locked with, Until is when the
	// lock ends of a file that is uploaded now. Default says that it is the
	// bucket's default.
	Mode      string    `json:"mode"`
	Retention string    `json:"retention"`
	Until     time.Time `json:"until"`
	Default   bool      `json:"default"`
	// Excluded counts the files and folders that a pattern excluded.
	Excluded int64 `json:"excluded"`
	// EmptyFolders names some of the folders that aren't kept, since S3 has no
	// folders; EmptyFoldersCount counts them.
	EmptyFolders      []string `json:"emptyFolders,omitempty"`
	EmptyFoldersCount int64    `json:"emptyFoldersCount"`
}

// Published is a dataset that is in the bucket.
type Published struct {
	Location
	// RootDigest is the SHA-256 of manifest.json in hex. Keep it outside the
	// bucket: it proves which manifest is the right one.
	RootDigest string `json:"rootDigest"`
	// ManifestVersionID is the version of manifest.json.
	ManifestVersionID string             `json:"manifestVersionId"`
	Files             int64              `json:"files"`
	Bytes             int64              `json:"bytes"`
	Retention         manifest.Retention `json:"retention"`
	// Sent and Kept are the files that this run uploaded, and those that were
	// there with the same bytes.
	Sent int64 `json:"sent"`
	Kept int64 `json:"kept"`
	// Signed says that there is a signature by the key that was named.
	Signed bool `json:"signed"`
	// Before says that the dataset had been published before this run.
	Before bool `json:"publishedBefore"`
}

// Publish puts the files of a folder into a locked bucket as one dataset and
// writes its manifest last. It overwrites and deletes nothing. Run again after
// an interruption, it goes on from what is in the bucket.
//
// Mistakes of the user's are a *[Mistakes], and then nothing was sent.
func Publish(ctx context.Context, client *s3.Client, dir string, at Location, o PublishOptions) (Published, error) {
	if err := at.check(); err != nil {
		return Published{}, fmt.Errorf("publish to %s: %w", at, err)
	}
	if o.Jobs <= 0 {
		o.Jobs = DefaultJobs
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	p := &publisher{
		o: o, dir: dir, at: at, meter: newMeter(o.Progress),
		store:  store.Store{Client: client, Bucket: at.Bucket, Limiter: store.NewLimiter(o.Jobs)},
		memory: semaphore.NewWeighted(bufferBytes),
		there:  spill.New(), entries: spill.New(),
	}
	defer p.close()
	return p.run(ctx)
}

// publisher is one run.
type publisher struct {
	o      PublishOptions
	dir    string
	at     Location
	store  store.Store
	meter  *meter
	memory *semaphore.Weighted

	listing   *folder.Listing
	retention retention
	// skew is how far S3's clock is ahead of ours.
	skew time.Duration
	// there are the versions in the bucket, entries those of the dataset.
	there, entries *spill.Sorter
	// uploads are the unfinished ones by key; byKey says that there can be
	// others, for which the server must be asked by their keys.
	uploads map[string]string
	byKey   bool
	results results
}

func (p *publisher) close() {
	p.meter.end()
	p.there.Close()
	p.entries.Close()
	if p.listing != nil {
		p.listing.Close()
	}
}

// now is S3's time.
func (p *publisher) now() time.Time { return time.Now().Add(p.skew).UTC() }

func (p *publisher) run(ctx context.Context) (Published, error) {
	plan, published, err := p.prepare(ctx)
	if err != nil {
		return Published{}, err
	}
	if published {
		return p.again(ctx)
	}
	if p.o.Confirm != nil {
		if err := p.o.Confirm(plan); err != nil {
			return Published{}, err
		}
	}
	p.meter.begin(StepSend, plan.Files, plan.Bytes)
	if err := p.send(ctx); err != nil {
		return Published{}, err
	}
	p.meter.begin(StepCommit, 0, 0)
	return p.commit(ctx)
}
