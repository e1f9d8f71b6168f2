package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/settings"

	"github.com/hashicorp/go-tfe"
	svchost "github.com/hashicorp/terraform-svchost"
)

const (
	defaultHost = "app.terraform.io"
	timeout     = 30 * time.Second
	// The oldest Terraform 1.x that a stack works with, and one whose cloud block has
	// a project, as in package stack.
	oldestMinor, oldestMinorWithProject = 5, 6
)

// cloud is an organization that the API token can read.
type cloud struct {
	client       *tfe.Client
	organization string
	settings     settings.Settings
	env          Environment
}

func askCloud(ctx context.Context, r *Report, s settings.Settings, stacks []string, env Environment) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	b := *s.Backend.Cloud
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
		r.find("", "there is no API token for "+name, fmt.Sprintf("run terraform login %s, or %s", name, tokenAdvice(host)))
		return nil
	}
	client, err := connect(ctx, env.Client, host, token)
	if err != nil {
		return err
	}
	switch _, err := client.Organizations.ReadEntitlements(ctx, b.Organization); {
	case errors.Is(err, tfe.ErrUnauthorized):
		r.find("", name+" refuses the API token",
			fmt.Sprintf("create a new one with terraform login %s, or %s", name, tokenAdvice(host)))
		return nil
	case errors.Is(err, tfe.ErrResourceNotFound):
		r.find("",
			fmt.Sprintf("the organization %s doesn't exist on %s, or the API token can't read it", b.Organization, name),
			"correct backend.cloud.organization, or use the token of a member")
		return nil
	case err != nil:
		return fmt.Errorf("read organization %s on %s: %w", b.Organization, name, err)
	}
	c := cloud{client, b.Organization, s, env}
	var stopped []error
	for _, stack := range stacks {
		if err := c.askStack(ctx, r, stack); err != nil {
			stopped = append(stopped, err)
		}
	}
	return errors.Join(stopped...)
}

func (c cloud) askStack(ctx context.Context, r *Report, stack string) error {
	workspace, err := c.workspace(ctx, r, stack)
	if workspace == nil || err != nil {
		return err
	}
	findings := len(r.Findings)
	name := c.organization + "/" + workspace.Name
	if workspace.Locked {
		problem, fix := "the workspace "+name+" is locked", "wait for the run that locked it, or unlock it in its settings"
		if workspace.ExecutionMode != "local" {
			problem += "; a remote run would wait, without an error, until it is unlocked"
		}
		r.find(stack, problem, fix)
	}
	least := oldestMinor
	if c.settings.Backend.Cloud.Workspaces.Project != "" {
		least = oldestMinorWithProject
	}
	if tooOld(workspace.TerraformVersion, least) {
		r.find(stack,
			fmt.Sprintf("the workspace %s runs Terraform %s, but the stack needs 1.%d or later",
				name, workspace.TerraformVersion, least),
			"choose a later version in the workspace's general settings")
	}
	told := true
	// An agent can have its own credentials, which the API doesn't show.
	if workspace.ExecutionMode == "remote" {
		if told, err = c.askCredentials(ctx, r, workspace, stack); err != nil {
			return err
		}
	}
	read, err := c.askState(ctx, r, workspace, stack)
	if err != nil {
		return err
	}
	if len(r.Findings) == findings && told && read {
		where := workspace.ExecutionMode + " runs"
		if workspace.ExecutionMode == "local" {
			where = "runs on this machine"
		}
		r.ready(stack, fmt.Sprintf("workspace %s, Terraform %s, %s", name, workspace.TerraformVersion, where))
	}
	return nil
}

// askState checks whether the workspace has a state, and reports whether that could
// be told. An empty one is normal only before the first apply.
func (c cloud) askState(ctx context.Context, r *Report, workspace *tfe.Workspace, stack string) (told bool, err error) {
	name := c.organization + "/" + workspace.Name
	version, err := c.client.StateVersions.ReadCurrent(ctx, workspace.ID)
	switch {
	case errors.Is(err, tfe.ErrResourceNotFound) && workspace.CurrentStateVersion != nil:
		// The API also answers "not found" if the token may not read states.
		r.note(Unknown, stack, "can't read the state of the workspace "+name+", and so can't tell whether it is empty: "+
			reason(err))
		return false, nil
	case errors.Is(err, tfe.ErrResourceNotFound):
		askDeployedBefore(r, c.settings, stack, "the workspace "+name, c.env)
		return true, nil
	case refused(err):
		r.note(Unknown, stack, "can't tell whether the workspace "+name+" has a state: "+reason(err))
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read the state of workspace %s: %w", name, err)
	}
	state, err := c.client.StateVersions.Download(ctx, version.DownloadURL)
	switch {
	case err == nil && isEmpty(state):
		askDeployedBefore(r, c.settings, stack, "the workspace "+name, c.env)
	case err != nil:
		r.note(Unknown, stack, "can't tell whether the state of the workspace "+name+" has resources: "+reason(err))
	}
	return err == nil, nil
}

// refused reports whether the API denied access or didn't find the object.
func refused(err error) bool {
	return err != nil && (errors.Is(err, tfe.ErrResourceNotFound) || errors.Is(err, tfe.ErrUnauthorized) ||
		strings.Contains(strings.ToLower(err.Error()), "forbidden"))
}

func reason(err error) string { return fmt.Sprintf("the server returned %q", err.Error()) }

// tooOld reports whether a workspace's Terraform is older than the stacks
// support. HCP Terraform resolves "latest" and constraints such as "~> 1.11".
func tooOld(version string, least int) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major < 1 || major == 1 && minor < least
}
