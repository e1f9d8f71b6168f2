// Package batch runs jobs of S3 Batch Operations on many object versions: it writes
// a CSV manifest, creates a job that waits for confirmation, follows it, and reads
// its completion report.
//
// Names of manifests and the ClientRequestToken of a job are derived from what is
// requested, so that another run finds the same manifest and job instead of making
// new ones.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html
package batch

// Prefixes in the evidence bucket. The policy of the stack's role allows them.
const (
	Manifests = "batch-manifests/"
	Reports   = "batch-reports/"
)
