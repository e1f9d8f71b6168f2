// Package rehearse deploys the declared stacks for real, without AWS, and
// puts them on trial.
//
// # A rehearsal
//
// [Run] does for each stack what an operator would do, in a folder of its own:
// it starts the local S3 server of internal/rehearse/server (or takes another S3
// endpoint), synthesises the Terraform JSON for it, runs terraform init and
// apply; then it runs the trials of package prove against the bucket, and
// beside those that leave its settings alone a second plan, which must be
// empty. What came of it is a [datalock/internal/report.Report].
//
// # What it leaves alone
//
// The user's Terraform state, backend and cdktf.out are neither read nor
// written: the rehearsal's are in its own folder, which goes with it unless it
// is kept. [Declare] says in words what of the settings had to be changed for
// the server; every change is in the report.
//
// # How it ends
//
// Every process is a child that ends with this one. The context's end stops
// terraform first, then the server, and removes the folder. If this process is
// killed, the watcher of package cleanup kills what it started and removes the
// folder; in a kept folder the next rehearsal goes on where the last one
// stopped.
package rehearse
