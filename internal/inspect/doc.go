// Package inspect reads an existing bucket: its configurations and the locks of
// its versions. It only reads, and judges nothing; internal/audit and
// internal/adopt do.
//
// What a bucket doesn't have is nil or empty. What the caller may not read is a
// [Denied] with the action that is missing.
package inspect
