package preflight

import "regexp"

// A knownError is a Terraform error with its meaning and its fix.
type knownError struct {
	pattern *regexp.Regexp
	problem string
	fix     string
}

func known(pattern, problem, fix string) knownError {
	return knownError{pattern: regexp.MustCompile(pattern), problem: problem, fix: fix}
}

// knownErrors are the errors that Explain knows. The first that matches counts.
var knownErrors = []knownError{
	known(`Required token could not be found`,
		"there is no API token for HCP Terraform",
		"run terraform login, with the host's name if it isn't app.terraform.io, or set TF_TOKEN_app_terraform_io; "+
			"for a host with a port, put a credentials block in ~/.terraformrc"),
	known(`conflicts with TF_WORKSPACE`,
		"the variable TF_WORKSPACE is set (an empty value counts), but the stack names its workspace",
		"unset TF_WORKSPACE"),
	known(`organization settings: unauthorized`,
		"HCP Terraform refuses the API token",
		"create a new one with terraform login"),
	known(`organization "[^"]*" at host\s+\S+ not found`,
		"the organization doesn't exist, or the API token can't read it",
		"correct backend.cloud.organization, or use the token of a member"),
	known(`error creating workspace`,
		"the workspace doesn't exist, and the API token can't create it",
		"have it created, or use a token that can manage workspaces"),
	known(`No existing workspaces|failed to find workspace`,
		"no workspace has the tags of the stack",
		"create one with these tags, including the stack's name"),
	known(`No valid credential sources found`,
		"Terraform has no AWS credentials where it runs",
		"for a remote run set TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN in the workspace, or with an endpoint "+
			"the server's keys; on this machine set AWS_PROFILE"),
	known(`AWS account ID not allowed`,
		`the credentials are for another AWS account than the setting "account"`,
		"use credentials for that account"),
	known(`Error acquiring the state lock|workspace already locked`,
		"another run holds the state lock",
		"wait for it; if it crashed, run terraform force-unlock with the lock's ID"),
	known(`S3 bucket "[^"]*" does not exist`,
		"the bucket for the states doesn't exist",
		"create it, with versioning, or correct backend.s3.bucket"),
	known(`a network issue prevented cloud configuration|Failed to request discovery document`,
		"the host of HCP Terraform doesn't answer",
		"correct backend.cloud.hostname, or check the network, the proxy and the certificates"),
	known(`Failed to resolve provider packages|Failed to query available provider packages.*registry\.opentofu\.org`,
		"OpenTofu can't download the AWS provider",
		"check the network and the proxy, or set a provider mirror with registry.opentofu.org/hashicorp/aws "+
			"in OpenTofu's CLI configuration; a mirror for Terraform has only registry.terraform.io"),
	known(`Failed to query available provider packages`,
		"Terraform can't download the AWS provider",
		"check the network and the proxy, or set a provider mirror in Terraform's CLI configuration"),
	known(`does not provide a tfe service|doesn't provide .* service`,
		"the host isn't HCP Terraform or Terraform Enterprise",
		"correct backend.cloud.hostname"),
	// Moves to and from HCP Terraform share some errors; the names in them tell
	// them apart.
	known(`Migrating state from HCP Terraform|Migrating from HCP Terraform|Changed from HCP Terraform to backend|`+
		`Initializing the backend.*not applicable when using HCP Terraform`,
		"the state is still on HCP Terraform, and Terraform doesn't move it from there",
		"restore the old backend, save the state with terraform state pull, and then change the backend: "+
			"docs/changes.md#change-the-backend. "+
			"Removing .terraform without that leaves the state behind, and the next plan makes a second bucket"),
	known(`Can't ask approval for state migration|(Changed|Migrating) from backend "[^"]*" to HCP Terraform|`+
		`not applicable when using HCP Terraform`,
		"the stack was initialized with another backend, and its state isn't on HCP Terraform yet",
		"run terraform init in the stack's folder and answer yes, or unattended echo yes | terraform init, "+
			"without -input=false and TF_INPUT: docs/changes.md#change-the-backend. "+
			"The answer no leaves the state behind, and the next plan makes a second bucket"),
	known(`Backend configuration changed|Backend initialization required|`+
		`HCP Terraform configuration (block )?has changed|initialization required`,
		"the stack was initialized with another backend",
		"move the state with terraform init -migrate-state, or unattended terraform init -migrate-state -force-copy: "+
			"docs/changes.md#change-the-backend. -reconfigure leaves the state behind, and the next plan makes a second bucket"),
}

var (
	// decoration are the colors and frames of Terraform's messages, and line
	// breaks, which can be anywhere in a sentence.
	decoration = regexp.MustCompile(`\x1b\[[0-9;]*m|[│╷╵]|\s+`)
	spaces     = regexp.MustCompile(` +`)
)

// Explain returns what Terraform's output means and how to fix it, and whether
// it contains a known error.
func Explain(stack string, output []byte) (Finding, bool) {
	text := spaces.ReplaceAllString(decoration.ReplaceAllString(string(output), " "), " ")
	for _, e := range knownErrors {
		if e.pattern.MatchString(text) {
			return Finding{Stack: stack, Problem: e.problem, Fix: e.fix}, true
		}
	}
	return Finding{}, false
}
