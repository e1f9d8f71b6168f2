package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"datalock/dataset/internal/folder"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// nothingSent is the outcome of a run with mistakes.
const nothingSent = "nothing was sent"

// skewNoted is the clock difference from which the user is told.
const skewNoted = 2 * time.Minute

// oftenMost is the size in bytes of the largest object that many servers take.
const oftenMost = 5 << 40

// prepare checks the options, the folder and the bucket, and reports all
// mistakes at once. published says that the dataset already has its manifest.
func (p *publisher) prepare(ctx context.Context) (plan Plan, published bool, err error) {
	var wrong collector
	p.o.check(wrong.add)
	if err := p.at.checkRoom(longestName); err != nil {
		wrong.add("%v", err)
	}
	if err := wrong.err(nothingSent); err != nil {
		return plan, false, err
	}
	if err := p.listFolder(ctx, &wrong); err != nil {
		return plan, false, err
	}
	p.meter.begin(StepLook, 0, 0)
	settings, err := p.store.Settings(ctx, p.at.data(""))
	if err != nil {
		return plan, false, explain(err)
	}
	p.skew, p.byKey = settings.Skew, !settings.AWS
	if p.skew.Abs() > skewNoted {
		p.o.Note(fmt.Sprintf("this machine's clock is %s S3's by %s; dates are counted from S3's clock",
			side(p.skew), p.skew.Abs().Round(10*time.Second)))
	}
	if !settings.AWS && p.listing.Largest > oftenMost {
		p.o.Note("the largest file has " + sizeText(p.listing.Largest) + "; many servers besides AWS take 5 TiB at most")
	}
	p.notePolicy(settings)
	p.retention = retentionFor(p.at.Bucket, settings, p.o.Days, p.o.RetainUntil, p.now(), wrong.add)
	if published, err = p.look(ctx, wrong.add); err != nil {
		return plan, false, explain(err)
	}
	present := int64(0)
	if !published {
		if present, err = p.compare(ctx, wrong.add); err != nil {
			return plan, false, explain(err)
		}
	}
	plan = p.plan(present)
	if !published && wrong.err(nothingSent) == nil {
		err = explain(p.earlier(ctx, &plan, wrong.add))
	}
	return plan, published, cmp.Or(err, wrong.err(nothingSent))
}

// Check returns the mistakes in the options that need no look at the folder or the
// bucket, as a *[Mistakes].
func (o PublishOptions) Check() error {
	var wrong collector
	o.check(wrong.add)
	checkRetention(o.Days, o.RetainUntil, wrong.add)
	return wrong.err(nothingSent)
}

// check reports mistakes in the options, but for the retention.
func (o PublishOptions) check(mistake func(string, ...any)) {
	for _, err := range folder.CheckPatterns(o.Exclude) {
		mistake("%v", err)
	}
	if o.Croissant != nil {
		o.Croissant.check(mistake)
	}
	if o.Key != nil && !o.Key.CanSign() {
		mistake("key: is a public key, which can't sign; pass the private key")
	}
}

// notePolicy tells the user what isn't known of the bucket policy's limits.
func (p *publisher) notePolicy(s store.Settings) {
	switch {
	case !s.PolicyRead:
		p.o.Note("the bucket policy couldn't be read (s3:GetBucketPolicy): if it limits the retention, S3 denies the uploads")
	case len(s.Unjudged) > 0:
		p.o.Note("the bucket policy limits the retention for some keys, principals or conditions, which isn't judged here: " +
			"S3 may deny the uploads; see statement " + strings.Join(s.Unjudged, ", "))
	}
}

// listFolder lists the files to publish.
func (p *publisher) listFolder(ctx context.Context, wrong *collector) (err error) {
	options := folder.Options{
		Exclude: p.o.Exclude, MaxName: maxKey - len(p.at.data("")), MaxSize: manifest.MaxSize, Listed: &p.meter.files,
	}
	p.listing, err = folder.List(ctx, p.dir, options, func(name, problem string) { wrong.add("%s: %s", name, problem) })
	if err != nil {
		return err
	}
	where := p.dir
	if p.listing.Excluded > 0 {
		where += " outside excluded folders"
	}
	for _, pattern := range p.listing.Unmatched {
		p.o.Note(fmt.Sprintf("exclude pattern %q matches nothing in %s", pattern, where))
	}
	if p.listing.Files == 0 && wrong.err(nothingSent) == nil {
		wrong.add("%s: has no files to publish", p.dir)
	}
	return nil
}

// plan returns what the run is about to do; present is the number of files that
// the bucket already has.
func (p *publisher) plan(present int64) Plan {
	l, until := p.listing, p.retention.end(p.now())
	return Plan{
		Location:          p.at,
		Files:             l.Files,
		Bytes:             l.Bytes,
		Present:           present,
		Mode:              p.retention.mode,
		Retention:         p.retention.String(),
		Until:             until,
		Default:           !p.retention.named,
		ManifestUntil:     until,
		Excluded:          l.Excluded,
		EmptyFolders:      l.EmptyFolders,
		EmptyFoldersCount: l.EmptyFoldersCount,
	}
}

func side(skew time.Duration) string {
	if skew > 0 {
		return "behind"
	}
	return "ahead of"
}

// look finds the dataset's manifest, and datasets inside or around this one:
// the files of one would be extra files in the other.
func (p *publisher) look(ctx context.Context, mistake func(string, ...any)) (published bool, err error) {
	for _, above := range p.at.above() {
		found, err := p.hasManifest(ctx, above)
		if err != nil {
			return false, err
		}
		if found {
			mistake("%s: is inside the dataset %s; publish under another prefix", p.at, above)
		}
	}
	p.meta = map[string][]store.Version{}
	below := p.at.meta("")
	for v, err := range p.store.Versions(ctx, below) {
		if err != nil {
			return false, err
		}
		name := strings.TrimPrefix(v.Key, below)
		switch {
		case ownMeta(name):
			p.meta[name] = append(p.meta[name], v)
		case strings.HasSuffix(name, "/"+manifestName):
			mistake(
				"%s: contains the dataset %s; publish under another prefix",
				p.at,
				Location{p.at.Bucket, p.at.Prefix + "/" + strings.TrimSuffix(name, "/"+manifestName)},
			)
		}
	}
	if anyMarker(p.meta[manifestName]) {
		mistake("%s: its manifest is hidden by a delete marker; remove the marker, or publish under another prefix", p.at)
	}
	if _, published = oldestOf(p.meta[manifestName]); published {
		return true, nil
	}
	for name := range p.meta {
		if isRenewal(name) {
			mistake("%s: is the record of a renewal, but there is no manifest; publish under another prefix",
				p.at.url(p.at.meta(name)))
		}
	}
	return false, nil
}

// hasManifest reports whether there is a dataset, even if its manifest is hidden.
func (p *publisher) hasManifest(ctx context.Context, of Location) (bool, error) {
	key := of.meta(manifestName)
	for v, err := range p.store.Versions(ctx, key) {
		if err != nil {
			return false, fmt.Errorf("look for the dataset %s: %w", of, err)
		}
		if v.Key != key {
			break
		}
		if !v.Marker {
			return true, nil
		}
	}
	return false, nil
}

// compare compares what the bucket already has with the folder, by name and
// size; the bytes are compared when each file is read. It returns how many
// files the bucket has.
func (p *publisher) compare(ctx context.Context, mistake func(string, ...any)) (int64, error) {
	below := p.at.data("")
	for v, err := range p.store.Versions(ctx, below) {
		if err == nil {
			err = addVersion(p.there, strings.TrimPrefix(v.Key, below), v)
		}
		if err != nil {
			return 0, err
		}
	}
	present := int64(0)
	for pair, err := range p.pairs() {
		if err != nil {
			return 0, err
		}
		if pair.b == nil {
			continue
		}
		url := p.at.url(p.at.data(pair.name))
		switch v := pair.b.versions[0]; {
		case pair.a == nil:
			mistake(
				"%s: is in the bucket but not in %s; a dataset is written once: publish under another prefix",
				url,
				p.dir,
			)
		case anyMarker(pair.b.versions):
			mistake("%s: is hidden by a delete marker; remove the marker, or publish under another prefix", url)
		case len(pair.b.versions) > 1:
			mistake("%s: has %d versions; publish under another prefix", url, len(pair.b.versions))
		case v.Size != pair.a.Size:
			mistake(
				"%s: has %d bytes, but the file has %d; a dataset is written once: publish under another prefix",
				url,
				v.Size,
				pair.a.Size,
			)
		default:
			present++
		}
	}
	uploads, err := p.store.Uploads(ctx, below)
	switch {
	case store.Denied(err):
		p.o.Note("not allowed to list unfinished uploads (s3:ListBucketMultipartUploads): none will be continued")
		err, p.byKey = nil, false
	case store.Answered(err):
		p.o.Note(fmt.Sprintf("not all unfinished uploads could be listed (%s): the others won't be continued",
			store.Brief(err)))
		err, p.byKey = nil, false
	}
	p.uploads = uploads
	return present, err
}

func anyMarker(versions []store.Version) bool {
	for _, v := range versions {
		if v.Marker {
			return true
		}
	}
	return false
}

// pairs returns each file of the folder with its versions in the bucket.
func (p *publisher) pairs() iter.Seq2[pair[folder.File, group], error] {
	return join(p.listing.Sorted(), nameOfFile, groups(p.there), nameOfGroup)
}

// explain adds the usual cause to an error of the first requests.
func explain(err error) error {
	switch {
	case store.IsCode(err, "NoSuchBucket"):
		return fmt.Errorf(
			"%s; check the bucket's name, the Region and the endpoint",
			strings.TrimSuffix(store.Brief(err), "."),
		)
	case store.Status(err) == 301 || store.IsCode(err, "AuthorizationHeaderMalformed", "PermanentRedirect"):
		return fmt.Errorf("%w; set the bucket's Region with --region or AWS_REGION", err)
	case store.Denied(err):
		return fmt.Errorf(
			"%w; `datalock role-policy STACK --phase PHASE` prints the policy that a publisher, a verifier or a renewer needs",
			err,
		)
	case store.Expired(err):
		return fmt.Errorf("%w; get new credentials and run it again", err)
	case store.Status(err) == 403:
		return fmt.Errorf("%w; check the credentials", err)
	}
	return err
}
