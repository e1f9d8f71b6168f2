// Package check stops Terraform plans that would harm locked data.
//
// # What it reads
//
// [Read] takes a plan, as `terraform show -json` or `tofu show -json` writes
// it, or a synthesised stack (cdk.tf.json), and makes a [Subject] of it: the
// resources that hold or guard locked data, each linked to its bucket. A plan
// shows what was and what will be; a stack shows neither, but alone has
// prevent_destroy.
//
// What can't be judged is an error and never a pass: JSON that is cut off, has
// a key twice or is nested without end, a format that is unknown, a plan that
// failed, was made with -target or defers changes, and one whose parts don't
// agree with each other.
//
// # How it judges
//
// [Rules] is the table. Some rules compare the resource before and after, where
// "before" is both what the state said before Terraform looked and what was
// found there: a guard that somebody weakened by hand, and that the plan leaves
// so, is found, and so is one that was strengthened, and that the plan takes
// back. Other rules hold
// what comes after to a floor, so that a bucket can't be made without its
// guards. A rule that can't tell finds something: a wrong alarm costs a look,
// and an exception in the settings, with a reason and a last day, ends it.
//
// Only what belongs to locked data counts. Buckets that are known to be without
// Object Lock, and their guards, may change as they like; keys count wherever
// they are, since old versions stay encrypted with them. A guard whose bucket
// isn't in the plan counts.
//
// # What it can't see
//
// What is changed outside of Terraform, or by a plan that nobody gives to the
// gate. The account of a bucket, whose ARN has none: it is told by a key's ARN,
// by expected_bucket_owner and by resource identities. Resources of other
// types, such as those of the awscc provider. docs/plancheck.md has the list.
package check
