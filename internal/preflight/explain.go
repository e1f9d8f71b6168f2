package preflight

import "regexp"

// sayings are Terraform's words, and what they mean here. The first that fits
// counts; what is in its brackets stands for %[1]s.
var sayings = []struct {
	words   *regexp.Regexp
	finding Finding
}{
	{regexp.MustCompile(`Required token could not be found`), Finding{Problem: "there is no API token for HCP Terraform", Mend: "run terraform login, with the host's name where it is not app.terraform.io, or set TF_TOKEN_app_terraform_io"}},
	{regexp.MustCompile(`conflicts with TF_WORKSPACE`), Finding{Problem: "the variable TF_WORKSPACE is set, if only to nothing, and the stack names its workspace", Mend: "unset TF_WORKSPACE"}},
	{regexp.MustCompile(`organization settings: unauthorized`), Finding{Problem: "HCP Terraform refuses the API token", Mend: "make a new one by terraform login"}},
	{regexp.MustCompile(`organization "[^"]*" at host\s+\S+ not found`), Finding{Problem: "there is no such organization, or the API token may not see it", Mend: "correct backend.cloud.organization, or use a token of a member of it"}},
	{regexp.MustCompile(`error creating workspace`), Finding{Problem: "the workspace is missing, and the API token may not make it", Mend: "have it made, or use a token that may manage workspaces"}},
	{regexp.MustCompile(`No existing workspaces|failed to find workspace`), Finding{Problem: "no workspace has the tags of the stack", Mend: "make one with these tags, the stack's name among them"}},
	{regexp.MustCompile(`No valid credential sources found`), Finding{Problem: "Terraform has no AWS credentials where it runs", Mend: "for a remote run set TFC_AWS_PROVIDER_AUTH=true and TFC_AWS_RUN_ROLE_ARN in the workspace; on this machine set AWS_PROFILE"}},
	{regexp.MustCompile(`AWS account ID not allowed`), Finding{Problem: "the credentials are for another AWS account than the setting account names", Mend: "use those of the right one"}},
	{regexp.MustCompile(`Error acquiring the state lock|workspace already locked`), Finding{Problem: "another run holds the state", Mend: "wait for it; where it died, terraform force-unlock with the lock's ID"}},
	{regexp.MustCompile(`S3 bucket "[^"]*" does not exist`), Finding{Problem: "there is no bucket for the states", Mend: "make it, with versioning, or correct backend.s3.bucket"}},
	{regexp.MustCompile(`a network issue prevented cloud configuration|Failed to request discovery document`), Finding{Problem: "the host of HCP Terraform doesn't answer", Mend: "correct backend.cloud.hostname, or look at the network, the proxy and the certificates"}},
	{regexp.MustCompile(`Failed to query available provider packages`), Finding{Problem: "Terraform can't get the AWS provider", Mend: "look at the network and the proxy, or name a provider mirror in Terraform's CLI configuration"}},
	{regexp.MustCompile(`does not provide a tfe service|doesn't provide .* service`), Finding{Problem: "the host isn't HCP Terraform or Terraform Enterprise", Mend: "correct backend.cloud.hostname"}},
	{regexp.MustCompile(`Backend configuration changed|Backend initialization required|HCP Terraform configuration (block )?has changed|Migrating from backend`), Finding{Problem: "the stack was initialised with another backend", Mend: "see docs/changes.md, backend: terraform init -migrate-state takes the state along, -reconfigure leaves it behind"}},
}

// terminal are the colours and frames of Terraform's diagnostics, which break
// its sentences over lines.
var terminal = regexp.MustCompile(`\x1b\[[0-9;]*m|[│╷╵]|\s+`)

// Explain returns what Terraform's output means, in one line with the way to
// mend it, and whether it is known.
func Explain(stack string, output []byte) (Finding, bool) {
	text := terminal.ReplaceAllString(string(output), " ")
	text = regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	for _, saying := range sayings {
		if saying.words.MatchString(text) {
			finding := saying.finding
			finding.Stack = stack
			return finding, true
		}
	}
	return Finding{}, false
}
