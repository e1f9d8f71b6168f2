package dataset

import (
	"slices"
	"testing"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
)

// TestGroups: each name has its own group, whatever bytes it has, in the order of
// the bytes.
func TestGroups(t *testing.T) {
	s := spill.New()
	defer s.Close()
	names := []string{"", "\x00", "\x00\x01", "\x01", "\x01\x00", "\x01\x01", "\x01\x02", "\x02", "a", "a\x00", "a\x00b",
		"a\x01", "a\x01\x01b", "a b", "b"}
	for _, name := range slices.Backward(names) {
		for _, id := range []string{"1", "2"} {
			if err := addVersion(s, name, store.Version{VersionID: id, Size: 7, Newest: id == "2"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []string
	for g, err := range groups(s) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, g.name)
		if len(g.versions) != 2 || g.versions[0].VersionID != "1" || g.versions[1].Size != 7 || !g.versions[1].Newest {
			t.Errorf("%q has %+v", g.name, g.versions)
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("the groups are %q, want %q", got, names)
	}
}
