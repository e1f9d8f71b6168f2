package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// whole returns an error if a plan can't be judged: its format is unknown, it
// failed, or it doesn't have everything that the apply does.
func (d planDocument) whole() error {
	for _, check := range []func() error{
		d.formatKnown, d.hasParts, d.finished, d.changesAnything, d.consistent, d.hasPrior, d.plansAll,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (d planDocument) formatKnown() error {
	if strings.HasPrefix(d.FormatVersion, "0.") {
		return fmt.Errorf("the plan has format version %q, of Terraform 1.0 or earlier, which was never declared stable; "+
			"plan with Terraform 1.5 or later", Printable(d.FormatVersion))
	}
	if (&tfjson.Plan{FormatVersion: d.FormatVersion}).Validate() != nil || !strings.HasPrefix(d.FormatVersion, "1.") {
		return fmt.Errorf("the format version %q is unknown; versions 1.0 to 1.x can be read", Printable(d.FormatVersion))
	}
	return nil
}

func (d planDocument) hasParts() error {
	var missing []string
	if d.Planned == nil {
		missing = append(missing, "planned_values")
	}
	if d.Config == nil {
		missing = append(missing, "configuration")
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("not a whole plan, as it lacks %s, which Terraform always writes: something cut it down; "+
		"check what terraform show -json FILE prints", strings.Join(missing, " and "))
}

// finished returns an error if the plan failed or is incomplete.
func (d planDocument) finished() error {
	incomplete := d.Complete != nil && !*d.Complete
	switch {
	case d.Errored:
		return errors.New("the plan failed: what is missing from it can't be judged; " +
			"fix the error that terraform plan printed, and plan again")
	case len(d.Deferred) > 0:
		return fmt.Errorf("the plan defers %s to a later one, which can't be judged; apply what they wait for first",
			count(len(d.Deferred), "change"))
	case incomplete:
		return errors.New("the plan is not complete, as with -target or -exclude: what it leaves out can't be judged; " +
			"plan without them")
	}
	return nil
}

// changesAnything returns an error for a plan made with -refresh-only, which has
// no resource_changes although there are resources.
func (d planDocument) changesAnything() error {
	if len(d.Changes) > 0 {
		return nil
	}
	has := ""
	switch {
	case d.Prior != nil && d.Prior.Values != nil && !d.Prior.Values.Root.empty():
		has = "state"
	case len(d.Drift) > 0 && d.Config.Root.hasGuards():
		has = "configuration"
	default:
		return nil
	}
	if len(d.Actions) > 0 {
		return errors.New("the plan was made with -invoke: it only runs actions, and no plan shows what these do; " +
			"plan without it")
	}
	return fmt.Errorf("the plan has no resource_changes though the %s has resources: it was made with -refresh-only, "+
		"which changes only the state, or was cut down; plan without it", has)
}

// consistent compares the parts of a plan with each other, so that a plan that a
// filter cut down doesn't pass as one without changes. Only guards have to be
// consistent.
func (d planDocument) consistent() error {
	seen, err := distinct(d.Changes, "is changed twice")
	if err != nil {
		return err
	}
	if _, err := distinct(d.Drift, "has drifted twice"); err != nil {
		return err
	}
	missing := ""
	d.Planned.Root.each(func(r stateResource) {
		if missing == "" && isGuard(r.Type) && !seen[r.Address] {
			missing = r.Address
		}
	})
	if missing != "" {
		return fmt.Errorf("not a whole plan: %s is planned, and missing from resource_changes", Printable(missing))
	}
	return nil
}

// hasPrior returns an error if a plan has changes of existing resources, and no
// state that has any. Without the state, nothing shows what the rest leaves out.
// What the apply imports isn't in the state yet.
func (d planDocument) hasPrior() error {
	if d.Prior != nil && d.Prior.Values != nil && !d.Prior.Values.Root.empty() {
		return nil
	}
	for _, c := range d.Changes {
		if c.Mode == tfjson.ManagedResourceMode && c.Change.Before != nil && c.Change.Importing == nil {
			return fmt.Errorf("not a whole plan: %s exists, and prior_state, which Terraform always writes, has no resource: "+
				"something cut it down; check what terraform show -json FILE prints", Printable(c.Address))
		}
	}
	return nil
}

// distinct returns the addresses of changes. It is an error if a change is
// incomplete or a guard has two.
func distinct(changes []*change, twice string) (map[string]bool, error) {
	addresses, keys := make(map[string]bool, len(changes)), make(map[string]bool, len(changes))
	for i, c := range changes {
		if c == nil || c.Change == nil || c.Address == "" || c.Type == "" || c.Mode == "" {
			return nil, fmt.Errorf("not a whole plan: change %d has no address, type, mode or change", i+1)
		}
		addresses[c.Address] = true
		if c.Mode != tfjson.ManagedResourceMode || !isGuard(c.Type) {
			continue
		}
		if err := c.sound(); err != nil {
			return nil, err
		}
		if keys[c.key()] {
			return nil, fmt.Errorf("%s %s", Printable(c.Address), twice)
		}
		keys[c.key()] = true
	}
	return addresses, nil
}

// sound returns an error if an action of a change is unknown, or the change
// lacks the values before or after that its actions need.
func (c *change) sound() error {
	if !knownActions(c.Change.Actions) {
		return fmt.Errorf("%s has the actions %q, which are unknown", Printable(c.Address), c.Change.Actions)
	}
	if c.deposedAndGone() {
		return nil
	}
	made := slices.Contains(c.Change.Actions, tfjson.ActionCreate)
	for _, action := range c.Change.Actions {
		keeps := action == tfjson.ActionNoop || action == tfjson.ActionUpdate
		needsAfter := keeps || action == tfjson.ActionCreate
		needsBefore := keeps || !made
		if needsAfter && c.Change.After == nil || needsBefore && c.Change.Before == nil {
			return fmt.Errorf("%s: the action %q lacks what was before or what comes after", Printable(c.Address), action)
		}
	}
	return nil
}

func knownActions(actions tfjson.Actions) bool {
	for _, a := range actions {
		switch a {
		case tfjson.ActionNoop, tfjson.ActionCreate, tfjson.ActionRead, tfjson.ActionUpdate, tfjson.ActionDelete,
			tfjson.ActionForget:
		default:
			return false
		}
	}
	return len(actions) > 0
}
