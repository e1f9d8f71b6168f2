package objectlock

import (
	"context"
	"errors"

	"github.com/versity/versitygw/s3err"

	"datalock/internal/rehearse/server/internal/bucketpolicy"
	"datalock/internal/rehearse/server/internal/bucketstore"
)

// PolicyKind is the name under which a bucket's policy is kept.
const PolicyKind = "policy"

// PutBucketPolicy keeps a policy, byte for byte.
func (b *Backend) PutBucketPolicy(_ context.Context, bucket string, policy []byte) error {
	return b.store.Put(bucket, PolicyKind, "", bucketstore.Document{Body: policy})
}

// GetBucketPolicy returns the policy as versitygw can enforce it for the
// request in ctx: versitygw asks for it to decide whether to let a request
// through. What the client wrote is served by the front.
func (b *Backend) GetBucketPolicy(ctx context.Context, bucket string) ([]byte, error) {
	doc, err := b.store.Get(bucket, PolicyKind, "")
	if errors.Is(err, bucketstore.ErrNotFound) {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchBucketPolicy)
	}
	if err != nil {
		return nil, err
	}
	policy, err := bucketpolicy.Parse(doc.Body)
	if err != nil {
		return nil, err
	}
	return policy.For(bucketpolicy.RequestKeys(ctx)).JSON()
}

// DeleteBucketPolicy removes the policy.
func (b *Backend) DeleteBucketPolicy(_ context.Context, bucket string) error {
	return b.store.Delete(bucket, PolicyKind, "")
}
