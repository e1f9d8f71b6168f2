package check

import (
	"maps"
	"slices"
	"strings"
)

// A follower finds the bucket or key to which references lead: through other guards,
// the arguments of a module block and the outputs of modules. A plan has these in its
// configuration, but no local values.
// https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
type follower struct {
	holders  map[string][]*resource // the buckets or the keys, as of byAddress
	guards   map[string][]*resource // other guards that have the name of their bucket
	argument string                 // the argument of a guard that names it
	planned  map[string]bool        // as of [Subject.planned]
	lookups  bool                   // as of [Subject]
}

// A position is where an expression stands: an instance of a module, and what each and
// count are there.
type position struct {
	path string // as of instancePath
	in   *scope
	key  string // the instance key of the resource or the module block
	each forEach
}

// A trail is what was found so far. It leads elsewhere if it names something else that
// the apply makes or reads, and is lost if a local value says more. What is
// absent from the plan has no instance, or a name that is known and so isn't meant.
type trail struct {
	found                   map[*resource]bool
	elsewhere, lost, absent bool
	left                    int // of the names, since a hostile plan may lead in a circle
}

// of returns where an argument of a guard leads. One whose value is known leads to
// nothing here.
func (f *follower) of(guard *resource) *trail {
	if text(guard.after, f.argument) != "" || text(guard.before, f.argument) != "" && !guard.stays() {
		return &trail{absent: true}
	}
	return f.to(guard.namesIn(f.argument), guard.position())
}

func (r *resource) position() position {
	return position{instancePath(r.address), r.in, instanceKey(r.address), r.forEach}
}

// to does the same for the references in an expression.
func (f *follower) to(names []string, from position) *trail {
	t := &trail{found: map[*resource]bool{}, left: mostNames}
	f.follow(t, names, from)
	return t
}

// certain returns the bucket or key that a trail certainly leads to, or nil.
func (f *follower) certain(t *trail) *resource {
	if t.elsewhere || t.lost && f.lookups || len(t.found) != 1 {
		return nil
	}
	for r := range t.found {
		return r
	}
	return nil
}

// leads reports whether a trail leads anywhere, even to what isn't in the plan.
func (t *trail) leads() bool { return t.elsewhere || t.absent || len(t.found) > 0 }

// among returns the new resources of which a trail certainly leads to one, if the plan
// doesn't show to which.
func (t *trail) among() []*resource {
	all := slices.Collect(maps.Keys(t.found))
	existed := func(r *resource) bool { return !r.creates() }
	if t.elsewhere || t.lost || t.absent || len(all) < 2 || slices.ContainsFunc(all, existed) {
		return nil
	}
	return all
}

func (f *follower) follow(t *trail, names []string, from position) {
	if t.left -= 1 + len(names); t.left < 0 {
		t.elsewhere = true
	}
	if t.elsewhere || from.in == nil {
		return
	}
	own := from.keyOf(names)
	for i, name := range names {
		if t.elsewhere {
			return
		}
		if i == 0 || !shortens(name, names[i-1]) {
			f.step(t, name, own, from)
		}
	}
}

// keyOf returns the instance key that a reference without one means in an expression,
// or "?", which is no key, if something names it that the plan doesn't show.
func (from position) keyOf(names []string) string {
	key := from.key
	for i, name := range names {
		kind, _, _, _ := splitReference(name)
		switch {
		case i > 0 && shortens(name, names[i-1]), name == "each.key", name == "count.index":
		case strings.HasPrefix(kind, bucketType), isKey(kind), kind == "module":
		case name == "each.value":
			value, certain := from.each.key(from.key, forEach{})
			if !certain {
				return "?"
			}
			key = value
		default:
			return "?"
		}
	}
	return key
}

// step follows one reference. own is the key that it means if it has none.
func (f *follower) step(t *trail, name, own string, from position) {
	kind, label, key, bare := splitReference(name)
	switch {
	case name == "each.value" || name == "each.value.id" || name == "each.value."+f.argument:
		f.follow(t, from.each.references, from)
	case kind == "each" && label == "value":
		t.lost = true
	case kind == "each" || kind == "count":
	case kind == "local":
		t.lost = true
	case kind == "var":
		f.argumentOf(t, label, from)
	case kind == "module":
		f.output(t, name, own, from)
	case f.argument == "bucket" && isKey(kind), f.argument == "key_id" && kind == bucketType:
		t.absent = true // such as another output of the same module
	case f.guards[from.path+kind+"."+label] != nil && strings.HasPrefix(kind, bucketType+"_"):
		r := chosen(f.guards[from.path+kind+"."+label], key, bare, own)
		switch {
		case r == nil:
			t.absent = true
		case r.bucket != nil:
			t.found[r.bucket] = true
		default:
			f.follow(t, r.namesIn(f.argument), r.position())
		}
	case strings.HasPrefix(kind, bucketType+"_") && f.makes(name, from.path):
		t.lost = true // a type that isn't judged
	default:
		r := chosen(f.holders[from.path+kind+"."+label], key, bare, own)
		switch {
		case r != nil:
			t.found[r] = true
		case f.holders[from.path+kind+"."+label] == nil && f.makes(name, from.path):
			t.elsewhere = true
		default:
			t.absent = true
		}
	}
}

// makes reports whether the plan makes, keeps or reads what a reference names.
func (f *follower) makes(name, path string) bool {
	parts := segments(name)
	if parts[0] == "data" {
		return f.planned[withoutKeys(path+strings.Join(parts[:min(3, len(parts))], "."))]
	}
	return f.planned[withoutKeys(path+strings.Join(parts[:min(2, len(parts))], "."))]
}

// looksUp reports whether a guard whose bucket isn't known also names a data source of
// a bucket that the apply reads, so that it may be meant.
func (f *follower) looksUp(guard *resource) bool {
	return text(guard.after, f.argument) == "" && guard.creates() &&
		slices.ContainsFunc(guard.namesIn(f.argument), func(name string) bool {
			return strings.HasPrefix(name, "data."+bucketType+".") && f.makes(name, instancePath(guard.address))
		})
}

// chosen returns the instance with a key or, of a reference without a key, the only
// one or the one with its own key.
func chosen(instances []*resource, key string, bare bool, own string) *resource {
	if bare {
		key = own
	}
	for _, r := range instances {
		if len(instances) == 1 && bare || instanceKey(r.address) == key {
			return r
		}
	}
	return nil
}

// argumentOf follows a variable of a module to the argument of the module block.
func (f *follower) argumentOf(t *trail, name string, from position) {
	if from.in.outer == nil {
		return // its value is known
	}
	block := strings.TrimSuffix(from.path, ".")
	f.follow(t, namesOf(from.in.call[name]),
		position{instancePath(block), from.in.outer, instanceKey(block), from.in.each})
}

// output follows an output of a module. Terraform leaves out which output is meant,
// if the key of the module's instance is an expression; then each of them counts that
// may be the name of a bucket.
func (f *follower) output(t *trail, name, own string, from position) {
	_, label, key, _ := splitReference(name)
	call, is := from.in.module.Calls[label]
	if !is || call.Module == nil {
		t.elsewhere = true
		return
	}
	parts := segments(name)
	if len(parts) == 2 && key == "" && (call.Count != nil || call.ForEach != nil) {
		key = own
	}
	inner := position{path: from.path + "module." + label + key + ".", in: from.in.inner(call)}
	if len(parts) > 2 {
		output, _, _ := strings.Cut(parts[2], "[")
		f.follow(t, namesOf(call.Module.Outputs[output].Expression), inner)
		return
	}
	for _, output := range call.Module.Outputs {
		if t.left--; t.left < 0 {
			t.elsewhere = true
		}
		if t.elsewhere {
			return
		}
		names := namesOf(output.Expression)
		if slices.ContainsFunc(names, mayName) {
			f.follow(t, names, inner)
		}
	}
}

// mayName reports whether a reference may lead to the name of a bucket or a key.
func mayName(name string) bool {
	kind, _, _, _ := splitReference(name)
	return !strings.HasPrefix(kind, "aws_") || strings.HasPrefix(kind, bucketType) || isKey(kind)
}

// targets are the arguments that name the bucket to which a resource copies or
// writes, by type.
var targets = map[string][]string{
	replicationType: {"rule", "destination", "bucket"},
	inventoryType:   {"destination", "bucket", "bucket_arn"},
	loggingType:     {"target_bucket"},
	trailType:       {"s3_bucket_name"},
}

// fillTargets fills in the target of a resource that the plan makes, if it isn't
// known yet but is certainly a bucket of the plan.
func (s *Subject) fillTargets(leads *follower) {
	for kind, path := range targets {
		for _, r := range s.ofType[kind] {
			if r.creates() && r.expressions != nil {
				leads.fill(r, path, r.after, r.unknown, r.expressions)
			}
		}
	}
}

func (f *follower) fill(r *resource, path []string, after, unknown, expressions any) {
	name := path[0]
	if len(path) > 1 {
		values, open, written := blocks(after, name), blocks(unknown, name), blocks(expressions, name)
		if len(values) == len(open) && len(open) == len(written) { // else a dynamic block makes some
			for i := range values {
				f.fill(r, path[1:], values[i], open[i], written[i])
			}
		}
		return
	}
	values, is := after.(object)
	open, also := unknown.(object)
	if !is || !also || open[name] != true {
		return
	}
	t := f.to(namesOf(at(expressions, name)), r.position())
	b := f.certain(t)
	if b == nil || t.lost {
		return
	}
	label := text(b.after, "bucket")
	if label == "" {
		label = "${" + b.address + ".bucket}"
	}
	if name == "bucket" || name == "bucket_arn" {
		label = "arn:" + partitionOf(text(r.after, "role")) + ":s3:::" + label
	}
	values[name], open[name] = label, false
}
