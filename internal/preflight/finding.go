package preflight

import (
	"context"
	"net/http"

	"datalock/settings"
)

// A Finding is one problem that would prevent a deploy.
type Finding struct {
	// Stack is the stack's name, or empty for all stacks.
	Stack string `json:"stack,omitempty"`
	// Problem is what is wrong.
	Problem string `json:"problem"`
	// Fix is what to do.
	Fix string `json:"fix"`
}

// String returns the finding as one line.
func (f Finding) String() string {
	text := f.Problem + ": " + f.Fix
	if f.Stack != "" {
		return f.Stack + ": " + text
	}
	return text
}

// A Report is the result of all checks.
type Report struct {
	// Ready has a line for each stack without a problem.
	Ready []string `json:"ready"`
	// Findings are in the order of the stacks.
	Findings []Finding `json:"findings"`
}

// Environment is what the checks depend on in addition to the settings.
type Environment struct {
	// Variables is the environment, as os.Environ returns it.
	Variables []string
	// Home is the user's home folder.
	Home string
	// Client connects to HCP Terraform; nil is a client with the system's
	// certificates and proxies.
	Client *http.Client
}

// Ask checks the backend of the named stacks. The settings must be valid. Ask
// returns an error if it couldn't check: no network, or an error of the server.
func Ask(ctx context.Context, s settings.Settings, stacks []string, env Environment) (Report, error) {
	r := Report{Ready: []string{}, Findings: []Finding{}}
	switch {
	case s.Backend.Cloud != nil:
		return r, askCloud(ctx, &r, *s.Backend.Cloud, s.Endpoint == "", stacks, env)
	case s.Backend.S3 != nil:
		return r, askS3(ctx, &r, *s.Backend.S3, s.Region, stacks)
	}
	for _, stack := range stacks {
		r.ready(stack, "the state is a local file, "+s.StateFile(stack))
	}
	return r, nil
}

func (r *Report) ready(stack, how string) { r.Ready = append(r.Ready, stack+": "+how) }

func (r *Report) find(stack, problem, fix string) {
	r.Findings = append(r.Findings, Finding{Stack: stack, Problem: problem, Fix: fix})
}
