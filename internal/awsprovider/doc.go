// Package awsprovider makes repeated use of Terraform's AWS provider cheaper.
// Terraform starts the provider three or four times for each command, which takes
// seconds of processor time each; so does the provider's endpoints block.
package awsprovider
