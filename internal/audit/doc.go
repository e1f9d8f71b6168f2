// Package audit reads a deployed bucket and reports where it differs from its
// settings.
//
// # The configuration
//
// [Run] reads each guard of the bucket and compares it with the settings, or
// with Datalock's defaults. Findings have the names, reasons and addresses of
// datalock check, so exceptions in the settings apply here too. The policy is
// compared statement by statement, as check does. The expected values are
// derived from the settings here, not taken from the construct, so that its
// mistakes aren't repeated.
//
// # The versions
//
// Every version's retention, legal hold and checksum, and the delete markers,
// come from a listing and a HEAD of each version, or from an S3 Inventory report.
// HEAD omits a lock that the caller may not read, so for a version without one
// the retention and the legal hold are requested separately.
//
// # What isn't known
//
// A part that can't be read is [Unknown], with the reason, never a pass. An
// audit only sends read requests.
//
// # What it can't see
//
// The bytes (datalock verify --read reads them), what IAM policies allow, and
// guards without a setting. An inventory shows event holds only with their column.
// A listing is not a snapshot: versions written while it runs may be missing.
package audit
