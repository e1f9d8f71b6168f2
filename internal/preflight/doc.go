// Package preflight checks, before a deploy, that the backend is ready: the
// place where Terraform keeps the state and perhaps runs. Each problem is one
// line with its fix. Terraform finds the same problems later, with messages
// that don't help a newcomer: "Required token could not be found", or a remote
// run that fails with "No valid credential sources found".
//
// # What it checks
//
// [Ask] checks the backend of the settings. For HCP Terraform: is there an API
// token, in the places where Terraform looks for one and in the same order; is
// the host HCP Terraform; can the token read the organization; does each
// stack's workspace exist, unlocked, with a Terraform version that the stack
// supports; and do remote runs have AWS credentials. For S3: does the state's
// bucket exist in that Region, and can the current credentials use it. A local
// state needs no check.
//
// Nothing is created or changed: a missing workspace isn't created.
//
// [Explain] recognizes the same problems in what Terraform printed.
package preflight
