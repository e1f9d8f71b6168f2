package rolepolicy

import (
	"slices"

	"datalock/internal/policy"
	"datalock/settings"
)

// The phases of roles that hand work to S3 Batch Operations.
const (
	// RenewBatch is Renew with jobs.
	RenewBatch Phase = "renew-batch"
	// VerifyAtRest is Verify with jobs that read the bytes.
	VerifyAtRest Phase = "verify-at-rest"
	// Backfill locks versions that were written before the lock, with jobs or
	// without.
	Backfill Phase = "backfill"
)

// JobPhases are all of them.
var JobPhases = []Phase{RenewBatch, VerifyAtRest, Backfill}

func (p Phase) jobs() bool { return slices.Contains(JobPhases, p) }

// What the tool asks of S3 Control and of the evidence bucket; a test holds them
// to its requests.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var (
	findJobs      = []string{"s3:ListJobs"} // on all of them, or none
	followJobs    = []string{"s3:DescribeJob", "s3:UpdateJobStatus"}
	manifestsIn   = []string{"s3:ListBucket", "s3:ListBucketMultipartUploads"}
	manifests     = []string{"s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"}
	jobReports    = []string{"s3:GetObject"}
	jobOperations = map[Phase]string{
		RenewBatch: "S3PutObjectRetention", VerifyAtRest: "S3ComputeObjectChecksum", Backfill: "S3PutObjectRetention",
	}
)

// allowJobs allows to create jobs of one operation and to pass them the stack's
// role.
func (s declared) allowJobs(phase Phase, allow allower) {
	jobs := s.arn("s3", s.region, s.account, "job/*")
	allow("CreateJob", []string{"s3:CreateJob"}, policy.Conditions{
		"StringEquals": {"s3:RequestJobOperation": {jobOperations[phase]}},
	}, "*")
	allow("FindJobs", findJobs, nil, "*")
	allow("FollowJobs", followJobs, nil, jobs)
	allow("PassRole", []string{"iam:PassRole"}, policy.Conditions{
		"StringEquals": {"iam:PassedToService": {"batchoperations.s3.amazonaws.com"}},
	}, s.arn("iam", "", s.account, "role/"+s.roles[batchRole]))
	evidence := s.arn("s3", "", "", s.evidence)
	allow("FindManifests", manifestsIn, nil, evidence)
	allow("Manifests", manifests, nil, evidence+"/"+settings.BatchManifests+"*")
	allow("Reports", jobReports, nil, evidence+"/"+settings.BatchReports+"*")
	if phase == Backfill {
		allow("Inventory", jobReports, nil, evidence+"/"+settings.InventoryReports+"*")
	}
}
