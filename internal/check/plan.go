package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// planDocument has the keys of a plan that are looked at. The names and their
// meaning are those of terraform-json's Plan; that one's decoder takes four
// times as long, and of two equal keys the last, so that a plan could show one
// thing to a reader and another to the gate.
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
	Values           any                 `json:"values"` // of a state
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
	Mode    tfjson.ResourceMode `json:"mode"`
	Type    string              `json:"type"`
}

// change is a resource's; its details are read only where it is a guard.
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
}

// plan makes a subject of a plan, or says why it can't be judged.
func (d planDocument) plan() (*Subject, error) {
	if err := d.whole(); err != nil {
		return nil, err
	}
	s := &Subject{Kind: Plan, Version: d.TerraformVersion, variables: map[string]any{}}
	for name, v := range d.Variables {
		s.variables[name] = v.Value
	}
	drift := map[string]*change{}
	for _, c := range d.Drift {
		drift[c.key()] = c
	}
	seen := make(map[string]bool, len(d.Changes))
	for _, c := range d.Changes {
		if c.Mode != tfjson.ManagedResourceMode {
			continue
		}
		s.Total++
		seen[c.Address], seen[c.Previous] = true, true
		if _, guards := guards[c.Type]; guards {
			s.add(c.resource(drift[c.key()]))
		}
	}
	s.addDrifted(d, seen)
	s.addUnmentioned(d, seen)
	s.configure(d.Config)
	return s, nil
}

// key tells apart a resource and its deposed objects.
func (c *change) key() string { return c.Address + "\x00" + c.Deposed }

// resource joins what the plan changes with what had changed before it.
func (c *change) resource(drift *change) *resource {
	r := &resource{
		address: c.Address, previous: c.Previous, kind: c.Type, provider: c.Provider,
		actions: c.Change.Actions, before: c.Change.Before, after: c.Change.After, unknown: c.Change.Unknown,
		formerAccount: text(c.Change.Identity, "account_id"),
	}
	if drift != nil && drift.Change.Before != nil {
		r.before, r.found = drift.Change.Before, r.before
		r.gone = drift.Change.After == nil
	}
	return r
}

// addDrifted takes in what Terraform no longer found and the configuration no
// longer has: there is nothing left to change, so no change tells of it.
func (s *Subject) addDrifted(d planDocument, seen map[string]bool) {
	for _, c := range d.Drift {
		if _, guards := guards[c.Type]; !guards || c.Mode != tfjson.ManagedResourceMode || seen[c.Address] || seen[c.Previous] && c.Previous != "" {
			continue
		}
		seen[c.Address] = true
		s.Total++
		gone := c.Change.After == nil
		s.add(&resource{address: c.Address, kind: c.Type, provider: c.Provider, before: c.Change.Before, gone: gone, lost: !gone})
	}
}

// addUnmentioned takes in what the state has and the plan passes over.
func (s *Subject) addUnmentioned(d planDocument, seen map[string]bool) {
	if d.Prior == nil || d.Prior.Values == nil {
		return
	}
	d.Prior.Values.Root.each(func(r stateResource) {
		if _, guards := guards[r.Type]; guards && !seen[r.Address] {
			s.add(&resource{address: r.Address, kind: r.Type, lost: true})
		}
	})
}

// empty reports whether a module has no resources, those below it included.
func (m module) empty() bool {
	none := true
	m.each(func(stateResource) { none = false })
	return none
}

// each calls f for every managed resource of a module and those below it.
func (m module) each(f func(stateResource)) {
	for _, r := range m.Resources {
		if r.Mode == tfjson.ManagedResourceMode {
			f(r)
		}
	}
	for _, child := range m.Children {
		child.each(f)
	}
}

// whole returns why a plan can't be judged: its format is unknown, it failed,
// or it says of itself that there is more to come.
func (d planDocument) whole() error {
	if err := (&tfjson.Plan{FormatVersion: d.FormatVersion}).Validate(); err != nil || !strings.HasPrefix(d.FormatVersion, "1.") {
		return fmt.Errorf("its format version %q is unknown; 1.0 to 1.x can be read", printable(d.FormatVersion))
	}
	switch {
	case d.Values != nil && d.Planned == nil:
		return errors.New("it is a state and no plan; save the plan with -out=FILE and write it with terraform show -json FILE")
	case d.Errored:
		return errors.New("the plan failed: what is missing from it can't be judged; mend the error that terraform plan told, and plan again")
	case d.Complete != nil && !*d.Complete && len(d.Deferred) == 0:
		return errors.New("the plan is not complete, as with -target: what it leaves out can't be judged; plan without it")
	case len(d.Deferred) > 0 || d.Complete != nil && !*d.Complete:
		return fmt.Errorf("the plan defers %d changes to a later one, which can't be judged; apply what they wait for first", len(d.Deferred))
	case d.Planned == nil || d.Config == nil:
		return errors.New("it is no whole plan: planned_values or configuration are missing; write it with terraform show -json FILE")
	case len(d.Changes) == 0 && d.Prior != nil && d.Prior.Values != nil && !d.Prior.Values.Root.empty():
		return errors.New("it has no resource_changes though the state has resources: it was made with -refresh-only, which changes nothing but the state, or was cut down; plan without")
	case len(d.Changes) == 0 && len(d.Drift) > 0 && d.Config.Root.hasGuards():
		return errors.New("it has no resource_changes though the configuration has resources: it was made with -refresh-only, which changes nothing but the state, or was cut down; plan without")
	}
	return d.consistent()
}

// consistent holds the parts of a plan against each other: one that was cut
// down by a filter must not pass for one without changes.
func (d planDocument) consistent() error {
	seen, drifted := make(map[string]bool, len(d.Changes)), map[string]bool{}
	for i, c := range append(d.Changes[:len(d.Changes):len(d.Changes)], d.Drift...) {
		if c == nil || c.Change == nil || c.Address == "" || c.Type == "" || c.Mode == "" {
			return fmt.Errorf("it is no whole plan: change %d has no address, type, mode or change", i+1)
		}
		if c.Mode == tfjson.ManagedResourceMode && !knownActions(c.Change.Actions) {
			return fmt.Errorf("%s has the actions %q, which are unknown", printable(c.Address), c.Change.Actions)
		}
		if err := c.sides(); err != nil {
			return err
		}
		if i < len(d.Changes) {
			if seen[c.key()] {
				return fmt.Errorf("%s is changed twice", printable(c.Address))
			}
			seen[c.key()], seen[c.Address] = true, true
			continue
		}
		if drifted[c.key()] {
			return fmt.Errorf("%s has drifted twice", printable(c.Address))
		}
		drifted[c.key()] = true
	}
	missing := ""
	d.Planned.Root.each(func(r stateResource) {
		if !seen[r.Address] && missing == "" {
			missing = r.Address
		}
	})
	if missing != "" {
		return fmt.Errorf("it is no whole plan: %s is planned, and missing from resource_changes", printable(missing))
	}
	return nil
}

// sides holds that a managed resource's change says what was and what will be,
// as far as there is a before and an after to its actions.
func (c *change) sides() error {
	if c.Mode != tfjson.ManagedResourceMode {
		return nil
	}
	made := slices.Contains(c.Change.Actions, tfjson.ActionCreate)
	for _, action := range c.Change.Actions {
		needsAfter := action == tfjson.ActionNoop || action == tfjson.ActionUpdate || action == tfjson.ActionCreate
		needsBefore := action == tfjson.ActionNoop || action == tfjson.ActionUpdate || !made
		if needsAfter && c.Change.After == nil || needsBefore && c.Change.Before == nil {
			return fmt.Errorf("%s: the action %q lacks what was before or what comes after", printable(c.Address), action)
		}
	}
	return nil
}

func knownActions(actions tfjson.Actions) bool {
	for _, a := range actions {
		switch a {
		case tfjson.ActionNoop, tfjson.ActionCreate, tfjson.ActionRead, tfjson.ActionUpdate, tfjson.ActionDelete, tfjson.ActionForget:
		default:
			return false
		}
	}
	return len(actions) > 0
}
