// Package batchjobs is a small S3 Control endpoint that runs S3 Batch
// Operations jobs: CreateJob, DescribeJob, ListJobs, UpdateJobStatus and
// UpdateJobPriority, for PutObjectRetention, PutObjectLegalHold and Compute
// checksum from a CSV manifest.
//
// Each task is a request to this server with the keys of the account batch, so
// its rights, the bucket policy and Object Lock apply to it as to any other
// client. The manifest is read and the completion report is written in the same
// way.
//
// Jobs are kept in a folder. A job that ran when the server was stopped is run
// again from its beginning, which changes nothing that is done.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html
package batchjobs
