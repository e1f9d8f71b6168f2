package dataset

import (
	"iter"
	"strconv"
	"strings"

	"datalock/dataset/internal/spill"
	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// A pair has the elements of two sorted lists with the same name; an element
// that a list lacks is nil.
type pair[A, B any] struct {
	name string
	a    *A
	b    *B
}

// join merges two lists that are sorted by name in byte order.
func join[A, B any](
	as iter.Seq2[A, error],
	nameA func(A) string,
	bs iter.Seq2[B, error],
	nameB func(B) string,
) iter.Seq2[pair[A, B], error] {
	return func(yield func(pair[A, B], error) bool) {
		nextA, stopA := iter.Pull2(as)
		defer stopA()
		nextB, stopB := iter.Pull2(bs)
		defer stopB()
		a, errA, moreA := nextA()
		b, errB, moreB := nextB()
		for moreA || moreB {
			if err := firstError(errA, errB); err != nil {
				yield(pair[A, B]{}, err)
				return
			}
			var p pair[A, B]
			inA := moreA && (!moreB || nameA(a) <= nameB(b))
			inB := moreB && (!moreA || nameB(b) <= nameA(a))
			if inA {
				one := a
				p.name, p.a = nameA(a), &one
				a, errA, moreA = nextA()
			}
			if inB {
				one := b
				p.name, p.b = nameB(b), &one
				b, errB, moreB = nextB()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// A group has all versions and delete markers of one name.
type group struct {
	name     string
	versions []store.Version
}

func nameOfGroup(g group) string { return g.name }

func nameOfEntry(e manifest.Entry) string { return e.Name }

// A key can have the zero byte that separates the fields of a record, so it is escaped.
// The order of the bytes stays.
var (
	escapeZero   = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")
	unescapeZero = strings.NewReplacer("\x01\x01", "\x00", "\x01\x02", "\x01")
)

// addVersion adds a listed version, by its name below a prefix.
func addVersion(s *spill.Sorter, name string, v store.Version) error {
	flag := func(on bool) string {
		if on {
			return "1"
		}
		return "0"
	}
	return s.Add(
		[]byte(
			strings.Join(
				[]string{escapeZero.Replace(name), v.VersionID, strconv.FormatInt(v.Size, 10), flag(v.Newest), flag(v.Marker)},
				"\x00",
			),
		),
	)
}

// groups returns the added versions, grouped and sorted by name.
func groups(s *spill.Sorter) iter.Seq2[group, error] {
	return func(yield func(group, error) bool) {
		var g group
		for record, err := range s.Sorted() {
			if err != nil {
				yield(group{}, err)
				return
			}
			f := strings.Split(string(record), "\x00")
			f[0] = unescapeZero.Replace(f[0])
			if len(g.versions) > 0 && g.name != f[0] {
				if !yield(g, nil) {
					return
				}
				g = group{}
			}
			size, _ := strconv.ParseInt(f[2], 10, 64)
			g.name = f[0]
			g.versions = append(
				g.versions,
				store.Version{VersionID: f[1], Size: size, Newest: f[3] == "1", Marker: f[4] == "1"},
			)
		}
		if len(g.versions) > 0 {
			yield(g, nil)
		}
	}
}
