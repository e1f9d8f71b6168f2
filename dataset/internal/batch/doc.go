// Package batch hands work on many object versions to S3 Batch Operations: it
// writes a CSV manifest, creates a job that waits for confirmation, follows it,
// and reads its completion report.
//
// What it writes has names that follow from what is asked for, and a job has a
// ClientRequestToken of the same kind. So a second start finds the first one's
// manifest and job instead of making others.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html
package batch

// Prefixes in the evidence bucket, which the role's policy allows. They are those
// of the settings' "evidence".
const (
	Manifests = "batch-manifests/"
	Reports   = "batch-reports/"
)
