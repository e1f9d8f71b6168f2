package check

import (
	"fmt"
	"slices"
	"strings"

	"datalock/settings"
)

// A Past is what shows that a stack was deployed before.
type Past struct {
	// State is a file with a state that has Resources resources, or empty.
	State     string
	Resources int
	// Signs say that the stack may have been deployed. None is proof.
	Signs []string
}

// Remember notes what is known of the past of the buckets that a plan makes
// from an empty state.
func (s *Subject) Remember(declared settings.Settings, past map[string]Past) {
	s.past = map[*resource]Past{}
	if !s.fromNothing {
		return
	}
	for _, b := range s.ofType[bucketType] {
		if stack, _ := stackOf(b, declared); b.creates() {
			s.past[b] = past[stack]
		}
	}
}

func findPlannedAnew(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		if past := s.past[b]; past.State != "" {
			found(b, fmt.Sprintf("the plan makes everything new, from an empty state, but %s has a state with %s; "+
				"move that state first, as docs/changes.md#change-the-backend shows",
				past.State, count(past.Resources, "resource")))
		}
	}
}

// warnings says where a plan makes everything new though there are signs that
// it is deployed: what was found in the project, and exceptions from what can
// only happen to something that there is.
func (s *Subject) warnings(unused []settings.Exception) []string {
	all := []string{}
	if !s.fromNothing || !slices.ContainsFunc(s.ofType[bucketType], (*resource).creates) {
		return all
	}
	var signs []string
	for _, b := range s.ofType[bucketType] {
		if past := s.past[b]; past.State == "" { // or else it is a finding
			signs = append(signs, past.Signs...)
		}
	}
	for _, e := range unused {
		if slices.ContainsFunc(s.resources, func(r *resource) bool { return Printable(r.address) == e.Address }) {
			signs = append(signs, "the settings have an exception of "+e.Address+" from "+e.Rule+
				", and exceptions are for deployed buckets")
		}
	}
	if len(signs) > 0 {
		all = append(all, Printable("the plan makes everything new, from an empty state, but "+strings.Join(signs, ", and ")+
			": if this stack is deployed, STOP. The apply would fail or make a second bucket; move the state first, "+
			"as docs/changes.md#change-the-backend shows. Before the first apply this is normal"))
	}
	return all
}

// stackOf returns the stack of the settings that declares a bucket, by its name
// or its prefix, or nothing.
func stackOf(r *resource, declared settings.Settings) (stack string, own settings.Bucket) {
	b := r
	if r.bucket != nil {
		b = r.bucket
	}
	name, prefix := r.bucketName(), text(b.after, "bucket_prefix")
	for _, stack := range declared.Stacks() {
		own := declared.BucketOf(stack)
		named := own.Name != "" && own.Name == name
		prefixed := own.NamePrefix != "" && (own.NamePrefix == prefix || strings.HasPrefix(name, own.NamePrefix))
		if named || prefixed {
			return stack, own
		}
	}
	return "", settings.Bucket{}
}
