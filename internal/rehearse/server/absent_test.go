package main

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestRetentionOfAnAbsentKey asks for a retention where there is no object, and
// uses the key afterwards: a refusal must not hold it.
func TestRetentionOfAnAbsentKey(t *testing.T) {
	client, bucket := startServer(t, nil).as(identity.Root), "absent-key"
	lockedBucket(t, client, bucket, days(compliance, 1))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	key, until := "absent", time.Now().Add(48*time.Hour)
	_, err := client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
		Bucket: &bucket, Key: &key,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &until},
	})
	if code(err) != "NoSuchKey" {
		t.Errorf("a retention of nothing: %v, want NoSuchKey", err)
	}
	put(t, client, bucket, key, "data")
}
