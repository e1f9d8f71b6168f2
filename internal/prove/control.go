package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// controlBuckets has the bucket of each control that has one of its own.
var controlBuckets = []Control{WithoutLock, WithoutVersioning, WithoutPolicy}

// ControlBucket returns the name of a control's bucket in a run.
func ControlBucket(run string, c Control) string { return "datalock-" + run + "-" + string(c) }

// bucketFor returns whose bucket a control uses.
func (c Control) bucketFor() Control {
	switch c {
	case Rightly:
		return WithoutLock
	case RightlyLocked:
		return WithoutPolicy
	}
	return c
}

func makeControls(ctx context.Context, ways *clients, c Config) (map[Control]*lab, error) {
	labs := map[Control]*lab{}
	for _, kind := range controlBuckets {
		l := &lab{
			clients: ways, bucket: ControlBucket(c.Run, kind), prefix: prefixOf(c.Run), control: true,
			locked: kind == WithoutPolicy, versioned: kind != WithoutVersioning,
			expected: c.Expected, guards: Guards{CeilingDays: c.Guards.CeilingDays, MinimumTLS: c.Guards.MinimumTLS}, ledger: &ledger{},
		}
		if err := l.makeBucket(ctx); err != nil {
			return labs, fmt.Errorf("make the control bucket %s: %w", l.bucket, err)
		}
		labs[kind] = l
	}
	return labs, nil
}

func (l *lab) makeBucket(ctx context.Context) error {
	in := &s3.CreateBucketInput{Bucket: &l.bucket}
	if l.locked {
		in.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	if region := l.endpoint.Region; region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if _, err := call(ctx, "CreateBucket", func(ctx context.Context) error {
		_, err := l.by[Owner].CreateBucket(ctx, in)
		return err
	}); err != nil {
		return err
	}
	if !l.versioned || l.locked {
		return nil
	}
	_, err := call(ctx, "PutBucketVersioning", func(ctx context.Context) error {
		return setVersioning(ctx, l.by[Owner], l.bucket, types.BucketVersioningStatusEnabled)
	})
	return err
}

// control runs a trial where it must fail, and finds the trial toothless where
// it doesn't.
func (r *runner) control(ctx context.Context, t Trial, result *Result) error {
	l := r.controls[t.Control.bucketFor()]
	if l == nil {
		return nil
	}
	a := &attempt{lab: l, trial: t, right: t.Control == Rightly || t.Control == RightlyLocked}
	held, found, err := a.run(ctx)
	result.Control = &ControlResult{Succeeded: err == nil && !held, Found: found, Answers: a.answers}
	switch {
	case errors.Is(err, errRefused), errors.Is(err, errNotHere):
		result.Control.Found = "the control could not be tried: " + err.Error()
	case err != nil:
		return fmt.Errorf("control of trial %s: %w", t.Name, err)
	}
	if result.Status == Passed && !result.Control.Succeeded {
		result.Status = Toothless
		result.Reason = "it passes where it must fail (" + t.Control.Text() + "): " + result.Control.Found
	}
	return nil
}

// tidyFor is how long removing what can be removed may take, also after an
// interrupt.
const tidyFor = 20 * time.Second

// removeControls removes the control buckets with all that is in them and
// returns the names of those that stay.
func removeControls(ctx context.Context, labs map[Control]*lab) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
	defer cancel()
	var (
		left []string
		gone error
	)
	for _, kind := range controlBuckets {
		l := labs[kind]
		if l == nil {
			continue
		}
		var err error
		if gone == nil {
			err = l.removeBucket(ctx)
			// A server that can't be reached isn't asked again.
			gone = unreachable(err)
		}
		if err != nil || gone != nil {
			left = append(left, l.bucket)
		}
	}
	return left
}

func (l *lab) removeBucket(ctx context.Context) error {
	switch answer, err := l.head(ctx); {
	case answer.Status == http.StatusNotFound:
		return nil
	case unreachable(err) != nil:
		return err
	}
	if l.locked {
		_, _ = l.by[Owner].DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &l.bucket})
	}
	versions, markers, err := l.list(ctx, "")
	if err != nil {
		return err
	}
	for _, v := range append(versions, markers...) {
		in := &s3.DeleteObjectInput{Bucket: &l.bucket, Key: &v.key, VersionId: v.idOrNil()}
		if l.locked {
			in.BypassGovernanceRetention = aws.Bool(true)
		}
		if _, err := l.by[Owner].DeleteObject(ctx, in); err != nil {
			return fmt.Errorf("empty the control bucket %s: %w", l.bucket, err)
		}
	}
	if _, err := l.by[Owner].DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &l.bucket}); err != nil {
		return fmt.Errorf("delete the control bucket %s: %w", l.bucket, err)
	}
	return nil
}

// head asks whether the bucket is there.
func (l *lab) head(ctx context.Context) (Answer, error) {
	return call(ctx, "HeadBucket", func(ctx context.Context) error {
		_, err := l.by[Owner].HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &l.bucket})
		return err
	})
}
