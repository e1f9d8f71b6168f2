package dataset

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"datalock/dataset/internal/folder"
	"datalock/dataset/internal/store"
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
			if manifest.PartSizeOf(pair.a.Size) == 0 {
				return nil
			}
			return p.store.Limiter.Do(ctx, func() error { return p.unfinished(ctx, &mu, plan, key) })
		}
		var o store.Object
		err := p.store.Limiter.Do(ctx, func() (err error) {
			o, err = p.read(ctx, key, pair.b.versions[0].VersionID)
			return err
		})
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

// unfinished adds an upload to a plan if it will be continued, and otherwise forgets it.
// MinIO lists an upload only to a request with its whole key.
func (p *publisher) unfinished(ctx context.Context, mu *sync.Mutex, plan *Plan, key string) error {
	mu.Lock()
	u, ok := p.uploads[key]
	mu.Unlock()
	if !ok && p.byKey {
		of, err := p.store.Uploads(ctx, key)
		if err != nil {
			return err
		}
		u, ok = of[key]
	}
	if !ok {
		return nil
	}
	if now := p.now(); !u.Began.IsZero() {
		if _, until := p.retention.existing(u.Began, now); !until.After(now) {
			p.giveUp(key, u.ID, "the bucket's default retention, counted from its start, has ended")
			ok = false
		}
	}
	if ok {
		var err error
		if _, ok, err = p.continuable(ctx, key, u.ID); err != nil {
			return err
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if !ok {
		delete(p.uploads, key)
		return nil
	}
	p.uploads[key] = u
	if plan.UnfinishedUploads++; plan.UnfinishedUploads <= mostNamed {
		plan.Unfinished = append(plan.Unfinished, UnfinishedUpload{key, u.ID})
	}
	return nil
}

// continuable returns the parts of an unfinished upload, and whether it can be continued.
func (p *publisher) continuable(
	ctx context.Context, key, id string,
) (there map[int32]store.Part, ok bool, err error) {
	there, err = p.store.Parts(ctx, key, id)
	switch {
	case err == nil:
		return there, true, nil
	case store.NotFound(err):
	case store.Denied(err):
		p.giveUp(key, id, "listing its parts isn't allowed (s3:ListMultipartUploadParts)")
	case errors.Is(err, store.ErrForeign):
		p.giveUp(key, id, "another tool began it")
	default:
		return nil, false, err
	}
	return nil, false, nil
}

// mostNamed is how many unfinished uploads are named that are continued, and that stay.
const mostNamed = 10

// giveUp tells the user about an unfinished upload that stays.
func (p *publisher) giveUp(key, id, why string) {
	if p.results.givenUp.Add(1) <= mostNamed {
		p.o.Note(fmt.Sprintf("%s: the unfinished upload %s isn't continued: %s. S3 bills its parts until it is aborted "+
			"(aws s3api abort-multipart-upload)", printable.Line(p.at.url(key)), id, why))
	}
}

// noteGivenUp tells the user how many uploads weren't named.
func (p *publisher) noteGivenUp() {
	if more := p.results.givenUp.Load() - mostNamed; more > 0 {
		p.o.Note(fmt.Sprintf("%s more: not continued either (aws s3api list-multipart-uploads)",
			plural(int(more), "unfinished upload")))
	}
}
