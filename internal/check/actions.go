package check

// An invocation is an action that the apply runs: by a resource's
// lifecycle.action_trigger, or by terraform plan -invoke, which may name the
// resource that it is called for. Terraform has both since version 1.14.
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

// A deferredAction is one that a later plan is to run.
type deferredAction struct {
	Invocation invocation `json:"action_invocation"`
}

// addActions notes which resources trigger actions. An action whose resource
// isn't named may be about any, and is held against the plan as a whole.
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
	for _, action := range all {
		by := action.Triggered.By + action.Invoked.For
		switch r := byAddress[by]; {
		case r != nil:
			r.triggers = append(r.triggers, action.Address)
		case by == "" || isGuard(typeOf(withoutKeys(by))):
			s.actions = append(s.actions, action.Address)
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
		found(&resource{address: action}, "the plan runs the action, and doesn't tell for which resource")
	}
}
