package check

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	tfjson "github.com/hashicorp/terraform-json"
)

// configured is the plan's representation of its configuration.
// https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
type configured struct {
	Providers map[string]struct {
		Expressions any `json:"expressions"`
	} `json:"provider_config"`
	Root *configuredModule `json:"root_module"`
}

type configuredModule struct {
	Resources []configuredResource      `json:"resources"`
	Calls     map[string]configuredCall `json:"module_calls"`
	Variables map[string]variableOf     `json:"variables"`
	Outputs   map[string]outputOf       `json:"outputs"`
}

// outputOf is an output's declaration.
type outputOf struct {
	Expression any `json:"expression"`
}

type configuredCall struct {
	Expressions object            `json:"expressions"`
	Module      *configuredModule `json:"module"`
	Count       any               `json:"count_expression"`
	ForEach     any               `json:"for_each_expression"`
}

// variableOf is a variable's declaration.
type variableOf struct {
	Default any `json:"default"`
}

type configuredResource struct {
	Address     string              `json:"address"`
	Mode        tfjson.ResourceMode `json:"mode"`
	Type        string              `json:"type"`
	ProviderKey string              `json:"provider_config_key"`
	Expressions jsontext.Value      `json:"expressions"`
	Provisioner []any               `json:"provisioners"`
	Count       any                 `json:"count_expression"`
	ForEach     any                 `json:"for_each_expression"`
}

// configure adds what only the configuration has: the provider of each
// resource, and which resources it refers to while their values are unknown.
func (s *Subject) configure(c *configured) {
	s.providers = map[string]provider{}
	for key, p := range c.Providers {
		e, _ := p.Expressions.(object) // another provider may have a different form
		s.providers[key] = provider{
			region:     s.shaped(regionShape, e["region"]),
			allowed:    s.evaluate(e["allowed_account_ids"]),
			forbidden:  s.evaluate(e["forbidden_account_ids"]),
			assumeRole: s.shaped(roleShape, lastRole(e)),
		}
	}
	wanted := map[string][]*resource{}
	for _, r := range s.resources {
		address := withoutKeys(r.address)
		wanted[address] = append(wanted[address], r)
	}
	root := &scope{module: c.Root, given: s.variables}
	c.Root.each("", root, func(address string, config configuredResource, in *scope) {
		if len(wanted[address]) == 0 {
			return
		}
		each := in.forEach(config.ForEach)
		read := sync.OnceValues(func() (expressions object, refersTo []string) {
			// Terraform omits the expressions of a resource without arguments. If they
			// aren't an object they stay nil, and no argument counts as left out.
			text := cmp.Or(string(config.Expressions), "{}")
			_ = json.Unmarshal([]byte(text), &expressions)
			return expressions, references(expressions, instancePath(address))
		})
		for _, r := range wanted[address] {
			r.providerKey = config.ProviderKey
			r.provisioned = len(config.Provisioner) > 0
			r.in, r.forEach = in, each
			if !hasTrue(r.unknown) && r.kind != bucketType && !isKey(r.kind) && readBack[r.kind] == nil {
				continue // the planned values are enough
			}
			expressions, refersTo := read()
			r.expressions, r.refersTo = maps.Clone(expressions), refersTo // declare drops some
			r.declare(in)
		}
	})
}

// lastRole returns the role that a provider finally assumes: the last one of
// the assume_role chain, or else the role of the web identity.
func lastRole(expressions map[string]any) any {
	if chain := blocks(expressions, "assume_role"); len(chain) > 0 {
		return at(chain[len(chain)-1], "role_arn")
	}
	return at(expressions["assume_role_with_web_identity"], "role_arn")
}

// hasGuards reports whether a module, or one that it calls, has a guard.
func (m *configuredModule) hasGuards() bool {
	has := false
	m.each("", nil, func(string, configuredResource, *scope) { has = true })
	return has
}

// each calls f for every guard in a module and in the modules that it calls.
func (m *configuredModule) each(prefix string, in *scope, f func(address string, r configuredResource, in *scope)) {
	m.every(prefix, in, func(address string, r configuredResource, in *scope) {
		if isGuard(r.Type) {
			f(address, r, in)
		}
	})
}

// every calls f for every resource and data source in a module and in the modules that
// it calls.
func (m *configuredModule) every(prefix string, in *scope, f func(address string, r configuredResource, in *scope)) {
	if m == nil {
		return
	}
	for _, r := range m.Resources {
		f(prefix+r.Address, r, in)
	}
	for name, call := range m.Calls {
		call.Module.every(prefix+"module."+name+".", in.inner(call), f)
	}
}

// A plan doesn't show an expression with a variable, only the variable, which may be
// another thing: var.env of var.env == "prod" ? "eu-west-1" : "us-east-1".
var (
	regionShape = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	roleShape   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/`)
)

// shaped evaluates an expression. A variable counts only if it has the shape of
// what the argument takes.
func (s *Subject) shaped(shape *regexp.Regexp, expression any) any {
	value := s.evaluate(expression)
	if texts(at(expression, "references")) != nil && !shape.MatchString(fmt.Sprint(value)) {
		return nil
	}
	return value
}

// evaluate returns the value of an expression that is a constant or a variable
// of the root module, or nil. In JSON syntax Terraform reports a template as a
// constant; here it isn't one.
func (s *Subject) evaluate(expression any) any {
	if constant := at(expression, "constant_value"); constant != nil {
		if strings.Contains(fmt.Sprint(constant), "${") {
			return s.variable(expression, constant)
		}
		return constant
	}
	return s.variable(expression, nil)
}

// variable returns the value of an expression that is a single variable, or
// nil.
func (s *Subject) variable(expression, template any) any {
	names, _ := at(expression, "references").([]any)
	if len(names) != 1 {
		return nil
	}
	reference, _ := names[0].(string)
	name, is := strings.CutPrefix(reference, "var.")
	if !is || template != nil && template != "${"+reference+"}" {
		return nil
	}
	return s.variables[name]
}

// declare records which arguments are set. null counts as not set. A variable that
// is null may be a part of an expression that isn't: then the plan has a value that
// the provider didn't read, or of a resource that is there already an unknown one.
func (r *resource) declare(in *scope) {
	r.declares = map[string]bool{}
	for name, expression := range r.expressions {
		set := written(r.after[name]) != nil && !reflect.DeepEqual(r.was(name), r.after[name]) ||
			r.remains() && hasTrue(at(r.unknown, name))
		if isNull(expression) || in.null(expression) && !set {
			delete(r.expressions, name)
			continue
		}
		r.declares[name] = true
	}
}

// A scope resolves the variables of a module: call has the arguments that its
// module block passes, outer is the scope of that block. The root module has
// neither.
type scope struct {
	module *configuredModule
	call   object
	outer  *scope
	given  map[string]any // the values of the root module's variables
	each   forEach        // of the module block
}

// inner returns the scope of a module that one in this scope calls.
func (in *scope) inner(call configuredCall) *scope {
	inner := &scope{module: call.Module, call: call.Expressions, outer: in}
	if in != nil {
		inner.each = in.forEach(call.ForEach)
	}
	return inner
}

// null reports whether an expression is null, literally or as a variable that
// is null.
func (in *scope) null(expression any) bool {
	if isNull(expression) {
		return true
	}
	references := namesOf(expression)
	if len(references) != 1 {
		return false
	}
	name, is := strings.CutPrefix(references[0], "var.")
	return is && in.nullVariable(name)
}

func (in *scope) nullVariable(name string) bool {
	if in.outer == nil {
		value, given := in.given[name]
		return given && value == nil
	}
	if expression, handed := in.call[name]; handed {
		return in.outer.null(expression)
	}
	declared, is := in.module.Variables[name]
	return is && declared.Default == nil
}

// references returns the addresses, without instance keys, of the buckets and
// keys that a resource's configuration names: it may be about each instance.
func references(expressions any, module string) []string {
	var all []string
	switch v := expressions.(type) {
	case []any:
		for _, item := range v {
			all = append(all, references(item, module)...)
		}
	case object:
		for _, name := range texts(v["references"]) {
			kind, rest, _ := strings.Cut(withoutKeys(name), ".")
			if kind == bucketType || isKey(kind) {
				label, _, _ := strings.Cut(rest, ".")
				all = append(all, module+kind+"."+label)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, references(v[key], module)...)
		}
	}
	return all
}
