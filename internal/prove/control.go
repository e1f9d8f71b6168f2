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

// controlBuckets lists the controls that need a bucket.
var controlBuckets = []Control{WithoutLock, WithoutVersioning, WithoutPolicy}

// ControlBucket returns the name of a control's bucket in a run.
func ControlBucket(run string, c Control) string { return "datalock-" + run + "-" + string(c) }

// bucketFor returns the control whose bucket a control uses.
func (c Control) bucketFor() Control {
	switch c {
	case ValidRequest:
		return WithoutLock
	case ValidRequestLocked, WithoutDefault:
		return WithoutPolicy
	}
	return c
}

// controlsOf returns the control buckets, not yet created.
func controlsOf(ways *clients, c Config) map[Control]*testBucket {
	buckets := map[Control]*testBucket{}
	guards := c.Guards
	guards.Declared, guards.Statements = nil, nil
	for _, kind := range controlBuckets {
		buckets[kind] = &testBucket{
			clients: ways, bucket: ControlBucket(c.Run, kind), prefix: prefixOf(c.Run), control: true,
			locked: kind == WithoutPolicy, versioned: kind != WithoutVersioning,
			expected: c.Expected, guards: guards, ledger: newLedger(),
		}
	}
	return buckets
}

func makeControls(ctx context.Context, buckets map[Control]*testBucket) error {
	for _, kind := range controlBuckets {
		if err := buckets[kind].makeBucket(ctx); err != nil {
			return fmt.Errorf("make the control bucket %s: %w", buckets[kind].bucket, err)
		}
	}
	return nil
}

func (b *testBucket) makeBucket(ctx context.Context) error {
	in := &s3.CreateBucketInput{Bucket: &b.bucket}
	if b.locked {
		in.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	if region := b.endpoint.Region; region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(region),
		}
	}
	if _, err := call(ctx, "CreateBucket", func(ctx context.Context) error {
		_, err := b.by[Owner].CreateBucket(ctx, in)
		return err
	}); err != nil {
		return err
	}
	if !b.versioned || b.locked {
		return nil
	}
	_, err := call(ctx, "PutBucketVersioning", func(ctx context.Context) error {
		return setVersioning(ctx, b.by[Owner], b.bucket, types.BucketVersioningStatusEnabled)
	})
	return err
}

// control runs a trial where the attack must succeed. It never changes a
// breach, but a trial that held becomes inconclusive if its attack fails here
// too.
func (r *runner) control(ctx context.Context, t Trial, result *Result) error {
	b := r.controls[t.Control.bucketFor()]
	if b == nil || result.Status == NotApplicable {
		return nil
	}
	a := &attempt{testBucket: b, trial: t, valid: t.Control == ValidRequest || t.Control == ValidRequestLocked}
	f, err := a.run(ctx)
	result.Control = &ControlResult{Succeeded: err == nil && f.status == Breached, Found: f.text, Requests: a.requests}
	gone := (*UnreachableError)(nil)
	switch {
	case errors.Is(err, errRefused), errors.Is(err, errNotHere), errors.Is(err, errNotRestored):
		result.Control.Found = "could not be tried: " + err.Error()
	case errors.As(err, &gone) && r.answers(ctx):
		result.Control.Found = "could not be tried: " + gone.Request +
			" got no answer, though the server answers other requests: " + clean(gone.Err.Error())
	case err != nil:
		return fmt.Errorf("control of trial %s: %w", t.Name, err)
	}
	if result.Status == Held && !result.Control.Succeeded {
		result.Status = Inconclusive
		result.Reason = "the attack doesn't succeed in its control (" + t.Control.Text() + "): " + result.Control.Found
	}
	return nil
}

// tidyFor is the time limit for cleaning up, also after an interrupt.
const tidyFor = 20 * time.Second

// removeControls removes the control buckets with their contents and returns
// the names of those that could not be removed.
func removeControls(ctx context.Context, buckets map[Control]*testBucket) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
	defer cancel()
	var (
		left []string
		gone error
	)
	for _, kind := range controlBuckets {
		b := buckets[kind]
		var err error
		if gone == nil {
			err = b.removeBucket(ctx)
			// Don't retry a server that can't be reached.
			gone = unreachable(err)
		}
		if err != nil || gone != nil {
			left = append(left, b.bucket)
		}
	}
	return left
}

func (b *testBucket) removeBucket(ctx context.Context) error {
	switch request, err := b.head(ctx); {
	case request.Status == http.StatusNotFound:
		return nil
	case unreachable(err) != nil:
		return err
	}
	if b.locked {
		_, _ = b.by[Owner].DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &b.bucket})
	}
	versions, markers, err := b.list(ctx, "")
	if err != nil {
		return err
	}
	for _, v := range append(versions, markers...) {
		in := &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil()}
		if b.locked {
			in.BypassGovernanceRetention = aws.Bool(true)
		}
		if _, err := b.by[Owner].DeleteObject(ctx, in); err != nil {
			return fmt.Errorf("empty the control bucket %s: %w", b.bucket, err)
		}
	}
	if _, err := b.by[Owner].DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &b.bucket}); err != nil {
		return fmt.Errorf("delete the control bucket %s: %w", b.bucket, err)
	}
	return nil
}

// head checks whether the bucket exists.
func (b *testBucket) head(ctx context.Context) (Request, error) {
	return call(ctx, "HeadBucket", func(ctx context.Context) error {
		_, err := b.by[Owner].HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.bucket})
		return err
	})
}
