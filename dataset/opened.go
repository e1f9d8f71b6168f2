package dataset

import (
	"errors"
	"fmt"

	"datalock/dataset/internal/spill"
	"datalock/dataset/manifest"
)

// opened is a dataset whose manifest was read and matches its shards.
type opened struct {
	statement manifest.Statement
	shards    []*spill.File
}

func (d *opened) dataset() manifest.Dataset { return d.statement.Predicate.Datalock }

func (d *opened) close() {
	for _, s := range d.shards {
		s.Close()
	}
}

// errManifest means that the manifest can't be used, so there is nothing to
// compare with. It becomes a finding.
var errManifest = errors.New("the manifest can't be used")

// consistent compares the entries with the statement: their order, number and
// size, and the listed digests.
func (d *opened) consistent() error {
	number, last, bytes := int64(0), "", int64(0)
	listed := d.statement.Predicate.Resources
	for e, err := range d.entries() {
		if err != nil {
			return err
		}
		if number > 0 && e.Name <= last {
			return fmt.Errorf("%s comes after %s", e.Name, last)
		}
		if d.dataset().Lists == manifest.Files &&
			(number >= int64(len(listed)) || listed[number].Name != e.Name || listed[number].Digest != e.Digest.SHA256) {
			return fmt.Errorf("the entry of %s doesn't match the manifest", e.Name)
		}
		number, last, bytes = number+1, e.Name, bytes+e.Annotations.Size
	}
	if want := d.dataset(); number != want.Files || bytes != want.Bytes ||
		want.Lists == manifest.Files && number != int64(len(listed)) {
		return fmt.Errorf(
			"there are %d entries of %d bytes, but the manifest lists %d of %d bytes",
			number,
			bytes,
			want.Files,
			want.Bytes,
		)
	}
	return nil
}
