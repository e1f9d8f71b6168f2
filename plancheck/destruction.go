package plancheck

import (
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

func findDestroyed(s *Subject, found report) {
	for _, r := range s.resources {
		what := guards[r.kind].what
		switch {
		case !r.destroys():
		case slices.Contains(r.actions, tfjson.ActionCreate):
			found(r, what+" is destroyed and made anew")
		default:
			found(r, what+" is destroyed")
		}
	}
}

func findForgotten(s *Subject, found report) {
	for _, r := range s.resources {
		switch {
		case slices.Contains(r.actions, tfjson.ActionForget):
			found(r, guards[r.kind].what+" is dropped from the state and stays behind, unmanaged")
		case r.lost:
			found(r, guards[r.kind].what+" is in the state, and the plan says nothing of it")
		}
	}
	for _, address := range s.removed {
		kind, _, _ := strings.Cut(lastTwo(address), ".")
		what := "a whole module"
		if g, guards := guards[kind]; guards {
			what = g.what
		} else if !strings.HasPrefix(lastTwo(address), "module.") {
			continue
		}
		found(&resource{address: address, kind: kind}, what+" is named in a removed block")
	}
}

// lastTwo returns the type and the name at the end of an address.
func lastTwo(address string) string {
	return strings.TrimPrefix(withoutKeys(address), modulePath(address))
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
			found(r, guards[r.kind].what+" has force_destroy, with which the provider deletes whatever it may")
		}
	}
}

func findUnprotected(s *Subject, found report) {
	for _, r := range s.resources {
		if r.stays() && !r.preventDestroy && !guards[r.kind].unprotected {
			found(r, guards[r.kind].what+" lacks lifecycle.prevent_destroy")
		}
	}
}
