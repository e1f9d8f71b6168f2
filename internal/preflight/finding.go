package preflight

import (
	"context"
	"net/http"

	"datalock/settings"
)

// A Finding is one thing that would keep a stack from being deployed.
type Finding struct {
	// Stack is the stack's name, or empty where it concerns all of them.
	Stack string `json:"stack,omitempty"`
	// Problem is what is wrong.
	Problem string `json:"problem"`
	// Mend is what to do.
	Mend string `json:"mend"`
}

// String returns the finding as one line.
func (f Finding) String() string {
	text := f.Problem + ": " + f.Mend
	if f.Stack != "" {
		return f.Stack + ": " + text
	}
	return text
}

// A Report is what was asked and found.
type Report struct {
	// Ready has a line for each stack with which nothing is wrong.
	Ready []string `json:"ready"`
	// Findings are in the order of the stacks.
	Findings []Finding `json:"findings"`
}

// Environment is what the answers depend on beside the settings.
type Environment struct {
	// Variables is the environment, as os.Environ returns it.
	Variables []string
	// Home is the user's home folder.
	Home string
	// Client reaches HCP Terraform; nil stands for one with the system's
	// certificates and proxies.
	Client *http.Client
}

// Ask asks for the named stacks of the settings, which must be valid. It
// returns an error where an answer couldn't be had: no network, or a server
// that is at fault.
func Ask(ctx context.Context, s settings.Settings, stacks []string, env Environment) (Report, error) {
	r := Report{Ready: []string{}, Findings: []Finding{}}
	switch {
	case s.Backend.Cloud != nil:
		return r, askCloud(ctx, &r, *s.Backend.Cloud, s.Endpoint == "", stacks, env)
	case s.Backend.S3 != nil:
		return r, askS3(ctx, &r, *s.Backend.S3, s.Region, stacks)
	}
	for _, stack := range stacks {
		r.ready(stack, "the state is a file beside cdktf.out")
	}
	return r, nil
}

func (r *Report) ready(stack, how string) { r.Ready = append(r.Ready, stack+": "+how) }

func (r *Report) find(stack, problem, mend string) {
	r.Findings = append(r.Findings, Finding{stack, problem, mend})
}
