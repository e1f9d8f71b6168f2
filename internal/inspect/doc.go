// Package inspect reads the configurations of an existing bucket and the locks of
// its versions. Its callers, internal/audit and internal/adopt, judge them.
//
// A configuration that a bucket doesn't have is nil or empty. If the caller lacks
// a permission, the error is a [Denied] with the action.
package inspect
