package check

import (
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// A Bucket is one bucket as a plan or a stack leaves it.
type Bucket struct {
	Address string `json:"address"`
	// Name is its name or prefix, or empty if neither is known.
	Name string `json:"name,omitempty"`
	// Change is what a plan does to the bucket itself: makes, changes, keeps,
	// replaces, destroys, forgets, imports, or imports and changes.
	Change string `json:"change,omitempty"`
	// Imported are the addresses of the bucket and its guards that the apply
	// imports, sorted.
	Imported []string `json:"imported,omitempty"`
	// Lock is its default retention after the apply, in words.
	Lock string `json:"lock"`
	// Findings is the number of findings for the bucket and its guards.
	Findings int `json:"findings"`
}

// overview returns the buckets that are judged.
func (s *Subject) overview(findings []Finding) []Bucket {
	all, locks := []Bucket{}, s.lockings()
	for _, b := range s.ofType[bucketType] {
		entry := Bucket{Address: Printable(b.address), Name: Printable(b.bucketKnownAs()), Lock: "none"}
		entry.Imported = s.importedOf(b)
		if s.Kind == Plan {
			entry.Change = b.change()
		}
		for _, l := range locks {
			if l.at != b && l.at.bucket != b {
				continue
			}
			entry.Lock = Printable(retentionOf(l.after).String())
			if l.unknownIn("rule") {
				entry.Lock = "not known before the apply"
			}
		}
		own := s.addressesOf(b)
		for _, x := range findings {
			if slices.Contains(own, x.Address) {
				entry.Findings++
			}
		}
		all = append(all, entry)
	}
	return all
}

// addressesOf returns the addresses of a bucket and its guards, as they appear
// in findings.
func (s *Subject) addressesOf(b *resource) []string {
	var all []string
	for _, r := range s.resources {
		if r == b || r.bucket == b {
			all = append(all, Printable(r.address))
		}
	}
	return all
}

func (r *resource) change() string {
	has := func(action tfjson.Action) bool { return slices.Contains(r.actions, action) }
	switch {
	case r.destroys() && has(tfjson.ActionCreate):
		return "replaces"
	case r.destroys():
		return "destroys"
	case r.forgotten():
		return "forgets"
	case has(tfjson.ActionCreate):
		return "makes"
	case r.imported && has(tfjson.ActionUpdate):
		return "imports and changes"
	case r.imported:
		return "imports"
	case has(tfjson.ActionUpdate):
		return "changes"
	}
	return "keeps"
}
