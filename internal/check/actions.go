package check

// An invocation is an action that the apply runs, because of a resource's
// lifecycle.action_trigger or of terraform plan -invoke, which may name a
// resource. Both exist since Terraform 1.14.
// https://developer.hashicorp.com/terraform/language/invoke-actions
type invocation struct {
	Address   string `json:"address"`
	Triggered struct {
		By string `json:"triggering_resource_address"`
	} `json:"lifecycle_action_trigger"`
	Invoked struct {
		For string `json:"calling_resource_address"`
	} `json:"invoke_action_trigger"`
}

// A deferredAction is an invocation that is left to a later plan.
type deferredAction struct {
	Invocation invocation `json:"action_invocation"`
}

// An action is one whose resource isn't among those that are judged: by is its
// address, or "" if the action names none.
type action struct{ address, by string }

// addActions records which resources trigger actions. An action that names no
// resource may affect any, so it is recorded for the whole plan.
func (s *Subject) addActions(d planDocument) {
	byAddress := make(map[string]*resource, len(s.resources))
	for _, r := range s.resources {
		if !r.deposed {
			byAddress[r.address] = r
		}
	}
	all := d.Actions
	for _, deferred := range d.DeferredActions {
		all = append(all, deferred.Invocation)
	}
	for _, invoked := range all {
		by := invoked.Triggered.By + invoked.Invoked.For
		switch r := byAddress[by]; {
		case r != nil:
			r.triggers = append(r.triggers, invoked.Address)
		case by == "" || isGuard(typeOf(withoutKeys(by))):
			s.actions = append(s.actions, action{invoked.Address, by})
		}
	}
}

func findProvisioner(s *Subject, found report) {
	for _, r := range s.resources {
		if r.provisioned {
			found(r, guards[r.kind].what+" has a provisioner, whose command no plan shows")
		}
		for _, action := range r.triggers {
			found(r, guards[r.kind].what+" triggers "+action+", and no plan shows what that does")
		}
	}
	if len(s.resources) == 0 {
		return
	}
	for _, action := range s.actions {
		found(&resource{address: action.address}, "the plan runs the action, and doesn't tell for which resource")
	}
}
