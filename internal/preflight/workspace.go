package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalock/settings"

	"github.com/hashicorp/go-tfe"
)

// workspace returns the workspace that Terraform would use for a stack, or nil
// if there isn't exactly one.
func (c cloud) workspace(ctx context.Context, r *Report, stack string) (*tfe.Workspace, error) {
	w := c.settings.Backend.Cloud.Workspaces
	if len(w.Tags) > 0 {
		return c.tagged(ctx, r, append(slices.Clone(w.Tags), stack), stack)
	}
	name := settings.ForStack(w.Name, stack)
	workspace, err := c.client.Workspaces.Read(ctx, c.organization, name)
	if errors.Is(err, tfe.ErrResourceNotFound) {
		r.find(stack, fmt.Sprintf("the workspace %s/%s doesn't exist, or the API token can't read it", c.organization, name),
			"create it, with AWS credentials for remote runs; terraform init would create it without")
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read workspace %s/%s: %w", c.organization, name, err)
	}
	return workspace, nil
}

func (c cloud) tagged(ctx context.Context, r *Report, tags []string, stack string) (*tfe.Workspace, error) {
	list, err := c.client.Workspaces.List(ctx, c.organization, &tfe.WorkspaceListOptions{Tags: strings.Join(tags, ",")})
	if err != nil {
		return nil, fmt.Errorf("list the workspaces of %s: %w", c.organization, err)
	}
	switch quoted := strings.Join(tags, ", "); len(list.Items) {
	case 0:
		r.find(stack, fmt.Sprintf("no workspace in %s has the tags %s", c.organization, quoted),
			"create one with these tags; terraform init creates it only if it can ask for a name")
	case 1:
		return list.Items[0], nil
	default:
		r.find(stack, fmt.Sprintf("%d workspaces in %s have the tags %s", len(list.Items), c.organization, quoted),
			"keep the tags on one of them")
	}
	return nil, nil
}

// askCredentials checks that a remote run has AWS credentials: a role to
// assume, which is best, or keys. With an endpoint only keys work, because
// roles belong to AWS. It returns false if that can't be determined.
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
func (c cloud) askCredentials(ctx context.Context, r *Report, workspace *tfe.Workspace, stack string) (bool, error) {
	name, endpoint := c.organization+"/"+workspace.Name, c.settings.Endpoint != ""
	has, why, err := c.variables(ctx, workspace)
	if err != nil {
		return false, err
	}
	roles := has["TFC_AWS_RUN_ROLE_ARN"] || has["TFC_AWS_PLAN_ROLE_ARN"] && has["TFC_AWS_APPLY_ROLE_ARN"]
	dynamic := has["TFC_AWS_PROVIDER_AUTH"] && roles
	keys := has["AWS_ACCESS_KEY_ID"] && has["AWS_SECRET_ACCESS_KEY"]
	switch {
	case keys && !endpoint && !dynamic:
		r.find(stack, "the workspace "+name+" has long-lived AWS keys",
			"use a role instead: set TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, and remove the keys")
	case keys, dynamic && !endpoint:
	case why != "":
		r.note(Unknown, stack, "can't tell whether remote runs of the workspace "+name+" have credentials: "+why)
		return false, nil
	case endpoint:
		r.find(stack, "the workspace "+name+" runs Terraform remotely but has no keys for the endpoint",
			"set its environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the server's keys, as sensitive, "+
				"and AWS_CA_BUNDLE if a private authority signed its certificate; TFC_AWS_* roles are for AWS only")
	default:
		r.find(stack, "the workspace "+name+" runs Terraform remotely but has no AWS credentials",
			"set its environment variables TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, or its execution mode to local")
	}
	return true, nil
}

// hasNoEffect reports whether a variable's value is known to be empty, or not the
// one that switches roles on.
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
func hasNoEffect(variable *tfe.Variable) bool {
	if variable.Sensitive {
		return false // the API doesn't tell its value
	}
	return variable.Value == "" || variable.Key == "TFC_AWS_PROVIDER_AUTH" && variable.Value != "true"
}

// variables returns the names of the environment variables of a workspace's
// runs, without those that have no effect. why says why the list may be incomplete, and is empty if it is
// complete.
//
// all-vars, which includes variable sets, is missing on older Terraform
// Enterprise and other servers. vars has only the workspace's own.
func (c cloud) variables(ctx context.Context, workspace *tfe.Workspace) (names map[string]bool, why string, err error) {
	list, err := c.client.Variables.ListAll(ctx, workspace.ID, nil)
	if refused(err) {
		why = "its own variables have none, and those of variable sets can't be listed; " + reason(err)
		if list, err = c.client.Variables.List(ctx, workspace.ID, nil); refused(err) {
			return nil, "its variables can't be listed; " + reason(err), nil
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("list the variables of workspace %s/%s: %w", c.organization, workspace.Name, err)
	}
	names = map[string]bool{}
	for _, variable := range list.Items {
		if variable.Category == tfe.CategoryEnv && !hasNoEffect(variable) {
			names[variable.Key] = true
		}
	}
	return names, why, nil
}
