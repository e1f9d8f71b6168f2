package settings

// AccessLogsPrefix is the key prefix of server access logs in the evidence
// bucket.
const AccessLogsPrefix = "access-logs/"

func (b Bucket) validateAccessLogs(path string, in place) Mistakes {
	if !b.AccessLogs {
		return nil
	}
	ms := b.requiresEvidence(path, "the logs")
	return append(ms, requiresAccount(path, in, "an S3-compatible server delivers no access logs as AWS does")...)
}
