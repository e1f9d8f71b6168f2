// Package settings reads and checks what a user declares in cdktf.json under
// context.datalock: the buckets, how long their objects are locked, and where
// the Terraform state is kept.
//
// # Decode and validate
//
// [Decode] turns JSON into [Settings]. It is strict: unknown keys, wrong types
// and duplicate keys are mistakes, because a setting that is silently ignored
// can be a missing lock. [Settings.Validate] checks the values against the
// rules of AWS and Terraform. Both add to one list, so that a user sees all
// mistakes of a file at once, each with its key, its value, what is allowed
// and how to fix it.
//
// # No input or output
//
// This package reads no file, clock or environment variable and doesn't depend
// on cdktf: the same bytes always give the same Settings. Package
// internal/project reads the file.
//
// # Why the rules are strict
//
// Nobody can shorten or remove a COMPLIANCE retention, not even the account
// root. What these rules accept can be permanent.
package settings
