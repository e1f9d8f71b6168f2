package dataset

import (
	"context"
	"fmt"
	"sync"

	"datalock/dataset/internal/folder"
	"datalock/dataset/manifest"
	"datalock/internal/printable"
)

// earlier adds to a plan what earlier runs left: the locks of the versions that the bucket
// already has, and the unfinished uploads. A version that can't be part of the dataset is
// a mistake.
func (p *publisher) earlier(ctx context.Context, plan *Plan, mistake func(string, ...any)) error {
	p.meter.begin(StepLook, p.listing.Files, 0)
	var mu sync.Mutex
	return each(ctx, p.o.Jobs, p.pairs(), func(ctx context.Context, pair pair[folder.File, group]) error {
		defer p.meter.files.Add(1)
		key := p.at.data(pair.name)
		if pair.b == nil {
			continued, err := p.unfinished(ctx, &mu, key, pair.a.Size)
			if continued {
				mu.Lock()
				plan.UnfinishedUploads++
				mu.Unlock()
			}
			return err
		}
		if err := p.store.Limiter.Acquire(ctx); err != nil {
			return err
		}
		o, err := p.read(ctx, key, pair.b.versions[0].VersionID)
		p.store.Limiter.Release(err == nil)
		if err != nil {
			return err
		}
		if wrong := p.usable(o); wrong != nil {
			mistake("%v", wrong)
		}
		mu.Lock()
		defer mu.Unlock()
		plan.ManifestUntil = later(plan.ManifestUntil, o.Lock.Until)
		return nil
	})
}

// unfinished reports whether a file's upload will be continued. MinIO lists an upload
// only to a request with its whole key.
func (p *publisher) unfinished(ctx context.Context, mu *sync.Mutex, key string, size int64) (bool, error) {
	if manifest.PartSizeOf(size) == 0 {
		return false, nil
	}
	mu.Lock()
	u, ok := p.uploads[key]
	mu.Unlock()
	if !ok && p.byKey {
		of, err := p.store.Uploads(ctx, key)
		if err != nil {
			return false, err
		}
		if u, ok = of[key]; ok {
			mu.Lock()
			p.uploads[key] = u
			mu.Unlock()
		}
	}
	if now := p.now(); ok && !u.Began.IsZero() {
		if _, until := p.retention.existing(u.Began, now); !until.After(now) {
			p.giveUp(key, u.ID, "the bucket's default retention, counted from its start, has ended")
			mu.Lock()
			delete(p.uploads, key)
			mu.Unlock()
			ok = false
		}
	}
	return ok, nil
}

// mostGivenUp is how many unfinished uploads are named that stay.
const mostGivenUp = 10

// giveUp tells the user about an unfinished upload that stays.
func (p *publisher) giveUp(key, id, why string) {
	if p.results.givenUp.Add(1) <= mostGivenUp {
		p.o.Note(fmt.Sprintf("%s: the unfinished upload %s isn't continued: %s. S3 bills its parts until it is aborted "+
			"(aws s3api abort-multipart-upload)", printable.Line(p.at.url(key)), id, why))
	}
}

// noteGivenUp tells the user how many uploads weren't named.
func (p *publisher) noteGivenUp() {
	if more := p.results.givenUp.Load() - mostGivenUp; more > 0 {
		p.o.Note(fmt.Sprintf("%s more: not continued either (aws s3api list-multipart-uploads)",
			plural(int(more), "unfinished upload")))
	}
}
