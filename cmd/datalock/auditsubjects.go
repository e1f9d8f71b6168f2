package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"datalock/internal/audit"
	"datalock/internal/project"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// An auditSubject is a bucket to audit, with the settings to compare it with.
type auditSubject struct {
	bucket, stack string
	wanted        settings.Bucket
	exceptions    []settings.Exception
	server        s3Flags
}

// subjects returns the buckets of the stacks, or the bucket in --bucket.
func (o *auditOptions) subjects() ([]auditSubject, error) {
	if o.bucket != "" && len(o.stacks) == 0 {
		return []auditSubject{{bucket: o.bucket, wanted: settings.DefaultBucket(), server: o.s3Flags}}, nil
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return nil, fmt.Errorf("%w\nor name a bucket in --bucket", err)
	}
	stacks, err := p.Stacks(o.stacks)
	if err != nil {
		return nil, err
	}
	var all []auditSubject
	var problems []error
	for _, stack := range stacks {
		b := p.Settings.BucketOf(stack)
		s := auditSubject{bucket: b.Name, stack: stack, wanted: b, exceptions: p.Settings.Exceptions, server: o.s3Flags}
		if o.bucket != "" {
			s.bucket = o.bucket
		}
		if s.server.endpoint == "" {
			s.server.endpoint = p.Settings.Endpoint
		}
		if s.server.region == "" {
			s.server.region = p.Settings.RegionOf(stack)
		}
		if s.bucket == "" {
			problems = append(problems, fmt.Errorf("stack %s: Terraform generated the end of its bucket's name, after %q; "+
				"pass the name that terraform output -raw bucket_name prints in --bucket", stack, b.NamePrefix))
		}
		all = append(all, s)
	}
	return all, errors.Join(problems...)
}

// auditOne audits a bucket and the other buckets of its stack.
func (o *auditOptions) auditOne(
	ctx context.Context, s auditSubject, verified []audit.Verified, screen *screen,
) []audit.Bucket {
	c := audit.Config{
		Bucket: s.bucket, Stack: s.stack, Wanted: s.wanted, Exceptions: s.exceptions,
		WarnDays: o.warnDays, Inventory: o.inventory, SkipVersions: o.config, Jobs: o.jobs, Rate: o.rate,
		Verified: verified,
		Progress: func(n int64) { screen.Doing(count(n, "version")) },
	}
	var all []audit.Bucket
	for _, c := range append([]audit.Config{c}, c.Members()...) {
		b, err := o.run(ctx, s, c, screen)
		if ctx.Err() != nil {
			return all
		}
		if err != nil {
			b.Failed = err.Error()
		}
		all = append(all, b)
	}
	return all
}

// run audits one bucket in its Region.
func (o *auditOptions) run(
	ctx context.Context, s auditSubject, c audit.Config, screen *screen,
) (audit.Bucket, error) {
	none := audit.Bucket{Name: c.Bucket, Stack: c.Stack, Kind: c.Kind, Endpoint: s.server.endpoint}
	if c.Kind == audit.Replica {
		s.server.region = c.Wanted.Region
	}
	environment, err := s.server.reader(ctx)
	if err != nil {
		return none, err
	}
	c.S3 = s.server.from(environment)
	onAWS := s.server.onAWS(environment)
	none.Endpoint = s.server.server(environment)
	if s.stack == "" {
		// Without settings, a server without TLS isn't a fault of the bucket.
		c.Wanted.AllowPlainHTTP = strings.HasPrefix(none.Endpoint, "http://")
	}
	if c.Wanted.Region == "" && onAWS {
		c.Wanted.Region = environment.Region
	}
	at := func(service string) bool { return onAWS || os.Getenv("AWS_ENDPOINT_URL_"+service) != "" }
	if at("KMS") {
		c.KMS = kms.NewFromConfig(environment)
	}
	if at("CLOUDTRAIL") {
		c.CloudTrail = cloudtrail.NewFromConfig(environment)
	}
	if at("EVENTBRIDGE") {
		c.EventBridge = eventbridge.NewFromConfig(environment)
	}
	if at("SNS") {
		c.SNS = sns.NewFromConfig(environment)
	}
	if at("IAM") {
		c.IAM = iam.NewFromConfig(environment)
	}
	if onAWS {
		if c.Control, err = s.server.control(ctx); err != nil {
			return none, err
		}
		c.Owner = s.server.account
		if declared := s.wanted.Account; declared != "" {
			c.Owner = func(context.Context) (string, error) { return declared, nil }
		}
	}
	screen.Step("audit", c.Bucket)
	b, err := audit.Run(ctx, c)
	if err == nil {
		screen.Done(c.Bucket)
	}
	return b, err
}

// verifications reads the files in --verified.
func (o *auditOptions) verifications() ([]audit.Verified, error) {
	var all []audit.Verified
	for _, file := range o.verified {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--verified: %w", err)
		}
		v, err := audit.ReadVerified(text, o.signer)
		if err != nil {
			return nil, fmt.Errorf("--verified %s: %w", file, err)
		}
		all = append(all, v)
	}
	return all, nil
}
