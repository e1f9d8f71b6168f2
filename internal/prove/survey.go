package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// NewRun returns a name for a run that starts now.
func NewRun(now time.Time) string {
	return strings.ReplaceAll(now.UTC().Format("20060102-150405.000"), ".", "")
}

// ErrNoBucket is returned by [Survey] if the bucket doesn't exist.
var ErrNoBucket = errors.New("no such bucket")

// Survey reads a bucket's protections: the default retention of its Object Lock
// configuration, zero if it has none, and the guards of its policy.
func Survey(ctx context.Context, e Endpoint, bucket string) (settings.Retention, Guards, error) {
	ways, err := newClients(e)
	if err != nil {
		return settings.Retention{}, Guards{}, err
	}
	b := &testBucket{clients: ways, bucket: bucket}
	fail := func(err error) (settings.Retention, Guards, error) {
		return settings.Retention{}, Guards{}, fmt.Errorf("read bucket %s on %s: %w", bucket, e.name(), err)
	}
	answer, err := b.head(ctx)
	if answer.Status == http.StatusNotFound {
		return fail(ErrNoBucket)
	}
	if err != nil {
		return fail(whyUnread(answer, err))
	}
	lock, answer, err := b.readLock(ctx)
	if err != nil && !answer.saysThereIsNone() {
		return fail(whyUnread(answer, err))
	}
	policy, answer, err := b.readPolicy(ctx)
	if err != nil && !answer.saysThereIsNone() {
		return fail(whyUnread(answer, err))
	}
	var found settings.Retention
	if lock != nil && lock.Rule != nil && lock.Rule.DefaultRetention != nil {
		rule := lock.Rule.DefaultRetention
		found = settings.Retention{
			Mode: settings.RetentionMode(rule.Mode),
			Days: int(aws.ToInt32(rule.Days)), Years: int(aws.ToInt32(rule.Years)),
		}
	}
	if found.TotalDays() != 0 && !found.Mode.Valid() {
		return fail(fmt.Errorf("its default retention has the mode %q, which S3 doesn't have", found.Mode))
	}
	return found, ReadGuards(policy, bucket), nil
}

// ReadStatements reads the statements of a bucket's policy. There are none if
// it has no policy.
func ReadStatements(ctx context.Context, e Endpoint, bucket string) ([]Statement, error) {
	ways, err := newClients(e)
	if err != nil {
		return nil, err
	}
	policy, request, err := (&testBucket{clients: ways, bucket: bucket}).readPolicy(ctx)
	if err != nil && !request.saysThereIsNone() {
		return nil, fmt.Errorf("read the policy of bucket %s: %w", bucket, err)
	}
	return ReadGuards(policy, bucket).Statements, nil
}

// saysThereIsNone reports whether a refusal means that the bucket has no such
// configuration, or that the server doesn't support it. Any other refusal
// leaves open what the bucket has, and so what a run would lock.
func (r Request) saysThereIsNone() bool {
	return r.Status == http.StatusNotFound || r.Status == http.StatusNotImplemented || r.Code == "InvalidRequest"
}

// whyUnread adds the fix to a refusal that the user can fix.
func whyUnread(r Request, err error) error {
	switch r.Status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%s: %s; check the credentials, and allow them s3:ListBucket, s3:GetBucketObjectLockConfiguration "+
			"and s3:GetBucketPolicy", r.Operation, r.Answer())
	case http.StatusMovedPermanently:
		return fmt.Errorf("%s: %s; the bucket is in a different Region", r.Operation, r.Answer())
	}
	return err
}
