package check

import (
	"maps"
	"slices"
)

// unknownIn returns where, in the argument at a path, a value isn't known when
// the plan is made, or "". An argument that the configuration leaves out isn't
// meant: what isn't known of it is the provider's own default, such as the
// policy that KMS gives a key without one.
func (r *resource) unknownIn(path ...string) string { return r.unknownBut(nil, path...) }

// unknownBut is unknownIn, but that the values at some places may be unknown.
func (r *resource) unknownBut(may []string, path ...string) string {
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
			break // it is unknown as a whole, or known
		}
		if leftOut(written, key) {
			return ""
		}
		unknown, written, place = values[key], below(written, key), dotted(place, key)
	}
	return firstUnknown(unknown, written, place, may)
}

// firstUnknown looks for a value that isn't known in a part of after_unknown.
// written are the blocks of the configuration that it was made from, or nil
// where that can't be told.
func firstUnknown(unknown any, written []any, place string, may []string) string {
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
			if at := firstUnknown(item, written, place, may); at != "" {
				return at
			}
		}
	case object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if leftOut(written, key) {
				continue
			}
			if at := firstUnknown(v[key], below(written, key), dotted(place, key), may); at != "" {
				return at
			}
		}
	}
	return ""
}

// dynamic are the nested blocks that matter. A plan's configuration leaves out
// those that a dynamic block makes, so that one that isn't there may well have
// been written; an argument that isn't there hasn't.
var dynamic = []string{
	"rule", "default_retention", "apply_server_side_encryption_by_default", "versioning_configuration",
	"destination", "access_control_translation", "filter", "expiration", "noncurrent_version_expiration",
}

// leftOut reports whether none of some blocks of the configuration has an
// argument, or all have it as null.
func leftOut(written []any, key string) bool {
	if len(written) == 0 || slices.Contains(dynamic, key) {
		return false
	}
	for _, block := range written {
		values, is := block.(object)
		if !is || isExpression(values) {
			return false
		}
		if expression, there := values[key]; there && !isNull(expression) {
			return false
		}
	}
	return true
}

// below returns the nested blocks of some blocks, or nil where they can't be
// told.
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

// isNull reports whether an expression is written as null.
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
