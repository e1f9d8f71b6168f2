package dataset

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// recheck lists everything again, right before the manifest is written: what
// another writer put under the prefix during the run would be a finding of every
// later verification, and the dataset can't be changed any more. Datasets inside or
// around this one may have been published in the meantime too.
func (p *publisher) recheck(ctx context.Context, d manifest.Dataset) error {
	var wrong collector
	published, err := p.look(ctx, wrong.add)
	if err != nil {
		return explain(err)
	}
	// Another run's manifest is compared with this one's when that is written.
	if !published {
		p.meter.begin(StepList, d.Files, 0)
		if err := p.recheckData(ctx, wrong.add); err != nil {
			return err
		}
		p.recheckMeta(d, wrong.add)
		p.meter.begin(StepCommit, 0, 0)
	}
	if len(wrong.m.List) > 0 {
		return fmt.Errorf("%s changed while it was being published, and no manifest was written; stop the other writers, "+
			"remove what they added and run it again, or publish under another prefix:%s", p.at, wrong.m.lines())
	}
	return nil
}

// recheckData compares the versions under the prefix with the entries.
func (p *publisher) recheckData(ctx context.Context, mistake func(string, ...any)) error {
	// What was there before isn't needed any more: the memory of one list is enough.
	p.there.Close()
	p.there = spill.New()
	below := p.at.data("")
	for v, err := range p.store.Versions(ctx, below) {
		if err == nil {
			err = addVersion(p.there, strings.TrimPrefix(v.Key, below), v)
		}
		if err != nil {
			return err
		}
		p.meter.files.Add(1)
	}
	for pair, err := range join(p.sortedEntries(), nameOfLine, groups(p.there), nameOfGroup) {
		if err != nil {
			return err
		}
		url := p.at.url(p.at.data(pair.name))
		if pair.a == nil {
			mistake("%s: appeared, and isn't a file of the dataset", url)
			continue
		}
		var there []store.Version
		if pair.b != nil {
			there = pair.b.versions
		}
		onlyVersion(url, pair.a.VersionID(), there, mistake)
	}
	return nil
}

// recheckMeta compares the versions of the files that describe the dataset. Shards of
// an interrupted run that this one doesn't list may be there too.
func (p *publisher) recheckMeta(d manifest.Dataset, mistake func(string, ...any)) {
	for _, s := range d.Shards {
		onlyVersion(p.at.url(p.at.meta(s.Name)), manifest.Entry{URI: s.URI}.VersionID(), p.meta[s.Name], mistake)
	}
	for _, name := range slices.Sorted(maps.Keys(p.meta)) {
		// Their ids aren't kept: the oldest version was read or written a moment ago.
		if id, ok := oldestOf(p.meta[name]); ok && isBeside(name) {
			onlyVersion(p.at.url(p.at.meta(name)), id, p.meta[name], mistake)
		}
	}
}

// onlyVersion reports whatever a key has beside one version, or that it isn't there.
func onlyVersion(url, id string, there []store.Version, mistake func(string, ...any)) {
	if !slices.ContainsFunc(there, func(v store.Version) bool { return v.VersionID == id && !v.Marker }) {
		mistake("%s: version %s isn't there any more", url, id)
	}
	for _, v := range there {
		switch {
		case v.Marker:
			mistake("%s: has a delete marker, %s", url, v.VersionID)
		case v.VersionID != id:
			mistake("%s: has another version, %s", url, v.VersionID)
		}
	}
}

func nameOfLine(e lineEntry) string { return e.Name }
