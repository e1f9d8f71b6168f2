package audit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"datalock/internal/check"
	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Config says what to audit, and how.
type Config struct {
	// S3 is the client for the bucket. KMS and Control are nil for an S3 server
	// without AWS KMS and AWS accounts.
	S3      *s3.Client
	KMS     *kms.Client
	Control *s3control.Client
	// Owner returns the ID of the account that the credentials are for.
	Owner func(context.Context) (string, error)
	// CloudTrail, EventBridge, SNS and IAM are the clients for the trail, the
	// rules of the alarms, their topic and the roles; nil for an S3 server without
	// them.
	CloudTrail  *cloudtrail.Client
	EventBridge *eventbridge.Client
	SNS         *sns.Client
	IAM         *iam.Client
	// Bucket is the bucket's name, Kind its role in the stack.
	Bucket string
	Kind   Kind
	// Stack is the stack that Wanted is from, or empty for Datalock's defaults.
	Stack  string
	Wanted settings.Bucket
	// Exceptions are findings that may pass.
	Exceptions []settings.Exception
	// WarnDays is how many days before its end a lock becomes a finding.
	WarnDays int
	// Inventory is the manifest of an S3 Inventory report to read the versions
	// from, or the folder of its reports; empty for a listing.
	Inventory string
	// Verified are earlier verifications of datasets.
	Verified []Verified
	// SkipVersions leaves out the versions and the datasets.
	SkipVersions bool
	// Jobs is the number of concurrent requests, Rate the limit of HEADs per
	// second, 0 for none.
	Jobs int
	Rate float64
	// Progress, if not nil, is called with the number of versions so far.
	Progress func(versions int64)

	// data and dataName are the settings and the name of the data bucket, if
	// this is another bucket of its stack.
	data     settings.Bucket
	dataName string
}

// An auditor is one run.
type auditor struct {
	Config
	b      *Bucket
	bucket inspect.Bucket
	// now is the time by S3's clock.
	now time.Time
	// unlocked is set if the bucket has no Object Lock, so no version is locked.
	unlocked bool
	// key is the KMS key of the default encryption.
	key string
}

// Run audits a bucket. It returns an error only if the audit couldn't start or
// was interrupted.
func Run(ctx context.Context, c Config) (Bucket, error) {
	c.S3 = inspect.Patient(c.S3)
	b := newBucket(c)
	a := &auditor{Config: c, b: &b, bucket: inspect.Bucket{S3: c.S3, Name: c.Bucket}}
	there, err := a.reach(ctx)
	if err != nil || !there {
		b.end(a.Exceptions, a.now)
		return b, err
	}
	for _, look := range []func(context.Context){
		a.lock, a.versioning, a.publicAccess, a.accountAccess, a.ownership, a.encryption, a.encryptionKey,
		a.policy, a.lifecycle, a.replication, a.logging, a.inventories, a.notifications, a.roles, a.trail,
		a.alarms,
	} {
		look(ctx)
		if ctx.Err() != nil {
			return b, context.Cause(ctx)
		}
	}
	if !c.SkipVersions {
		a.datasets(ctx)
		a.versions(ctx)
	}
	if ctx.Err() != nil {
		return b, context.Cause(ctx)
	}
	b.end(a.Exceptions, a.now)
	return b, nil
}

// reach sends HeadBucket, and takes the Region and the time from the answer. S3 denies it
// if this machine's clock is wrong, and the answer has the time then too.
func (a *auditor) reach(ctx context.Context) (there bool, err error) {
	out, err := a.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &a.Bucket})
	var sent time.Time
	if err == nil {
		sent, _ = awsmiddleware.GetServerTime(out.ResultMetadata)
	} else if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		sent, _ = smithyhttp.ParseTime(answer.Response.Header.Get("Date"))
	}
	a.now = sent.UTC()
	switch {
	case sent.IsZero() && (err == nil || inspect.Status(err) != 0):
		return false, fmt.Errorf("audit bucket %s: the answer has no Date, so S3's time isn't known", a.Bucket)
	case err == nil:
		a.b.Region = aws.ToString(out.BucketRegion)
		a.region(nil)
		return true, nil
	case inspect.Status(err) == http.StatusNotFound:
		a.part("bucket", func() (string, error) {
			a.find("bucket-gone", bucketAddress, "there is no bucket %s", a.Bucket)
			return "missing", nil
		})
		return false, nil
	case inspect.Status(err) == http.StatusForbidden:
		a.region(inspect.Asked("s3:ListBucket", err))
		return true, nil // each part reports what it can't read
	case inspect.Status(err) == http.StatusMovedPermanently:
		return false, a.elsewhere(err)
	case inspect.Status(err) == http.StatusBadRequest: // the answer to a HEAD has no code
		err = fmt.Errorf("%w; S3 answers so if the credentials have expired", err)
	}
	return false, fmt.Errorf("audit bucket %s: %w", a.Bucket, err)
}

// elsewhere records the Region of a bucket that isn't in the client's Region, if
// the answer names it.
func (a *auditor) elsewhere(err error) error {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		a.b.Region = answer.Response.Header.Get("X-Amz-Bucket-Region")
	}
	if a.Stack == "" || a.b.Region == "" || a.b.Region == a.Wanted.Region {
		return fmt.Errorf("audit bucket %s: it is in another Region %s; name its Region in --region", a.Bucket, a.b.Region)
	}
	a.region(nil)
	return nil
}

// region compares the bucket's Region with the declared one.
func (a *auditor) region(err error) {
	if a.Stack == "" || a.Wanted.Region == "" {
		return
	}
	a.part("region", func() (string, error) {
		switch {
		case err != nil:
			return "", err
		case a.b.Region == "":
			return "", &notApplicable{"the server names none"}
		case a.b.Region != a.Wanted.Region:
			a.find("region-changed", bucketAddress, "the bucket is in %s, and %s say %s",
				a.b.Region, a.says(), a.Wanted.Region)
		}
		return a.b.Region, nil
	})
}

// find adds a finding of one of check's rules.
func (a *auditor) find(rule, address, format string, args ...any) {
	a.b.Findings = append(a.b.Findings, newFinding(named(rule), a.at(address), fmt.Sprintf(format, args...)))
}

// note adds something that isn't a finding but that the settings don't declare.
func (a *auditor) note(format string, args ...any) {
	a.b.Notes = append(a.b.Notes, check.Printable(fmt.Sprintf(format, args...)))
}
