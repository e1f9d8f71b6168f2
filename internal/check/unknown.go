package check

import (
	"maps"
	"slices"
	"strings"
)

// unknownIn returns the place of a value below a path that isn't known in the
// plan, or "". Arguments that the configuration doesn't set are skipped: what
// is unknown there is the provider's default.
func (r *resource) unknownIn(path ...string) string { return r.unknownBut(nil, path...) }

// unknownBut is like unknownIn, but skips the places in may.
func (r *resource) unknownBut(may []string, path ...string) string {
	if r.unknown == true {
		return strings.Join(path, ".")
	}
	unknown, written := r.unknown, []any{r.expressions}
	if r.expressions == nil {
		written = nil
	}
	place := ""
	for _, key := range path {
		if list, is := unknown.([]any); is {
			if len(list) != len(written) {
				written = nil
			}
			if len(list) == 0 {
				return ""
			}
			unknown = list[0]
		}
		values, is := unknown.(object)
		if !is {
			break // a boolean: all of it is unknown, or known
		}
		if r.leftOut(written, key) {
			return ""
		}
		unknown, written, place = values[key], below(written, key), dotted(place, key)
	}
	return r.firstUnknown(unknown, written, place, may)
}

// firstUnknown returns the place of the first unknown value in a part of
// after_unknown, or "". written are the corresponding blocks of the
// configuration, or nil if that isn't known.
func (r *resource) firstUnknown(unknown any, written []any, place string, may []string) string {
	switch v := unknown.(type) {
	case bool:
		if v && !slices.Contains(may, place) {
			return place
		}
	case []any:
		if len(v) != len(written) {
			written = nil
		}
		for _, item := range v {
			if at := r.firstUnknown(item, written, place, may); at != "" {
				return at
			}
		}
	case object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if r.leftOut(written, key) {
				continue
			}
			if at := r.firstUnknown(v[key], below(written, key), dotted(place, key), may); at != "" {
				return at
			}
		}
	}
	return ""
}

// dynamic are the nested blocks that a dynamic block can generate. A plan's
// configuration omits generated blocks, so a missing block may still be set; a
// missing argument isn't.
var dynamic = []string{
	"rule", "default_retention", "apply_server_side_encryption_by_default", "versioning_configuration",
	"destination", "access_control_translation", "filter", "expiration", "noncurrent_version_expiration",
	"inline_policy",
}

// computed are blocks that a dynamic block can generate too, and that the provider
// reads if there are none. Of a bucket that exists and stays it has read them.
var computed = []string{
	"lifecycle_rule", "versioning", "server_side_encryption_configuration", "object_lock_configuration",
	inlineReplication, "logging",
}

// leftOut reports whether no block sets an argument to anything but null, written out
// or, of a resource that the plan makes, as a variable.
func (r *resource) leftOut(written []any, key string) bool {
	if len(written) == 0 || slices.Contains(dynamic, key) ||
		r.remains() && slices.Contains(computed, key) {
		return false
	}
	for _, block := range written {
		values, is := block.(object)
		if !is || isExpression(values) {
			return false
		}
		if expression, there := values[key]; there && !isNull(expression) && (r.remains() || !r.in.null(expression)) {
			return false
		}
	}
	return true
}

// below returns the nested blocks with a key.
func below(written []any, key string) []any {
	var all []any
	for _, block := range written {
		all = append(all, blocks(block, key)...)
	}
	return all
}

// isExpression reports whether an object is an expression, not a block.
func isExpression(values object) bool {
	_, constant := values["constant_value"]
	_, references := values["references"]
	return constant || references
}

// isNull reports whether an expression is the constant null.
func isNull(expression any) bool {
	values, is := expression.(object)
	constant, there := values["constant_value"]
	return is && there && constant == nil
}

func dotted(place, key string) string {
	if place == "" {
		return key
	}
	return place + "." + key
}
