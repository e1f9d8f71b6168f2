package check

import (
	"cmp"
	"slices"
	"strings"
)

// referred returns the bucket or key that an argument of a guard refers to, or
// nil if that isn't certain, as beside a module or another resource. An instance key
// that is written out names that instance. each.key and count.index name the instance
// with the guard's own key; for each.value see [forEach.key]. If one of these is named
// more often than the bucket, it decides something, which isn't certain. Any other key
// counts only if there is a single instance.
func referred(guard *resource, argument string, instances map[string][]*resource) *resource {
	targets := map[*resource]bool{}
	bare, others := [][]*resource{}, []string{}
	path, names := instancePath(guard.address), guard.namesIn(argument)
	if len(names) > mostNames {
		return nil
	}
	for i, name := range names {
		if i > 0 && shortens(name, names[i-1]) {
			continue
		}
		kind, label, key, bareName := splitReference(name)
		of := instances[path+kind+"."+label]
		switch {
		case kind != bucketType && !isKey(kind):
			if !slices.Contains(harmlessNames, kind) {
				return nil // it may be the bucket: a follower finds out
			}
			others = append(others, name)
		case bareName:
			bare = append(bare, of)
		default:
			addInstance(targets, of, key)
		}
	}
	if of := instances[path+guard.forEach.ofEach()]; of != nil && len(bare) == 0 && len(others) == 1 {
		switch others[0] {
		case "each.value.id", "each.value." + argument:
			bare, others = [][]*resource{of}, []string{"each.key"} // it has one for each of these
		case "each.value": // of an expression with for
			bare = [][]*resource{of}
		}
	}
	decides := cmp.Or(others...)
	own := slices.Contains([]string{"each.key", "each.value", "count.index"}, decides) &&
		!slices.ContainsFunc(others, func(name string) bool { return name != decides })
	for _, of := range bare {
		switch {
		case own && len(of) > 1 && len(others) > len(bare):
			addInstance(targets, of, instanceKey(guard.address))
			guard.decidedBy = "an expression with " + decides + ", which the plan doesn't show; use " + decides + " alone"
		case own && decides == "each.value" && len(of) > 0:
			key, certain := guard.forEach.key(instanceKey(guard.address), of[0].forEach)
			if addInstance(targets, of, key); !certain && len(of) > 1 {
				guard.decidedBy = "each.value, whose values the plan doesn't show; use each.key"
			}
		case own:
			addInstance(targets, of, instanceKey(guard.address))
		case len(of) > 1:
			return nil
		case len(of) == 1:
			targets[of[0]] = true
		}
	}
	if len(targets) != 1 {
		return nil
	}
	for target := range targets {
		return target
	}
	return nil
}

// harmlessNames begin references that name neither a resource nor a module.
var harmlessNames = []string{"var", "local", "each", "count", "path", "terraform", "self"}

// addInstance adds the instance with a key, if there is one.
func addInstance(targets map[*resource]bool, instances []*resource, key string) {
	for _, r := range instances {
		if instanceKey(r.address) == key {
			targets[r] = true
		}
	}
}

// shortens reports whether a reference is the one before it without its last
// part. Terraform writes b["a"].id as b["a"].id, b["a"] and b, and b[each.key].id
// as b and each.key.
// https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
func shortens(name, last string) bool {
	rest, is := strings.CutPrefix(last, name)
	return is && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// splitReference returns the type, the name and the instance key of a resource
// that is referred to, and whether the reference has neither a key nor an
// attribute.
func splitReference(name string) (kind, label, key string, bare bool) {
	parts := segments(name)
	if len(parts) < 2 {
		return name, "", "", true
	}
	label, key, keyed := strings.Cut(parts[1], "[")
	if keyed {
		key = "[" + key
	}
	return parts[0], label, key, len(parts) == 2 && !keyed
}

// mostNames is how many references of an expression are looked at. A plan has none with
// more, and a hostile one could have each of its resources share a huge one.
const mostNames = 1000

// namesOf returns the references of an expression, in Terraform's order, and one more
// than mostNames if there are that many.
func namesOf(expression any) []string {
	list, _ := at(expression, "references").([]any)
	return texts(list[:min(len(list), mostNames+1)])
}

// namesIn returns the references in an argument, in Terraform's order.
func (r *resource) namesIn(argument string) []string {
	if r.expressions != nil {
		return namesOf(r.expressions[argument])
	}
	value := text(r.after, argument)
	if match := reference.FindStringSubmatch(value); match != nil && match[0] == value { // in a stack
		return []string{match[1] + "." + match[2] + "." + match[3]}
	}
	return nil
}
