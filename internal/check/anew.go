package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalock/settings"
)

// A Past is the evidence that a stack was deployed before.
type Past struct {
	// State is the path of a state file that has something, or empty.
	State string
	// Holds is what the state has, such as "3 resources".
	Holds string
	// Signs are hints that the stack may have been deployed; none is proof.
	Signs []string
}

// Remember assigns to each bucket that a plan creates from an empty state the
// past of its stack.
func (s *Subject) Remember(declared settings.Settings, past map[string]Past) {
	s.past, s.names = map[*resource]Past{}, map[string]bool{}
	for _, b := range s.ofType[bucketType] {
		s.names[b.bucketName()] = true
	}
	if !s.fromNothing {
		return
	}
	for _, b := range s.ofType[bucketType] {
		if stack, _ := s.stackOf(b, declared); b.creates() {
			s.past[b] = past[stack]
		}
	}
}

func findPlannedAnew(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		if past := s.past[b]; past.State != "" {
			found(b, fmt.Sprintf("the plan makes everything new, from an empty state, but %s has a state with %s; "+
				"move that state first, as docs/changes.md#change-the-backend shows",
				past.State, past.Holds))
		}
	}
}

// warnings returns a warning if a plan creates everything although there are
// signs that the stack is deployed: files in the project, or exceptions from
// rules that only apply to existing resources.
func (s *Subject) warnings(unused []settings.Exception) []string {
	all := []string{}
	if !s.fromNothing || !slices.ContainsFunc(s.ofType[bucketType], (*resource).creates) {
		return all
	}
	var signs []string
	for _, b := range s.ofType[bucketType] {
		if past := s.past[b]; past.State == "" { // otherwise it is a finding
			signs = append(signs, past.Signs...)
		}
	}
	for _, e := range unused {
		if slices.ContainsFunc(s.resources, func(r *resource) bool { return Printable(r.address) == e.Address }) {
			signs = append(signs, "the settings have an "+e.String()+", and exceptions are for deployed buckets")
		}
	}
	if len(signs) > 0 {
		all = append(all, Printable("the plan makes everything new, from an empty state, but "+strings.Join(signs, ", and ")+
			": if this stack is deployed, STOP. The apply would fail or make a second bucket; move the state first, "+
			"as docs/changes.md#change-the-backend shows. Before the first apply this is normal"))
	}
	return all
}

// stackOf returns the stack that declares a bucket as its own and the settings of
// that, found by the bucket's name or prefix, or "". A replica or an evidence
// bucket is no stack's own.
func (s *Subject) stackOf(r *resource, declared settings.Settings) (stack string, own settings.Bucket) {
	b := r
	if r.bucket != nil {
		b = r.bucket
	}
	name := r.bucketName()
	fitting := declared.StacksOf(cmp.Or(name, text(b.after, "bucket_prefix")))
	if len(fitting) != 1 || s.besideAnother(name) {
		return "", settings.Bucket{}
	}
	return fitting[0], declared.BucketOf(fitting[0])
}

// besideAnother reports whether a name is the default name of a bucket that a
// stack has beside another bucket of the file.
func (s *Subject) besideAnother(name string) bool {
	for _, suffix := range []string{settings.EvidenceSuffix, settings.ReplicaSuffix, settings.TrailSuffix} {
		if of, is := strings.CutSuffix(name, suffix); is && of != "" && s.names[of] {
			return true
		}
	}
	return false
}

// allOthers reports whether the names of all buckets in the file are known, and no
// stack has one of them.
func (s *Subject) allOthers(declared settings.Settings) bool {
	buckets := s.ofType[bucketType]
	return len(buckets) > 0 && !slices.ContainsFunc(buckets, func(b *resource) bool {
		return b.bucketName() == "" || slices.ContainsFunc(b.everyValues(), func(values object) bool {
			return values != nil && declared.StackOf(text(values, "bucket")) != ""
		})
	})
}

// stacks returns a function that returns the stack of a resource: the one that
// its bucket is of or, if all buckets of the file are of one stack, that one. It
// is empty if that isn't certain. If there is a single stack, it is that, unless all
// buckets of the file have other names.
func (s *Subject) stacks(declared settings.Settings) func(*resource) string {
	if all := declared.Stacks(); len(all) == 1 && !s.allOthers(declared) {
		return func(*resource) string { return all[0] }
	}
	of, all := map[*resource]string{}, map[string]bool{}
	for _, b := range s.ofType[bucketType] {
		for _, values := range []object{b.before, b.after} {
			if stack := declared.StackOf(cmp.Or(text(values, "bucket"), text(values, "bucket_prefix"))); stack != "" {
				of[b], all[stack] = stack, true
			}
		}
	}
	return func(r *resource) string {
		if len(all) == 1 {
			return slices.Collect(maps.Keys(all))[0]
		}
		if b := r.bucketOrSelf(); b != nil {
			return of[b]
		}
		return ""
	}
}
