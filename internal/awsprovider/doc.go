// Package awsprovider makes Terraform's AWS provider cheap to use again and
// again. Terraform starts it three or four times for each of its commands, and
// each start takes seconds of a core; the provider's endpoints block takes
// seconds too.
package awsprovider
