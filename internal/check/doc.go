// Package check stops Terraform plans that would harm locked data.
//
// # What it reads
//
// [Read] turns a plan (the output of `terraform show -json` or
// `tofu show -json`) or a synthesised stack (cdk.tf.json) into a [Subject]: the
// resources that hold or guard locked data, each linked to its bucket. A plan
// shows the values before and after the apply, a stack only the declared ones;
// only a stack has prevent_destroy.
//
// What can't be judged is an error, never a pass: truncated JSON, duplicate
// keys, excessive nesting, an unknown format, a plan that failed, was made with
// -target or defers changes, and a plan whose parts contradict each other.
//
// # How it judges
//
// [Rules] is the table. Some rules compare a resource before and after. They
// compare with both the recorded state and what Terraform found: so they find a
// guard that was weakened by hand and stays weak, and one that was strengthened
// by hand and that the plan weakens again. Other rules require a minimum after
// the apply, so that a bucket can't be created without its guards. A rule that
// can't decide reports a finding: a false alarm costs a look, and an exception
// in the settings, with a reason and an end date, silences it.
//
// Only resources of locked data are judged. A bucket that is known to be
// without Object Lock isn't, nor are its guards. Keys always are, since old
// versions stay encrypted with them, and so is a guard whose bucket isn't in
// the plan.
//
// # What it can't see
//
// Changes outside of Terraform, and plans that aren't given to the gate. The
// account of a bucket, which its ARN doesn't contain: the account is known only
// from a key's ARN, expected_bucket_owner or a resource identity. Resources of
// other types, such as those of the awscc provider. docs/plancheck.md has the
// list.
package check
