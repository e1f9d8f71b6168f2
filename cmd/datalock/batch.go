package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/internal/awsconfig"
	"datalock/internal/project"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/spf13/cobra"
)

// batchFlags are the flags of the commands that use S3 Batch Operations.
type batchFlags struct {
	role, evidence string
	wait           bool
	jobDays        int
}

func (f *batchFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.role, "batch-role", "",
		"`ARN` of the role that runs jobs (default: the role declared with batch in the settings)")
	flags.StringVar(&f.evidence, "evidence-bucket", "",
		"`bucket` for manifests and reports of jobs (default: the evidence bucket in the settings)")
	flags.BoolVar(&f.wait, "wait", false, "follow the jobs to their end and read their reports")
	flags.IntVar(&f.jobDays, "job-days", 0, "`days` that the jobs may take (default: an estimate)")
}

// given reports whether one of the flags was passed.
func (f batchFlags) given() bool { return f.role != "" || f.evidence != "" || f.wait || f.jobDays != 0 }

// jobOptions returns the options for jobs on a bucket. The defaults of the flags are
// from the settings of the bucket's stack.
func (f batchFlags) jobOptions(ctx context.Context, s s3Flags, bucket, stack string) (dataset.BatchOptions, error) {
	b := dataset.BatchOptions{
		Role: f.role, Evidence: f.evidence, Wait: f.wait, Longest: time.Duration(f.jobDays) * 24 * time.Hour,
	}
	if err := f.fromSettings(ctx, &b, s, bucket, stack); err != nil {
		return b, err
	}
	var err error
	b.Control, err = s.control(ctx)
	return b, err
}

// fromSettings fills in the role and the evidence bucket, if they are declared.
func (f batchFlags) fromSettings(
	ctx context.Context,
	b *dataset.BatchOptions,
	s s3Flags,
	bucket, stack string,
) error {
	if b.Role != "" && b.Evidence != "" {
		return nil
	}
	if _, err := os.Stat(project.File); errors.Is(err, fs.ErrNotExist) && os.Getenv(project.ContextVariable) == "" {
		return nil
	}
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	stack, err = stackOf(p.Settings, bucket, stack)
	if err != nil {
		return fmt.Errorf("%w; or pass --batch-role and --evidence-bucket", err)
	}
	declared := p.Settings.BucketOf(stack)
	if b.Evidence == "" {
		b.Evidence = declared.EvidenceName(bucket)
	}
	name := declared.BatchRole(bucket)
	if b.Role != "" || name == "" {
		return nil
	}
	if declared.Account == "" {
		if declared.Account, err = s.account(ctx); err != nil {
			return fmt.Errorf("find the account of the role %s: %w; set account in the settings, or pass --batch-role",
				name, err)
		}
	}
	b.Role = declared.RoleARN(name)
	return nil
}

// account returns the account of the credentials.
func (f *s3Flags) account(ctx context.Context) (string, error) {
	c, err := awsconfig.Load(ctx, f.region)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, identityWithin)
	defer cancel()
	arn, err := awsconfig.Identity(ctx, c)
	if err != nil {
		return "", err
	}
	return strings.Split(arn, ":")[4], nil
}

// controlAttempts is the number of attempts of a request to S3 Control.
const controlAttempts = 10

// control returns a client for S3 Control on AWS, or at the S3 client's endpoint.
func (f *s3Flags) control(ctx context.Context) (*s3control.Client, error) {
	c, err := f.reader(ctx)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(f.controlServer(c))
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	return s3control.NewFromConfig(c, func(o *s3control.Options) {
		o.RetryMaxAttempts = controlAttempts
		if at.String() != "" {
			o.EndpointResolverV2 = fixedEndpoint{*at}
		}
	}), nil
}

// controlServer returns the URL of S3 Control: that in the flags, its own in the
// configuration, or that of S3. It is empty for AWS.
func (f *s3Flags) controlServer(c aws.Config) string {
	own := aws.ToString(s3control.NewFromConfig(c).Options().BaseEndpoint)
	if own == aws.ToString(c.BaseEndpoint) {
		own = ""
	}
	return cmp.Or(f.endpoint, own, f.server(c))
}

// fixedEndpoint is an endpoint that is used as it is. The SDK would prefix the host
// name with the account, which only AWS supports.
type fixedEndpoint struct{ url url.URL }

// ResolveEndpoint implements s3control.EndpointResolverV2.
func (f fixedEndpoint) ResolveEndpoint(
	context.Context, s3control.EndpointParameters,
) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: f.url}, nil
}

// stackOf returns the stack of a bucket in the settings, unless stack names one.
func stackOf(s settings.Settings, bucket, stack string) (string, error) {
	if stack == "" {
		fitting := s.StacksOf(bucket)
		if len(fitting) > 1 {
			return "", fmt.Errorf("bucket %s fits the stacks %s; name one in --stack",
				bucket, strings.Join(fitting, " and "))
		}
		stack = strings.Join(fitting, "")
	}
	if _, ok := s.Buckets[stack]; !ok {
		return "", fmt.Errorf("no stack in the settings has the bucket %s; name it in --stack: %s",
			bucket, strings.Join(s.Stacks(), ", "))
	}
	return stack, nil
}
