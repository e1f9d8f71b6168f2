package inspect

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Patient returns a client that slows down when the server throttles, and retries
// for about a minute.
func Patient(client *s3.Client) *s3.Client {
	return s3.New(client.Options(), func(o *s3.Options) { o.Retryer = patient() })
}

func patient() aws.Retryer {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) {
			s.MaxAttempts, s.MaxBackoff, s.RateLimiter = 10, 10*time.Second, ratelimit.None
		})
	})
}
