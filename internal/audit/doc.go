// Package audit reads a deployed bucket and says in what it isn't as its
// settings declare it, today.
//
// # The configuration
//
// [Run] reads each guard of the bucket and compares it with the settings, or
// with Datalock's defaults. A finding has the name, the reason and the address
// that datalock check would give it, so an exception in the settings counts
// here too. The policy is compared statement by statement, by check's own
// comparison. What is expected is derived from the settings here, not taken from
// the construct, whose mistakes would be repeated.
//
// # The versions
//
// Every version's retention, legal hold and checksum, and the delete markers,
// come from a listing and a HEAD of each version, or from an S3 Inventory report.
// HEAD leaves out a lock that the caller may not see, so a version that shows
// none is asked for its retention and its hold, which tells the two apart.
//
// # What isn't known
//
// A part that can't be read is [Unknown], with the reason, and never a pass.
// Nothing is changed: all requests only read.
//
// # What it can't see
//
// The bytes (datalock verify --read reads them), whatever IAM policies allow, and
// guards that have no setting. Event holds don't show in an inventory. A listing
// is not a snapshot: versions that are written while it runs may be missing.
package audit
