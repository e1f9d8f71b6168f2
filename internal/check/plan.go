package check

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	tfjson "github.com/hashicorp/terraform-json"
)

// planDocument has the keys of a plan that are read, named as in
// terraform-json's Plan. That package's decoder takes about three times as much of
// the processor (measured on 27 November 2026, in docs/plancheck.md) and accepts
// duplicate keys, so that a plan could show one value to a reader and another to the
// gate.
// https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
type planDocument struct {
	FormatVersion    string              `json:"format_version"`
	TerraformVersion string              `json:"terraform_version"`
	Errored          bool                `json:"errored"`
	Complete         *bool               `json:"complete"`
	Planned          *values             `json:"planned_values"`
	Changes          []*change           `json:"resource_changes"`
	Drift            []*change           `json:"resource_drift"`
	Deferred         []any               `json:"deferred_changes"`
	Prior            *priorState         `json:"prior_state"`
	Config           *configured         `json:"configuration"`
	Variables        map[string]variable `json:"variables"`
	Actions          []invocation        `json:"action_invocations"`
	DeferredActions  []deferredAction    `json:"deferred_action_invocations"`
}

// harmless are the other sections of a plan of format 1.x. None of them changes
// a resource. A failed condition that must stop the plan also sets errored;
// version 1.2 named the section condition_results. HCP Terraform adds
// provider_schemas.
var harmless = []string{
	"timestamp", "applyable", "output_changes", "relevant_attributes", "checks", "condition_results", "provider_schemas",
}

type variable struct {
	Value any `json:"value"`
}

type priorState struct {
	Values *values `json:"values"`
}

type values struct {
	Root module `json:"root_module"`
}

type module struct {
	Resources []stateResource `json:"resources"`
	Children  []module        `json:"child_modules"`
}

type stateResource struct {
	Address string              `json:"address"`
	Deposed string              `json:"deposed_key"`
	Mode    tfjson.ResourceMode `json:"mode"`
	Type    string              `json:"type"`
	Values  jsontext.Value      `json:"values"`
}

// change is a resource change. Its details are only used for guards.
type change struct {
	Address  string              `json:"address"`
	Previous string              `json:"previous_address"`
	Mode     tfjson.ResourceMode `json:"mode"`
	Type     string              `json:"type"`
	Provider string              `json:"provider_name"`
	Deposed  string              `json:"deposed"`
	Change   *details            `json:"change"`
}

type details struct {
	Actions  tfjson.Actions `json:"actions"`
	Before   object         `json:"before"`
	After    object         `json:"after"`
	Unknown  any            `json:"after_unknown"`
	Identity object         `json:"before_identity"`
	// Importing is set if Terraform imports the resource; Before is then what it
	// found.
	Importing object `json:"importing"`
}

// plan turns a plan into a subject. The error says why it can't be judged.
func (d planDocument) plan() (*Subject, error) {
	if err := d.whole(); err != nil {
		return nil, err
	}
	s := &Subject{Kind: Plan, Version: d.TerraformVersion, variables: map[string]any{}, planned: map[string]bool{}}
	for name, v := range d.Variables {
		s.variables[name] = v.Value
	}
	drift := map[string]*change{}
	for _, c := range d.Drift {
		drift[c.key()] = c
	}
	seen := make(map[string]bool, len(d.Changes))
	for _, c := range d.Changes {
		s.planned[withoutKeys(c.Address)] = true
		if c.Mode != tfjson.ManagedResourceMode {
			s.lookups = s.lookups || c.Type == bucketType
			continue
		}
		s.Total++
		seen[c.Address], seen[c.Previous] = true, true
		if _, guards := guards[c.Type]; guards {
			s.add(c.resource(drift[c.key()]))
		}
	}
	s.fromNothing = d.fromNothing()
	s.addDrifted(d, seen)
	s.addUnmentioned(d, seen)
	s.configure(d.Config)
	s.callers = d.callers(s.providerKeyOf)
	s.addActions(d)
	return s, nil
}

// key distinguishes a resource from its deposed objects.
func (c *change) key() string { return c.Address + "\x00" + c.Deposed }

// resource merges a change with the drift of the same resource.
func (c *change) resource(drift *change) *resource {
	r := &resource{
		address: c.Address, previous: c.Previous, kind: c.Type, provider: c.Provider,
		actions: c.Change.Actions, before: c.Change.Before, after: c.Change.After, unknown: c.Change.Unknown,
		formerAccount: text(c.Change.Identity, "account_id"), deposed: c.Deposed != "",
		imported: c.Change.Importing != nil && c.Change.Before != nil,
	}
	r.gone = c.deposedAndGone()
	if drift != nil && drift.Change.Before != nil {
		r.before, r.found = drift.Change.Before, r.before
		r.gone = drift.Change.After == nil
	}
	return r
}

// deposedAndGone reports whether a change is a no-op without values, which
// Terraform writes for a deposed object that it no longer finds.
// https://github.com/hashicorp/terraform/issues/28903
func (c *change) deposedAndGone() bool {
	return c.Deposed != "" && slices.Equal(c.Change.Actions, tfjson.Actions{tfjson.ActionNoop}) &&
		c.Change.Before == nil && c.Change.After == nil
}

// addDrifted adds the resources that appear only in resource_drift: Terraform
// no longer found them and the configuration no longer declares them.
func (s *Subject) addDrifted(d planDocument, seen map[string]bool) {
	for _, c := range d.Drift {
		if _, guards := guards[c.Type]; !guards || c.Mode != tfjson.ManagedResourceMode ||
			seen[c.Address] || seen[c.Previous] && c.Previous != "" {
			continue
		}
		seen[c.Address] = true
		s.Total++
		gone := c.Change.After == nil
		s.add(&resource{
			address: c.Address, kind: c.Type, provider: c.Provider, before: c.Change.Before, gone: gone, lost: !gone,
		})
	}
}

// addUnmentioned adds the resources in the state that the plan doesn't mention.
func (s *Subject) addUnmentioned(d planDocument, seen map[string]bool) {
	if d.Prior == nil || d.Prior.Values == nil {
		return
	}
	deposed := map[string]bool{}
	for _, c := range d.Changes {
		deposed[c.key()] = c.Deposed != ""
	}
	d.Prior.Values.Root.each(func(r stateResource) {
		mentioned := seen[r.Address]
		if r.Deposed != "" {
			mentioned = deposed[(&change{Address: r.Address, Deposed: r.Deposed}).key()]
		}
		if _, guards := guards[r.Type]; guards && !mentioned {
			lost := &resource{address: r.Address, kind: r.Type, lost: true, deposed: r.Deposed != ""}
			s.Total++
			_ = json.Unmarshal(r.Values, &lost.before) // without values it counts as what it may be
			s.add(lost)
		}
	})
}

// fromNothing reports whether a plan was made from a state without resources.
func (d planDocument) fromNothing() bool {
	had := d.Prior != nil && d.Prior.Values != nil && !d.Prior.Values.Root.empty()
	return !had && len(d.Drift) == 0 && !slices.ContainsFunc(d.Changes, func(c *change) bool {
		return c.Mode == tfjson.ManagedResourceMode && c.Change.Before != nil
	})
}

// callers returns the ARNs that data sources aws_caller_identity read, by the provider
// of the data source. It is "" for a provider that read several.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/caller_identity
func (d planDocument) callers(keyOf func(string) string) map[string]string {
	by, arns := map[string]string{}, map[string]string{}
	d.Config.Root.every("", nil, func(address string, r configuredResource, _ *scope) {
		if r.Mode == tfjson.DataResourceMode && r.Type == "aws_caller_identity" {
			by[address] = keyOf(r.ProviderKey)
		}
	})
	if len(by) == 0 || d.Prior == nil || d.Prior.Values == nil {
		return nil
	}
	d.Prior.Values.Root.all(func(r stateResource) {
		key, is := by[withoutKeys(r.Address)]
		var values object
		if !is || json.Unmarshal(r.Values, &values) != nil {
			return
		}
		arn := text(values, "arn")
		if other, several := arns[key]; several && other != arn {
			arn = ""
		}
		arns[key] = arn
	})
	return arns
}

// empty reports whether a module and those below it have no managed resources.
func (m module) empty() bool {
	none := true
	m.each(func(stateResource) { none = false })
	return none
}

// each calls f for every managed resource of a module and those below it.
func (m module) each(f func(stateResource)) {
	m.all(func(r stateResource) {
		if r.Mode == tfjson.ManagedResourceMode {
			f(r)
		}
	})
}

// all calls f for every resource of a module and those below it.
func (m module) all(f func(stateResource)) {
	for _, r := range m.Resources {
		f(r)
	}
	for _, child := range m.Children {
		child.all(f)
	}
}
