package adopt_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"datalock/internal/adopt"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestHiddenHolds holds that the locks of versions under a legal hold are unknown to
// a caller who may not read holds: HEAD then shows the retention alone.
func TestHiddenHolds(t *testing.T) {
	l := newTestServer(t)
	l.create(t, "in-force")
	l.version(t, "in-force", types.BucketVersioningStatusEnabled)
	ok(t, l.hand.Retain(t, "in-force", types.ObjectLockRetentionModeGovernance, 10))
	for _, key := range []string{"a/1", "a/2", "a/3", "b/1"} {
		l.put(t, "in-force", key)
	}
	l.put(t, "in-force", "a/held", held)
	l.create(t, "ended")
	l.version(t, "ended", types.BucketVersioningStatusEnabled)
	ok(t, l.hand.Retain(t, "ended", "", 0))
	end := time.Now().Add(2 * time.Second)
	for _, key := range []string{"held", "unheld"} {
		l.put(t, "ended", key, func(in *s3.PutObjectInput) {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeGovernance, &end
			if key == "held" {
				held(in)
			}
		})
	}
	for time.Now().Before(end.Add(time.Second)) { // S3's clock has seconds
		time.Sleep(100 * time.Millisecond)
	}
	var asked atomic.Int64
	proxy := s3proxy.Start(t, l.PlainEndpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Has("legal-hold") {
			asked.Add(1)
		}
		return s3proxy.Fault{}
	})
	client := s3.New(l.root.Options(), func(o *s3.Options) { o.BaseEndpoint = &proxy.URL })
	for bucket, want := range map[string]struct{ unlocked, holds, requests int64 }{
		"in-force": {0, 1, 2}, // one for each folder
		"ended":    {1, 1, 1},
	} {
		asked.Store(0)
		is, unknown, err := adopt.Read(t.Context(), adopt.Config{S3: client, Bucket: bucket, Jobs: 1})
		ok(t, err)
		if len(unknown) > 0 || is.Versions.Unlocked != want.unlocked || is.Versions.LegalHolds != want.holds ||
			asked.Load() != want.requests {
			t.Errorf("%s: %+v after %d requests for holds, unknown %v", bucket, is.Versions, asked.Load(), unknown)
		}
		ok(t, l.hand.Policy(t, bucket,
			fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":%q},`+
				`"Action":"s3:GetObjectLegalHold","Resource":"arn:aws:s3:::%s/*"}]}`, l.Users["admin"].ARN, bucket)))
		is, unknown, err = adopt.Read(t.Context(), adopt.Config{S3: l.as("admin"), Bucket: bucket, Jobs: 2})
		ok(t, err)
		if is.Versions != nil || len(unknown) != 1 ||
			!strings.Contains(unknown[0].Reason, "s3:GetObjectLegalHold is denied") {
			t.Errorf("%s without s3:GetObjectLegalHold: %+v, unknown %v", bucket, is.Versions, unknown)
		}
	}
}
