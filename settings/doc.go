// Package settings holds what a user declares in cdktf.json under
// context.datalock: the buckets, how long their objects are locked, and where
// the Terraform state lives.
//
// # Two steps, one list of mistakes
//
// [Decode] turns JSON into [Settings]. It is strict: unknown keys, wrong types
// and duplicate keys are mistakes, because a setting that is silently ignored
// here is a lock that silently isn't there. [Settings.Validate] then holds the
// values to the rules of AWS and Terraform. Both add to one list, so that a
// user sees all the mistakes of a file at once, each with its key, its value,
// what is allowed and how to mend it.
//
// # Pure
//
// Nothing here reads a file, the clock or the environment, and nothing knows
// of cdktf: the same bytes always give the same Settings. Reading the file is
// the work of package internal/project.
//
// # Why the rules are strict
//
// A COMPLIANCE retention can't be shortened or removed by anyone, the account
// root included. What these rules let pass may be permanent.
package settings
