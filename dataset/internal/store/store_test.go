package store

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// TestBridgesAMinute: a request whose every attempt fails at once, as in a
// network that is gone, is tried for more than a minute.
func TestBridgesAMinute(t *testing.T) {
	var o s3.Options
	Store{}.ask()(&o)
	gone := &smithyhttp.RequestSendError{Err: errors.New("connection refused")}
	if !o.Retryer.IsErrorRetryable(gone) {
		t.Fatal("a request that could not be sent isn't tried again")
	}
	var waited time.Duration
	for attempt := 1; attempt < o.Retryer.MaxAttempts(); attempt++ {
		delay, err := o.Retryer.RetryDelay(attempt, gone)
		if err != nil || delay > longestBackoff {
			t.Fatalf("the wait after attempt %d: %s, %v", attempt, delay, err)
		}
		waited += delay
	}
	if waited < time.Minute {
		t.Errorf("a request is given up after %s", waited)
	}
}

// TestDefaultEventHold: a default event hold without a period isn't a default retention.
func TestDefaultEventHold(t *testing.T) {
	days := int32(3)
	for _, period := range []*int32{nil, &days} {
		var b Settings
		b.readLock(&types.ObjectLockConfiguration{Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionModeCompliance, Days: period,
			DefaultEventHold: &types.EventHoldDuration{Days: &days},
		}}})
		if (b.Mode != "") != (period != nil) {
			t.Errorf("with the period %v the default is %q for %d days", period, b.Mode, b.Days)
		}
	}
}
