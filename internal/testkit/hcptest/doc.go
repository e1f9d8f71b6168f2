// Package hcptest is a test server for the part of the HCP Terraform API that
// Terraform's cloud block uses. It listens with TLS on loopback.
//
// # What is real
//
// The server keeps state versions byte for byte, and locks and unlocks
// workspaces. In a workspace with remote execution, it unpacks the uploaded
// configuration and runs Terraform in a separate folder. The environment of the
// run has only what Terraform needs and the workspace's variables. As on HCP
// Terraform, credentials of the user's machine are missing there.
//
// # Limits
//
// The server was written from the API's documentation and Terraform's client. It
// doesn't replace a run on HCP Terraform. It has no teams, policies, cost
// estimates, run tasks or VCS. It knows two tokens: one may do everything, the
// other may only read. A run starts when it is created, or when a workspace that
// was locked by hand is unlocked.
// https://developer.hashicorp.com/terraform/cloud-docs/api-docs
package hcptest
