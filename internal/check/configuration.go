package check

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// configured is what a plan says of the configuration it was made from.
// https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
type configured struct {
	Providers map[string]struct {
		Expressions jsontext.Value `json:"expressions"`
	} `json:"provider_config"`
	Root *configuredModule `json:"root_module"`
}

type configuredModule struct {
	Resources []configuredResource `json:"resources"`
	Calls     map[string]struct {
		Module *configuredModule `json:"module"`
	} `json:"module_calls"`
}

type configuredResource struct {
	Address     string         `json:"address"`
	Type        string         `json:"type"`
	ProviderKey string         `json:"provider_config_key"`
	Expressions jsontext.Value `json:"expressions"`
	Provisioner []any          `json:"provisioners"`
}

// configure adds what only the configuration knows: which provider a resource
// has, and which other resources it names where their values aren't known yet.
func (s *Subject) configure(c *configured) {
	s.providers = map[string]provider{}
	for key, p := range c.Providers {
		var e map[string]any
		if json.Unmarshal(p.Expressions, &e) != nil {
			continue // some other provider's, of a form of its own
		}
		s.providers[key] = provider{
			region:     s.evaluate(e["region"]),
			allowed:    s.evaluate(e["allowed_account_ids"]),
			forbidden:  s.evaluate(e["forbidden_account_ids"]),
			assumeRole: s.evaluate(lastRole(e)),
		}
	}
	wanted := map[string][]*resource{}
	for _, r := range s.resources {
		address := withoutKeys(r.address)
		wanted[address] = append(wanted[address], r)
	}
	c.Root.each("", func(address string, config configuredResource) {
		for _, r := range wanted[address] {
			r.providerKey = config.ProviderKey
			r.provisioned = len(config.Provisioner) > 0
			if r.kind == bucketType || isKey(r.kind) {
				r.declares = arguments(config.Expressions)
			}
			if hasTrue(r.unknown) {
				r.refersTo = references(config.Expressions, withoutKeys(instancePath(r.address)))
			}
		}
	})
}

// lastRole returns the role that a provider ends up with: the last one of a
// chain, which begins at that of a web identity where there is one.
func lastRole(expressions map[string]any) any {
	if chain := blocks(expressions, "assume_role"); len(chain) > 0 {
		return at(chain[len(chain)-1], "role_arn")
	}
	return at(expressions["assume_role_with_web_identity"], "role_arn")
}

// hasGuards reports whether a module has a resource that is looked at.
func (m *configuredModule) hasGuards() bool {
	has := false
	m.each("", func(string, configuredResource) { has = true })
	return has
}

func (m *configuredModule) each(prefix string, f func(address string, r configuredResource)) {
	if m == nil {
		return
	}
	for _, r := range m.Resources {
		if _, guards := guards[r.Type]; guards {
			f(prefix+r.Address, r)
		}
	}
	for name, call := range m.Calls {
		call.Module.each(prefix+"module."+name+".", f)
	}
}

// evaluate returns the value of an expression where that is written out: a
// constant, or a variable of the root module. In JSON syntax a template is a
// constant to Terraform, and none here.
func (s *Subject) evaluate(expression any) any {
	if constant := at(expression, "constant_value"); constant != nil {
		if strings.Contains(fmt.Sprint(constant), "${") {
			return s.variable(expression, constant)
		}
		return constant
	}
	return s.variable(expression, nil)
}

// variable returns the value of the one variable that an expression is made of.
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

// arguments returns the names of the arguments that are written out.
func arguments(expressions jsontext.Value) map[string]bool {
	var values map[string]jsontext.Value
	names := map[string]bool{}
	if json.Unmarshal(expressions, &values) == nil {
		for name := range values {
			names[name] = true
		}
	}
	return names
}

// references returns the addresses, without instance keys, of the buckets and
// keys that a resource's configuration names.
func references(expressions jsontext.Value, module string) []string {
	var all []string
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case object:
			names, _ := v["references"].([]any)
			for _, name := range names {
				name, _ := name.(string)
				kind, rest, _ := strings.Cut(withoutKeys(name), ".")
				if kind == bucketType || isKey(kind) {
					label, _, _ := strings.Cut(rest, ".")
					all = append(all, module+kind+"."+label)
				}
			}
			for key, item := range v {
				if key != "references" && key != "constant_value" {
					walk(item)
				}
			}
		}
	}
	var value any
	if json.Unmarshal(expressions, &value) == nil {
		walk(value)
	}
	return all
}
