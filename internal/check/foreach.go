package check

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A forEach is what a plan says of a resource's for_each.
// https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
type forEach struct {
	// references are what the expression refers to.
	references []string
	// value is what it is, or what the only variable is to which it refers; nil if
	// that isn't known.
	value any
	// written is set if value is the value of the expression itself.
	written bool
	// set is set if the expression is shown and is a set, noSet if it is shown and may be
	// a map.
	set, noSet bool
}

// setShape is a call of toset without others in it.
var setShape = regexp.MustCompile(`^\$\{toset\([^()]*\)\}$`)

// forEach reads the expression of a for_each. In JSON syntax Terraform reports a
// template as a constant.
func (in *scope) forEach(expression any) forEach {
	f := forEach{references: namesOf(expression)}
	values, is := at(expression, "constant_value").(object)
	template, shown := at(expression, "constant_value").(string)
	f.set = setShape.MatchString(template)
	f.noSet = shown && !f.set
	switch name, variable := strings.CutPrefix(strings.Join(f.references, " "), "var."); {
	case is:
		f.value, f.written = values, true
	case variable && !strings.ContainsAny(name, " .["):
		f.value = in.valueOf(name)
	}
	return f
}

// valueOf returns the value of a variable, or nil if it isn't known.
func (in *scope) valueOf(name string) any {
	if in.outer == nil {
		return in.given[name]
	}
	expression, handed := in.call[name]
	if !handed {
		return in.module.Variables[name].Default
	}
	if constant := at(expression, "constant_value"); constant != nil {
		return constant
	}
	references := namesOf(expression)
	if inner, is := strings.CutPrefix(strings.Join(references, " "), "var."); is && !strings.ContainsAny(inner, " .[") {
		return in.outer.valueOf(inner)
	}
	return nil
}

// key returns the instance key that each.value names in the instance with the
// given key, and whether that is certain. The values of a set are its keys. So it
// is too if several resources share a for_each that is computed: their instances
// have the same keys.
func (f forEach) key(own string, shared forEach) (key string, certain bool) {
	var name string
	if json.Unmarshal([]byte(strings.Trim(own, "[]")), &name) != nil {
		return own, true // of count
	}
	switch values := f.value.(type) {
	case []any:
		return own, true
	case object:
		if f.written {
			value, is := values[name].(string)
			if !is || strings.Contains(value, "${") {
				return own, false
			}
			return "[" + strconv.Quote(value) + "]", true
		}
		for key, value := range values {
			if value != key {
				return own, false
			}
		}
		return own, true
	}
	if f.set || f.noSet || len(f.references) == 0 {
		return own, !f.noSet
	}
	return own, len(f.references) <= mostNames && slices.Equal(f.references, shared.references)
}

// ofEach returns the resource that is the for_each of another one, if that is all
// that its for_each refers to, or "".
func (f forEach) ofEach() string {
	if len(f.references) != 1 || f.value != nil {
		return ""
	}
	return f.references[0]
}
