package dataset

import (
	"context"
	"fmt"
	"sync"
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
// the bucket's default retention, without confirmation or signature.
type PublishOptions struct {
	// Exclude are patterns of files to leave out: *.tmp matches a file or
	// folder anywhere, raw/ a folder anywhere, ./raw/ only that in the folder
	// itself, raw/** everything below it.
	Exclude []string
	// RetainUntil or Days set a retention in the bucket's mode. With neither,
	// the bucket's default applies.
	RetainUntil time.Time
	Days        int
	// Jobs is the maximum number of parallel requests, 64 if it is 0. Fewer are
	// sent if the server asks to slow down.
	Jobs int
	// Key, if not nil, signs the manifest.
	Key *signing.Key
	// Croissant, if not nil, adds croissant.json beside the manifest.
	Croissant *Croissant
	// Confirm, if not nil, is called before anything is locked, and again before the
	// manifest is locked longer than that plan said; an error ends the run.
	Confirm func(Plan) error
	// Progress, if not nil, receives the progress ten times a second.
	Progress func(Progress)
	// Note, if not nil, receives notes for the user, one sentence each.
	Note func(string)
}

// DefaultJobs is the default maximum number of parallel requests.
const DefaultJobs = 64

// bufferBytes limits the memory for data being sent.
const bufferBytes = 96 << 20

// A Plan is what a run is about to do.
type Plan struct {
	Location
	// Files and Bytes are the dataset's, Present the number of files that S3
	// already has.
	Files   int64 `json:"files"`
	Bytes   int64 `json:"bytes"`
	Present int64 `json:"present"`
	// UnfinishedUploads is the number of uploads that an earlier run began and this run
	// continues. S3 doesn't show the lock that each asked for, which can be longer.
	// Unfinished names some of them.
	UnfinishedUploads int64              `json:"unfinishedUploads"`
	Unfinished        []UnfinishedUpload `json:"unfinished,omitempty"`
	// Mode and Retention are the lock of the files. Until is the end of the
	// lock of a file uploaded now. Default says that it is the bucket's
	// default.
	Mode      string    `json:"mode"`
	Retention string    `json:"retention"`
	Until     time.Time `json:"until"`
	Default   bool      `json:"default"`
	// ManifestUntil is the end of the lock of the manifest and what is written with it:
	// that of the last lock of all files, also of those that S3 already has.
	ManifestUntil time.Time `json:"manifestUntil"`
	// Sent says that all files are sent, and that ManifestUntil came out later than the
	// first plan said.
	Sent bool `json:"sent"`
	// Excluded is the number of files and folders that a pattern excluded.
	Excluded int64 `json:"excluded"`
	// EmptyFolders names some of the empty folders, which S3 can't store;
	// EmptyFoldersCount counts them.
	EmptyFolders      []string `json:"emptyFolders,omitempty"`
	EmptyFoldersCount int64    `json:"emptyFoldersCount"`
	// Published says that the dataset is already published. The run only adds the
	// files beside the manifest in Adds; Mode and Until are their lock.
	Published bool     `json:"published,omitempty"`
	Adds      []string `json:"adds,omitempty"`
}

// An UnfinishedUpload is a multipart upload that is neither finished nor aborted.
type UnfinishedUpload struct {
	Key      string `json:"key"`
	UploadID string `json:"uploadId"`
}

// Published is a published dataset.
type Published struct {
	Location
	// RootDigest is the SHA-256 of manifest.json in hex. Keep it outside the
	// bucket: it identifies the manifest that was published.
	RootDigest string `json:"rootDigest"`
	// ManifestVersionID is the version of manifest.json.
	ManifestVersionID string             `json:"manifestVersionId"`
	Files             int64              `json:"files"`
	Bytes             int64              `json:"bytes"`
	Retention         manifest.Retention `json:"retention"`
	// Sent is the number of files that this run uploaded, Kept the number that
	// the bucket already had with the same bytes.
	Sent int64 `json:"sent"`
	Kept int64 `json:"kept"`
	// Continued is the number of files whose upload an earlier run began, LockedLonger
	// the number of them that are locked longer than this run asked for.
	Continued    int64 `json:"continuedUploads"`
	LockedLonger int64 `json:"lockedLonger"`
	// Signed says that the manifest is signed by the given key.
	Signed bool `json:"signed"`
	// Before says that the dataset was already published before this run, which
	// compared it with the folder and with its versions, as [Verify] does.
	Before bool `json:"publishedBefore"`
}

// Publish uploads the files of a folder into a locked bucket as one dataset and
// writes its manifest last. It overwrites and deletes nothing. After an
// interruption, run it again to continue.
//
// The user's mistakes are returned as a *[Mistakes]; nothing was sent then.
func Publish(ctx context.Context, client *s3.Client, dir string, at Location, o PublishOptions) (Published, error) {
	if err := at.check(); err != nil {
		return Published{}, fmt.Errorf("publish to %s: %w", at, err)
	}
	if o.Jobs <= 0 {
		o.Jobs = DefaultJobs
	}
	var noting sync.Mutex
	note := o.Note
	o.Note = func(text string) {
		noting.Lock()
		defer noting.Unlock()
		if note != nil {
			note(text)
		}
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
	// skew is how far S3's clock is ahead of this machine's.
	skew time.Duration
	// there has the versions in the bucket, entries the dataset's entries.
	there, entries *spill.Sorter
	// meta are the versions of the files that describe the dataset, by name.
	meta map[string][]store.Version
	// uploads are the unfinished uploads by key. byKey says that the server may
	// have others, which it lists only by their full key.
	uploads map[string]store.Upload
	byKey   bool
	// agreed is the plan that the user agreed to.
	agreed  Plan
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
	defer p.noteGivenUp()
	plan, published, err := p.prepare(ctx)
	if err != nil {
		return Published{}, err
	}
	if published {
		return p.again(ctx, plan)
	}
	if p.o.Confirm != nil {
		if err := p.o.Confirm(plan); err != nil {
			return Published{}, err
		}
	}
	p.agreed = plan
	p.meter.kept.Store(&p.results.kept)
	defer p.noteLocks()
	p.meter.begin(StepSend, plan.Files, plan.Bytes)
	if err := p.send(ctx); err != nil {
		return Published{}, err
	}
	p.meter.begin(StepCommit, 0, 0)
	return p.commit(ctx)
}
