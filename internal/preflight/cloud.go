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

// cloud is an organization that the API token can read.
type cloud struct {
	client       *tfe.Client
	organization string
	// aws reports whether the stacks are for AWS, and not for an S3-compatible
	// server, which needs its own keys.
	aws bool
}

func askCloud(
	ctx context.Context, r *Report, b settings.CloudBackend, aws bool, stacks []string, env Environment,
) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if value, set := env.lookup("TF_WORKSPACE"); set && b.Workspaces.Name != "" {
		r.find("", fmt.Sprintf("the variable TF_WORKSPACE is set (%q), but the settings name the workspace", value),
			"unset TF_WORKSPACE")
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
		r.find("", name+" refuses the API token",
			fmt.Sprintf("create a new one with terraform login %s, or correct %s", name, tokenVariable(host)))
		return nil
	case errors.Is(err, tfe.ErrResourceNotFound):
		r.find("",
			fmt.Sprintf("the organization %s doesn't exist on %s, or the API token can't read it", b.Organization, name),
			"correct backend.cloud.organization, or use the token of a member")
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
		r.find(stack, "the workspace "+name+" is locked", "wait for the run that locked it, or unlock it in its settings")
	}
	if tooOld(workspace.TerraformVersion) {
		r.find(stack,
			fmt.Sprintf("the workspace %s runs Terraform %s, but the stack needs 1.5 or later",
				name, workspace.TerraformVersion),
			"choose a later version in the workspace's general settings")
	}
	// An agent can have its own credentials, which the API doesn't show.
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

// workspace returns the workspace that Terraform would use for a stack, or nil
// if there isn't exactly one.
func (c cloud) workspace(
	ctx context.Context, r *Report, w settings.Workspaces, stack string,
) (*tfe.Workspace, error) {
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
// assume, which is best, or keys.
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
	roles := has["TFC_AWS_RUN_ROLE_ARN"] || has["TFC_AWS_PLAN_ROLE_ARN"] && has["TFC_AWS_APPLY_ROLE_ARN"]
	dynamic := has["TFC_AWS_PROVIDER_AUTH"] && roles
	keys := has["AWS_ACCESS_KEY_ID"] && has["AWS_SECRET_ACCESS_KEY"]
	name := c.organization + "/" + workspace.Name
	switch {
	case dynamic:
	case keys && c.aws:
		r.find(stack, "the workspace "+name+" has long-lived AWS keys",
			"use a role instead: set TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, and remove the keys")
	case !keys:
		r.find(stack, "the workspace "+name+" runs Terraform remotely but has no AWS credentials",
			"set its environment variables TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN, or its execution mode to local")
	}
	return nil
}

// tooOld reports whether a workspace's Terraform is older than the stacks
// support. HCP Terraform resolves "latest" and constraints such as "~> 1.11".
func tooOld(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major < 1 || major == 1 && minor < 5
}
