package batchjobs

import (
	"encoding/xml"
	"time"
)

// request is CreateJob's.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
type request struct {
	XMLName              xml.Name `xml:"CreateJobRequest" json:"-"`
	ClientRequestToken   string
	ConfirmationRequired bool
	Description          string
	Manifest             *manifest
	ManifestGenerator    *struct{}
	Operation            operation
	Priority             int32
	Report               report
	RoleArn              string
}

type manifest struct {
	Spec     spec
	Location location
}

type spec struct {
	Format string
	Fields []string `xml:"Fields>member"`
}

type location struct {
	ObjectArn       string
	ObjectVersionID string `xml:"ObjectVersionId,omitempty"`
	ETag            string
}

// operation has one of the operations that this server runs.
type operation struct {
	Checksum  *checksum  `xml:"S3ComputeObjectChecksum"`
	LegalHold *legalHold `xml:"S3PutObjectLegalHold"`
	Retention *retention `xml:"S3PutObjectRetention"`
}

type checksum struct {
	ChecksumAlgorithm string
	ChecksumType      string
}

type legalHold struct {
	LegalHold struct{ Status string }
}

type retention struct {
	BypassGovernanceRetention bool
	Retention                 struct {
		Mode            string
		RetainUntilDate *time.Time
	}
}

// name returns the operation's name, or "" if there isn't exactly one.
func (o operation) name() string {
	name, n := "", 0
	for one, is := range map[string]bool{
		"S3ComputeObjectChecksum": o.Checksum != nil,
		"S3PutObjectLegalHold":    o.LegalHold != nil,
		"S3PutObjectRetention":    o.Retention != nil,
	} {
		if is {
			name, n = one, n+1
		}
	}
	if n != 1 {
		return ""
	}
	return name
}

type report struct {
	Bucket      string `xml:",omitempty"`
	Enabled     bool
	Format      string `xml:",omitempty"`
	Prefix      string `xml:",omitempty"`
	ReportScope string `xml:",omitempty"`
}

type createJobResult struct {
	XMLName xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ CreateJobResult"`
	JobID   string   `xml:"JobId"`
}

type describeJobResult struct {
	XMLName xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ DescribeJobResult"`
	Job     descriptor
}

// descriptor is a JobDescriptor.
type descriptor struct {
	JobID                string `xml:"JobId"`
	JobArn               string
	ConfirmationRequired bool
	Description          string
	Status               string
	Manifest             *manifest
	Operation            operation
	Priority             int32
	ProgressSummary      progress
	StatusUpdateReason   string    `xml:",omitempty"`
	FailureReasons       []failure `xml:"FailureReasons>member"`
	Report               report
	CreationTime         time.Time
	TerminationDate      *time.Time `xml:",omitempty"`
	RoleArn              string
	SuspendedDate        *time.Time `xml:",omitempty"`
	SuspendedCause       string     `xml:",omitempty"`
}

type progress struct {
	TotalNumberOfTasks     int64
	NumberOfTasksSucceeded int64
	NumberOfTasksFailed    int64
	Timers                 struct{ ElapsedTimeInActiveSeconds int64 }
}

type failure struct {
	FailureCode   string
	FailureReason string
}

type listJobsResult struct {
	XMLName   xml.Name     `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ ListJobsResult"`
	NextToken string       `xml:",omitempty"`
	Jobs      []listMember `xml:"Jobs>member"`
}

type listMember struct {
	JobID           string `xml:"JobId"`
	Description     string
	Operation       string
	Priority        int32
	Status          string
	CreationTime    time.Time
	TerminationDate *time.Time `xml:",omitempty"`
	ProgressSummary progress
}

type updateStatusResult struct {
	XMLName            xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ UpdateJobStatusResult"`
	JobID              string   `xml:"JobId"`
	Status             string
	StatusUpdateReason string `xml:",omitempty"`
}

type updatePriorityResult struct {
	XMLName  xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ UpdateJobPriorityResult"`
	JobID    string   `xml:"JobId"`
	Priority int32
}

// apiError is an error in the form of S3 Control, which has one element more
// around it than S3's.
type apiError struct {
	code, message string
	status        int
}

func (e apiError) Error() string { return e.code + ": " + e.message }

type errorResponse struct {
	XMLName xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ ErrorResponse"`
	Error   struct{ Code, Message string }
	ID      string `xml:"RequestId"`
}
