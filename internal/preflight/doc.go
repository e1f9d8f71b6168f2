// Package preflight asks, before anything is deployed, whether the place where
// Terraform will keep the state and run is ready, and says what is wrong in one
// line with the way to mend it. Terraform itself finds out later, in words that
// leave a newcomer lost: "Required token could not be found", or a remote run
// that ends with "No valid credential sources found".
//
// # What is asked
//
// [Ask] goes by the backend of the settings. For HCP Terraform: is there an API
// token, in the places where Terraform looks, in its order; does the host
// answer and is it HCP Terraform; does the token open the organization; is
// there the workspace of each stack, unlocked, with a Terraform that the stack
// takes; and where runs are remote, does the workspace have AWS credentials.
// For S3: is there the state's bucket, in that Region, open to the credentials
// at hand. A local state needs nothing.
//
// Nothing is created or changed: a workspace that is missing stays missing.
//
// [Explain] reads what Terraform printed and says the same of an error that
// has happened already.
package preflight
