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

import "strings"

// Prefixes in the evidence bucket. The policy of the stack's role allows them.
const (
	Manifests = "batch-manifests/"
	Reports   = "batch-reports/"
)

// longestReport is S3's limit for the prefix of a report, in characters.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_JobReport.html
const longestReport = 512

// Folder returns where below [Manifests] and [Reports] the files of the jobs for a dataset
// are. The name says which ones: a prefix that is too long for a report is cut off.
func Folder(bucket, prefix, name string) string {
	if most := longestReport - len(Reports+bucket+"//"+name); len(prefix) > most {
		prefix = strings.ToValidUTF8(prefix[:most], "")
	}
	return bucket + "/" + prefix + "/" + name
}
