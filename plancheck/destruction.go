package plancheck

import (
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

func findDestroyed(s *Subject, found report) {
	for _, r := range s.resources {
		what := guards[r.kind].what
		switch {
		case !r.destroys():
		case slices.Contains(r.actions, tfjson.ActionCreate):
			found(r, "the plan destroys "+what+" and makes another one")
		default:
			found(r, "the plan destroys "+what)
		}
	}
}

func findForgotten(s *Subject, found report) {
	for _, r := range s.resources {
		switch {
		case slices.Contains(r.actions, tfjson.ActionForget):
			found(r, "the plan drops "+guards[r.kind].what+" from the state, and no later plan will show a change")
		case r.lost:
			found(r, "the state has "+guards[r.kind].what+", and the plan says nothing of it")
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
	for _, b := range s.ofType[bucketType] {
		if b.gone {
			found(b, "the bucket "+text(b.before, "bucket")+" is in the state, and Terraform did not find it")
		}
	}
}

func findForceDestroy(s *Subject, found report) {
	for _, r := range s.resources {
		if truth(r.after, "force_destroy") {
			found(r, "force_destroy is on for "+guards[r.kind].what)
		}
	}
}

func findUnprotected(s *Subject, found report) {
	for _, r := range s.resources {
		if r.stays() && !r.preventDestroy && !guards[r.kind].unprotected {
			found(r, "nothing protects "+guards[r.kind].what+" from destruction: lifecycle.prevent_destroy is not true")
		}
	}
}
