// Package rehearse deploys the declared stacks without AWS and attacks them.
//
// # A rehearsal
//
// For each stack, [Run] starts the local S3 server of internal/rehearse/server
// (or uses another S3 endpoint), synthesizes the Terraform JSON for it, and runs
// terraform init and apply in a separate folder. Then it runs the trials of
// package prove against each of the stack's buckets, at the same time. In parallel
// to the trials that don't change a bucket's settings, it makes a second plan,
// which must be empty. The result is a [datalock/internal/report.Report].
//
// # What it doesn't touch
//
// A rehearsal doesn't read or write the user's Terraform state, backend or
// cdktf.out. It has its own in a folder, which it removes unless the folder is
// to be kept. [Declare] returns what it changes in the settings to use the
// server; the report lists every change.
//
// # How it ends
//
// All processes are children that end with this one. If the context ends,
// terraform stops first, then the server, and the folder is removed. If this
// process is killed, the watcher of package cleanup kills what it started and
// removes the folder. In a kept folder, the next rehearsal continues where the
// last one stopped.
package rehearse
