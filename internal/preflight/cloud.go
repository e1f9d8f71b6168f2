package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"datalock/settings"

	"github.com/hashicorp/go-tfe"
	svchost "github.com/hashicorp/terraform-svchost"
)

const (
	defaultHost = "app.terraform.io"
	timeout     = 30 * time.Second
)

// cloud is an organization that answers.
type cloud struct {
	client       *tfe.Client
	organization string
	// aws says whether the stacks are for AWS, and not for an S3 server that
	// needs keys of its own.
	aws bool
}

func askCloud(ctx context.Context, r *Report, b settings.CloudBackend, aws bool, stacks []string, env Environment) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if value, set := env.lookup("TF_WORKSPACE"); set && b.Workspaces.Name != "" {
		r.find("", fmt.Sprintf("the variable TF_WORKSPACE is set (%q), which Terraform refuses beside a workspace's name", value), "unset TF_WORKSPACE")
	}
	name := b.Hostname
	if name == "" {
		name = defaultHost
	}
	host, err := svchost.ForComparison(name)
	if err != nil {
		return fmt.Errorf("read the host name %s: %w", name, err)
	}
	token, err := env.token(host)
	if err != nil {
		return err
	}
	if token == "" {
		r.find("", "there is no API token for "+name, fmt.Sprintf("run terraform login %s, or set %s", name, tokenVariable(host)))
		return nil
	}
	client, err := connect(ctx, env.Client, host, token)
	if err != nil {
		return err
	}
	switch _, err := client.Organizations.ReadEntitlements(ctx, b.Organization); {
	case errors.Is(err, tfe.ErrUnauthorized):
		r.find("", name+" refuses the API token", fmt.Sprintf("make a new one by terraform login %s, or mend %s", name, tokenVariable(host)))
		return nil
	case errors.Is(err, tfe.ErrResourceNotFound):
		r.find("", fmt.Sprintf("there is no organization %s on %s, or the API token may not see it", b.Organization, name),
			"correct backend.cloud.organization, or use a token of a member of it")
		return nil
	case err != nil:
		return fmt.Errorf("read organization %s on %s: %w", b.Organization, name, err)
	}
	c := cloud{client, b.Organization, aws}
	for _, stack := range stacks {
		if err := c.askStack(ctx, r, b.Workspaces, stack); err != nil {
			return err
		}
	}
	return nil
}

func (c cloud) askStack(ctx context.Context, r *Report, w settings.Workspaces, stack string) error {
	workspace, err := c.workspace(ctx, r, w, stack)
	if workspace == nil || err != nil {
		return err
	}
	before := len(r.Findings)
	name := c.organization + "/" + workspace.Name
	if workspace.Locked {
		r.find(stack, "the workspace "+name+" is locked", "wait for the run that holds it, or unlock it in its settings")
	}
	if tooOld(workspace.TerraformVersion) {
		r.find(stack, fmt.Sprintf("the workspace %s runs Terraform %s, and the stack needs 1.5 or later", name, workspace.TerraformVersion), "choose a later one in the workspace's general settings")
	}
	// An agent may have credentials of its own that can't be seen from here.
	if workspace.ExecutionMode == "remote" {
		if err := c.askCredentials(ctx, r, workspace, stack); err != nil {
			return err
		}
	}
	if len(r.Findings) == before {
		where := workspace.ExecutionMode + " runs"
		if workspace.ExecutionMode == "local" {
			where = "runs on this machine"
		}
		r.ready(stack, fmt.Sprintf("workspace %s, Terraform %s, %s", name, workspace.TerraformVersion, where))
	}
	return nil
}

// workspace returns the workspace of a stack, or nil where there isn't the one
// that Terraform would take.
func (c cloud) workspace(ctx context.Context, r *Report, w settings.Workspaces, stack string) (*tfe.Workspace, error) {
	if len(w.Tags) > 0 {
		return c.tagged(ctx, r, append(slices.Clone(w.Tags), stack), stack)
	}
	name := settings.ForStack(w.Name, stack)
	workspace, err := c.client.Workspaces.Read(ctx, c.organization, name)
	if errors.Is(err, tfe.ErrResourceNotFound) {
		r.find(stack, fmt.Sprintf("there is no workspace %s/%s, or the API token may not see it", c.organization, name),
			"make it, with AWS credentials where its runs are remote; terraform init would make it without")
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
		r.find(stack, fmt.Sprintf("no workspace of %s has the tags %s", c.organization, quoted), "make one with these tags; terraform init makes it only where it can ask for a name")
	case 1:
		return list.Items[0], nil
	default:
		r.find(stack, fmt.Sprintf("%d workspaces of %s have the tags %s", len(list.Items), c.organization, quoted), "leave them to one of the workspaces")
	}
	return nil, nil
}

// askCredentials looks for what lets a remote run into AWS: a role to take on,
// which is best, or keys.
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
func (c cloud) askCredentials(ctx context.Context, r *Report, workspace *tfe.Workspace, stack string) error {
	list, err := c.client.Variables.ListAll(ctx, workspace.ID, nil)
	if err != nil {
		return fmt.Errorf("list the variables of workspace %s: %w", workspace.Name, err)
	}
	has := map[string]bool{}
	for _, variable := range list.Items {
		if variable.Category == tfe.CategoryEnv {
			has[variable.Key] = true
		}
	}
	dynamic := has["TFC_AWS_PROVIDER_AUTH"] && (has["TFC_AWS_RUN_ROLE_ARN"] || has["TFC_AWS_PLAN_ROLE_ARN"] && has["TFC_AWS_APPLY_ROLE_ARN"])
	keys := has["AWS_ACCESS_KEY_ID"] && has["AWS_SECRET_ACCESS_KEY"]
	name := c.organization + "/" + workspace.Name
	switch {
	case dynamic:
	case keys && c.aws:
		r.find(stack, "the workspace "+name+" holds long-lived AWS keys", "give it a role instead: TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, and remove the keys")
	case !keys:
		r.find(stack, "the runs of workspace "+name+" are remote, and it has no AWS credentials", "set its environment variables TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, or its execution mode to local")
	}
	return nil
}

// tooOld reports whether a workspace's Terraform is older than the stacks
// take. "latest" and constraints such as "~> 1.11" are left to HCP Terraform.
func tooOld(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major < 1 || major == 1 && minor < 5
}
