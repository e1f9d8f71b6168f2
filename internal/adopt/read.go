package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"datalock/internal/inspect"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Config says what to read, and how.
type Config struct {
	S3     *s3.Client
	Bucket string
	// Inventory is the manifest of an S3 Inventory report to read the versions
	// from, or the folder of its reports; empty for a listing.
	Inventory string
	// SkipVersions leaves out the versions.
	SkipVersions bool
	// Jobs is the number of concurrent requests, Rate the limit of HEADs per
	// second, 0 for none.
	Jobs int
	Rate float64
	// Progress, if not nil, is called with the number of versions so far.
	Progress func(versions int64)
}

// ErrNoBucket is returned by [Read] if there is no such bucket.
var ErrNoBucket = errors.New("there is no such bucket")

// A reading is one call of Read.
type reading struct {
	inspect.Bucket
	c       Config
	now     time.Time
	is      Existing
	unknown []Unknown
}

// Read reads a bucket. It returns an error only if the bucket can't be reached or
// ctx is done; parts that can't be read are in the list of unknown parts.
func Read(ctx context.Context, c Config) (Existing, []Unknown, error) {
	r := &reading{
		c: c, Bucket: inspect.Bucket{S3: inspect.Patient(c.S3), Name: c.Bucket}, now: time.Now(),
		unknown: []Unknown{},
	}
	r.is = Existing{Bucket: c.Bucket, Endpoint: aws.ToString(c.S3.Options().BaseEndpoint)}
	if err := r.reach(ctx); err != nil {
		return r.is, nil, fmt.Errorf("read bucket %s: %w", c.Bucket, err)
	}
	for _, one := range r.parts() {
		if err := one.read(ctx); err != nil {
			r.unknown = append(r.unknown, Unknown{one.name, inspect.Why(err)})
		}
		if ctx.Err() != nil {
			return r.is, nil, context.Cause(ctx)
		}
	}
	return r.is, r.unknown, nil
}

// reach sends HeadBucket to the bucket's Region, and takes the time from the
// answer.
func (r *reading) reach(ctx context.Context) error {
	out, err := r.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &r.Name})
	if region := regionOf(err); region != "" && region != r.S3.Options().Region {
		r.S3 = s3.New(r.S3.Options(), func(o *s3.Options) { o.Region = region })
		out, err = r.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &r.Name})
	}
	r.is.Region = r.S3.Options().Region
	switch {
	case err == nil:
		if sent, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok && !sent.IsZero() {
			r.now = sent
		}
		if region := aws.ToString(out.BucketRegion); region != "" {
			r.is.Region = region
		}
		return nil
	case inspect.Status(err) == http.StatusNotFound:
		return ErrNoBucket
	case inspect.Status(err) == http.StatusMovedPermanently:
		return errors.New("it is in another Region; name its Region in --region")
	case inspect.Status(err) == http.StatusForbidden:
		// The other parts report themselves what they can't read.
		r.unknown = append(r.unknown, Unknown{"bucket", inspect.Why(inspect.Asked("s3:ListBucket", err))})
		return nil
	}
	return err
}

// regionOf returns the Region that an error names, or "". In the wrong Region, S3
// answers 301, newer Regions 400.
func regionOf(err error) string {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) && answer.Response != nil {
		return answer.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}

// A part is one configuration, or the versions.
type part struct {
	name string
	read func(context.Context) error
}

// parts returns all parts, in the order of the lists.
func (r *reading) parts() []part {
	all := []part{
		{versioningPart, r.versioning},
		{lockPart, set(&r.is.ObjectLock, r.ObjectLock)},
		{blockPart, set(&r.is.PublicAccessBlock, r.PublicAccessBlock)},
		{ownershipPart, r.ownership},
		{encryptionPart, set(&r.is.Encryption, r.Encryption)},
		{lifecyclePart, set(&r.is.Lifecycle, r.Lifecycle)},
		{policyPart, r.policy},
		{tagsPart, optional(&r.is.Tags, r.Tags)},
		{"access control list", optional(&r.is.Grantees, r.Grantees)},
		{replicationPart, optional(&r.is.Replication, r.replication)},
		{loggingPart, optional(&r.is.Logging, r.Logging)},
		{inventoryPart, optional(&r.is.Inventories, r.Inventories)},
		{notificationPart, optional(&r.is.Notifications, r.notifications)},
		{corsPart, optional(&r.is.CORS, r.CORS)},
		{websitePart, optional(&r.is.Website, r.Website)},
		{acceleratePart, optional(&r.is.Accelerate, r.Accelerate)},
		{paymentPart, optional(&r.is.RequestPayment, r.RequestPayment)},
	}
	if !r.c.SkipVersions {
		all = append(all, part{versionsPart, r.versions})
	}
	return all
}

func (r *reading) replication(ctx context.Context) ([]types.ReplicationRule, error) {
	c, err := r.Replication(ctx)
	return c.Rules, err
}

// notifications returns the destinations.
func (r *reading) notifications(ctx context.Context) (all []string, err error) {
	to, err := r.Notifications(ctx)
	for _, one := range to {
		all = append(all, one.To)
	}
	return all, err
}

// Names of the parts.
const (
	versioningPart   = "versioning"
	lockPart         = "Object Lock"
	retentionPart    = "default retention"
	blockPart        = "public access block"
	ownershipPart    = "object ownership"
	encryptionPart   = "default encryption"
	lifecyclePart    = "lifecycle"
	policyPart       = "bucket policy"
	tagsPart         = "tags"
	replicationPart  = "replication"
	loggingPart      = "server access logging"
	inventoryPart    = "inventory configurations"
	notificationPart = "event notifications"
	corsPart         = "CORS"
	websitePart      = "website"
	acceleratePart   = "transfer acceleration"
	paymentPart      = "request payment"
	versionsPart     = "versions"
)

// set returns a function that stores what read returns.
func set[T any](into *T, read func(context.Context) (T, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		is, err := read(ctx)
		if err == nil {
			*into = is
		}
		return err
	}
}

// optional is like set, for a configuration that not every Region and server
// supports. The guards aren't optional: without them the stack can't be applied.
func optional[T any](into *T, read func(context.Context) (T, error)) func(context.Context) error {
	keep := set(into, read)
	return func(ctx context.Context) error {
		if err := keep(ctx); err != nil && !inspect.Lacks(err) {
			return err
		}
		return nil
	}
}

func (r *reading) versioning(ctx context.Context) (err error) {
	r.is.Versioning, r.is.MFADelete, err = r.Versioning(ctx)
	return err
}

func (r *reading) ownership(ctx context.Context) error {
	is, there, err := r.Ownership(ctx)
	if there {
		r.is.Ownership = &is
	}
	return err
}

func (r *reading) policy(ctx context.Context) error {
	text, there, err := r.Policy(ctx)
	if err != nil || !there {
		return err
	}
	if _, err := parsePolicy([]byte(text)); err != nil {
		return err
	}
	r.is.Policy = json.RawMessage(text)
	return nil
}
