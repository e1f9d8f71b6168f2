package preflight

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"datalock/settings"
)

// Environment is what the checks depend on in addition to the settings.
type Environment struct {
	// Variables is the environment, as os.Environ returns it.
	Variables []string
	// Home is the user's home folder.
	Home string
	// Dir is the folder of cdktf.json, and Outdir that of the synthesized
	// stacks.
	Dir, Outdir string
	// Client connects to HCP Terraform; nil is a client with the system's
	// certificates and proxies.
	Client *http.Client
}

// Ask checks the backend of the named stacks. The settings must be valid. The
// error is what stopped the checks, such as no network or a server error; the
// report then has what was found before.
func Ask(ctx context.Context, s settings.Settings, stacks []string, env Environment) (Report, error) {
	r := &Report{Ready: []string{}, Findings: []Finding{}, Notes: []Note{}}
	askWorkspaceVariable(r, s.Backend, env)
	var err error
	switch {
	case s.Backend.Cloud != nil:
		err = askCloud(ctx, r, s, stacks, env)
	case s.Backend.S3 != nil:
		err = askS3(ctx, r, s, stacks, env)
	default:
		err = askLocal(r, s, stacks, env)
	}
	if err != nil {
		r.Stopped = err.Error()
	}
	return *r, err
}

// askWorkspaceVariable reports TF_WORKSPACE. Terraform refuses it, even empty,
// with a cloud block that names the workspace; otherwise it selects a state.
// https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_workspace
func askWorkspaceVariable(r *Report, b settings.Backend, env Environment) {
	value, set := env.lookup("TF_WORKSPACE")
	switch {
	case !set:
	case b.Cloud != nil && b.Cloud.Workspaces.Name != "":
		r.find("", fmt.Sprintf("the variable TF_WORKSPACE is set (%q), but the settings name the workspace", value),
			"unset TF_WORKSPACE")
	case value != "" && (b.Cloud != nil || value != "default"):
		r.note(Warning, "", fmt.Sprintf("the variable TF_WORKSPACE is set: Terraform uses the workspace %q and its state, "+
			"for every stack, not what is checked here; unset TF_WORKSPACE", value))
	}
}

func askLocal(r *Report, s settings.Settings, stacks []string, env Environment) error {
	for _, stack := range stacks {
		file := s.StateFile(stack)
		state, err := os.ReadFile(filepath.Join(env.Dir, file))
		if err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("read the state of the stack %s: %w", stack, err)
		}
		before := len(r.Findings)
		if isEmpty(state) {
			askDeployedBefore(r, s, stack, file, env)
		}
		if len(r.Findings) == before {
			r.ready(stack, "the state is a local file, "+file)
		}
	}
	return nil
}
