package prove

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
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

// tidyFor is the time limit for cleaning up a bucket, also after an interrupt.
const tidyFor = 20 * time.Second

// removeControls removes the control buckets with their contents, side by side,
// and returns the names of those that could not be removed.
func removeControls(ctx context.Context, buckets map[Control]*testBucket) []string {
	errs := make([]error, len(controlBuckets))
	var all sync.WaitGroup
	for i, kind := range controlBuckets {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
			defer cancel()
			errs[i] = buckets[kind].removeBucket(ctx)
		})
	}
	all.Wait()
	var left []string
	for i, kind := range controlBuckets {
		if errs[i] != nil {
			left = append(left, buckets[kind].bucket)
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
	// A version under a legal hold can't be deleted.
	if err := b.liftAll(ctx, versions); err != nil {
		return err
	}
	for some := range slices.Chunk(append(versions, markers...), maxBatch) {
		if err := b.deleteAll(ctx, some); err != nil {
			return fmt.Errorf("empty the control bucket %s: %w", b.bucket, err)
		}
	}
	if _, err := b.by[Owner].DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &b.bucket}); err != nil {
		return fmt.Errorf("delete the control bucket %s: %w", b.bucket, err)
	}
	return nil
}

// maxBatch is how many versions one DeleteObjects can name.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
const maxBatch = 1000

// deleteAll deletes versions of a control bucket in one request, and those that it
// left one by one: not every server deletes in batches.
func (b *testBucket) deleteAll(ctx context.Context, versions []version) error {
	objects := make([]types.ObjectIdentifier, 0, len(versions))
	for _, v := range versions {
		objects = append(objects, types.ObjectIdentifier{Key: &v.key, VersionId: v.idOrNil()})
	}
	var bypass *bool
	if b.locked {
		bypass = aws.Bool(true)
	}
	_, err := call(ctx, "DeleteObjects", func(ctx context.Context) error {
		return batch(ctx, b.by[Owner], &s3.DeleteObjectsInput{
			Bucket: &b.bucket, BypassGovernanceRetention: bypass,
			Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)},
		})
	})
	if err == nil || unreachable(err) != nil {
		return err
	}
	for _, v := range versions {
		in := &s3.DeleteObjectInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(), BypassGovernanceRetention: bypass,
		}
		if _, err := b.by[Owner].DeleteObject(ctx, in); err != nil {
			return err
		}
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
