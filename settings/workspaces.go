package settings

import (
	"slices"
	"strings"
)

func (w Workspaces) validate(path string, stacks []string) Mistakes {
	var ms Mistakes
	switch {
	case w.Name != "" && len(w.Tags) > 0:
		ms.add(path, "", "workspaces are selected by name or by tags, not both", "remove one")
	case len(w.Tags) > 0:
		ms = w.validateTags(join(path, "tags"), stacks)
	default:
		ms = w.validateName(join(path, "name"), stacks)
	}
	if rule := w.projectRule(); rule != "" {
		ms.add(join(path, "project"), quote(w.Project), rule, "use the project's name as HCP Terraform shows it")
	}
	return ms
}

func (w Workspaces) projectRule() string {
	if w.Project == "" {
		return ""
	}
	rule := lengthRule(w.Project, shortestProject, longestProject)
	if rule == "" && !projectName.MatchString(w.Project) {
		rule = "may contain only letters, numbers, spaces, '-' and '_', without a space at either end"
	}
	return rule
}

// validateName checks the template, and the resulting name of each stack's
// workspace.
func (w Workspaces) validateName(path string, stacks []string) Mistakes {
	const example = `use a name such as "datalock-{stack}"`
	bare := withoutPlaceholder(w.Name)
	if !cloudName.MatchString(bare) {
		return mistake(path, quote(w.Name), "may contain only letters, numbers, '-', '_' and "+StackPlaceholder, example)
	}
	if rule := lengthRule(bare, 1, longestWorkspace); rule != "" {
		return mistake(path, quote(w.Name), rule, example)
	}
	ms := validatePlaceholder(path, w.Name, "workspace")
	if len(ms) > 0 {
		return ms
	}
	for _, stack := range stacks {
		full := ForStack(w.Name, stack)
		if rule := lengthRule(full, 1, longestWorkspace); rule != "" && stackRule(stack) == "" {
			ms.add(path, quote(w.Name), "the workspace name "+full+" "+rule, "shorten it or the stack's name")
		}
	}
	return ms
}

// validateTags checks the tags. The stack's name is added as a tag to tell the
// stacks' workspaces apart, so no tag may be a stack's name.
func (w Workspaces) validateTags(path string, stacks []string) Mistakes {
	var ms Mistakes
	for i, tag := range w.Tags {
		key := element(path, i)
		same := func(other string) bool { return strings.EqualFold(tag, other) }
		switch rule := tagRule(tag); {
		case rule != "":
			ms.add(key, quote(tag), rule, "rename the tag")
		case slices.ContainsFunc(stacks, same):
			ms.add(key, quote(tag), "is a stack's name, which is the tag that identifies the stack's workspace",
				"rename the tag or the stack")
		case slices.IndexFunc(w.Tags, same) < i:
			ms.add(key, quote(tag), "duplicate tag", "remove one")
		}
	}
	for _, stack := range stacks {
		if rule := tagRule(stack); rule != "" && stackRule(stack) == "" {
			ms.add(join("buckets", stack), "",
				"the stack's name becomes a tag of its workspace, which "+rule, "rename the stack")
		}
	}
	return ms
}

// tagRule returns the rule of HCP Terraform that a workspace's tag breaks, or
// "".
func tagRule(tag string) string {
	rule := lengthRule(tag, 1, longestTag)
	if rule == "" && !workspaceTag.MatchString(tag) {
		rule = "may contain only letters, numbers, ':', '-' and '_', with a letter or a number at each end"
	}
	return rule
}

// validatePlaceholder checks that a template contains the stack's name.
func validatePlaceholder(path, template, what string) Mistakes {
	if strings.Contains(template, StackPlaceholder) {
		return nil
	}
	return mistake(path, quote(template),
		"must contain "+StackPlaceholder+", because otherwise all stacks would share one "+what,
		"put "+StackPlaceholder+" where the stack's name belongs")
}

func withoutPlaceholder(template string) string {
	return strings.ReplaceAll(template, StackPlaceholder, "x")
}
