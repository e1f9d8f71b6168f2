package main

import (
	"context"
	"net/http"
	"time"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"
)

// s3Flags are the flags of the dataset commands that choose the server.
type s3Flags struct {
	endpoint, region string
	jobs             int
}

func (f *s3Flags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.endpoint, "endpoint", "", "`URL` of an S3 server (default: AWS)")
	flags.StringVar(&f.region, "region", "",
		"AWS `Region` of the bucket (default: that of your environment, or us-east-1)")
	flags.IntVar(&f.jobs, "jobs", defaultJobs,
		"maximum `number` of parallel requests; fewer if the server asks to slow down")
}

const (
	defaultJobs = 64
	maxJobs     = 1024
)

// checkServer refuses what can't be an endpoint.
func (f *s3Flags) checkServer() error {
	if f.endpoint == "" {
		return nil
	}
	return checkEndpoint(f.endpoint)
}

// client returns a client with the credentials of the user's environment. It
// keeps one connection for each parallel request.
func (f *s3Flags) client(ctx context.Context) (*s3.Client, error) {
	c, err := f.config(ctx)
	if err != nil {
		return nil, err
	}
	return f.from(c), nil
}

// config returns the configuration of the user's environment.
func (f *s3Flags) config(ctx context.Context) (aws.Config, error) {
	if err := f.checkServer(); err != nil {
		return aws.Config{}, err
	}
	through := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = f.jobs, f.jobs
	})
	c, err := awsconfig.Load(ctx, f.region, config.WithHTTPClient(through))
	if err == nil && c.Region == "" {
		c.Region = "us-east-1"
	}
	return c, err
}

// silence is how long a server may send nothing before a request without a large body is
// repeated. Only tests change it.
var silence = 30 * time.Second

// reader returns the configuration of the user's environment for requests without large
// bodies: the SDK would wait for an answer without end.
func (f *s3Flags) reader(ctx context.Context) (aws.Config, error) {
	c, err := f.config(ctx)
	if through, ok := c.HTTPClient.(*awshttp.BuildableClient); ok {
		c.HTTPClient = through.WithReadTimeout(silence)
	}
	return c, err
}

// from returns a client with a configuration.
func (f *s3Flags) from(c aws.Config) *s3.Client {
	return s3.NewFromConfig(c, func(o *s3.Options) {
		if f.endpoint != "" {
			o.BaseEndpoint = aws.String(f.endpoint)
		}
		// Unlike AWS, few servers have a host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil
	})
}

// server returns the URL of the server: that in the flags, or that which the
// configuration has from the environment or from a profile. It is empty for AWS.
func (f *s3Flags) server(c aws.Config) string { return aws.ToString(f.from(c).Options().BaseEndpoint) }

// onAWS reports whether neither the flags nor the configuration name a server.
func (f *s3Flags) onAWS(c aws.Config) bool { return f.server(c) == "" }
