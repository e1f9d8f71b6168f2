package check

import (
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

func findDestroyed(s *Subject, found report) {
	for _, r := range s.resources {
		what := guards[r.kind].what
		switch {
		case r.kind == bucketType && !r.judged(): // lock-missing finds the new one
		case !r.destroys():
			if was, is := r.renamed(); was != "" {
				found(r, "the name of "+what+" goes from "+was+" to "+is+", which is another one")
			}
		case s.harmlessToRemove(r):
		case slices.Contains(r.actions, tfjson.ActionCreate):
			found(r, "the plan destroys "+what+" and makes another one")
		default:
			found(r, "the plan destroys "+what)
		}
	}
}

// renamed returns the name of a resource before and after the apply, if the plan
// changes it without a replacement. Otherwise both are empty. AWS renames nothing
// that is judged.
func (r *resource) renamed() (was, is string) {
	was, is = text(r.before, "name"), text(r.after, "name")
	if was == "" || is == "" || was == is {
		return "", ""
	}
	return was, is
}

func findForgotten(s *Subject, found report) {
	for _, r := range s.resources {
		switch {
		case guards[r.kind].harmlessToRemove && !s.copiesToLocked(r) && (!r.lost || r.before != nil):
		case r.forgotten():
			found(r, "the plan drops "+guards[r.kind].what+" from the state, and no later plan will show a change")
		case r.lost:
			found(r, "the state has "+guards[r.kind].what+", and the plan says nothing of it")
		case r.gone && !r.stays() && !losesAll(r.kind) && (r.bucket == nil || r.bucket.stays()):
			found(r, "the state has "+guards[r.kind].what+", Terraform did not find it, and nothing declares it any longer")
		}
	}
	for _, address := range s.removed {
		kind, what := typeOf(address), "a whole module"
		if g, guards := guards[kind]; guards {
			what = g.what
		} else if kind != "module" {
			continue
		}
		found(&resource{address: address, kind: kind}, "a removed block names "+what)
	}
}

func findGone(s *Subject, found report) {
	for _, r := range s.resources {
		if r.gone && losesAll(r.kind) {
			name := text(r.before, "bucket")
			if name == "" {
				name = text(r.before, "id")
			}
			found(r, guards[r.kind].what+" "+name+" is in the state, and Terraform did not find it")
		}
	}
}

func findIgnored(s *Subject, found report) {
	for _, r := range s.resources {
		ignored, _ := r.ignored.([]any)
		if r.ignored == "all" || slices.Contains(ignored, "all") {
			found(r, "lifecycle.ignore_changes is all")
		}
		for _, name := range ignored {
			// A path inside a block or list counts as the block.
			name := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(name), "${"), "}")
			head := name[:len(name)-len(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz_"))]
			startsWithHead := func(a string) bool { own, _, _ := strings.Cut(a, "."); return own == head }
			if slices.ContainsFunc(mattersOf(r.kind), startsWithHead) {
				found(r, "lifecycle.ignore_changes names "+name)
			}
		}
	}
}

// losesAll reports whether losing a resource of the type loses data that no new
// resource brings back.
func losesAll(kind string) bool { return kind == bucketType || isKey(kind) }

func findForceDestroy(s *Subject, found report) {
	for _, r := range s.resources {
		// The rule lock-missing finds a bucket without a lock.
		if boolAt(r.after, "force_destroy") && (r.kind != bucketType || r.locked || r.evidence) {
			found(r, "force_destroy is on for "+guards[r.kind].what)
		}
	}
}

func findUnprotected(s *Subject, found report) {
	for _, r := range s.resources {
		if r.stays() && !r.preventDestroy && !guards[r.kind].unprotected && !r.ofUnlocked() {
			found(r, "nothing protects "+guards[r.kind].what+" from destruction: lifecycle.prevent_destroy is not true")
		}
	}
}

// ofUnlocked reports whether a resource is, or guards, a bucket without a lock.
// An evidence bucket counts as locked.
func (r *resource) ofUnlocked() bool {
	b := r.bucket
	if r.kind == bucketType {
		b = r
	}
	return b != nil && !b.locked && !b.evidence
}
