// Package hcptest is a server for tests that speaks the part of the HCP
// Terraform API that Terraform's cloud block uses, over TLS on loopback.
//
// # What it does for real
//
// State versions are kept byte for byte, workspaces are locked and unlocked,
// and in a workspace with remote execution the uploaded configuration is
// unpacked and run by Terraform itself, in a folder of its own, with nothing in
// the environment but what Terraform needs and the variables of the workspace:
// a credential that only the user's machine has is missing there, as it is on
// HCP Terraform.
//
// # What it is not
//
// It is made from the API's documentation and Terraform's own client, and no
// substitute for a run on HCP Terraform: no teams, policies, cost estimates,
// run tasks or VCS, one token that may do everything and one that may only
// read, and a run begins when it is created, or when the workspace that was
// locked by hand is unlocked.
// https://developer.hashicorp.com/terraform/cloud-docs/api-docs
package hcptest
