package prove

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// denyWrites denies every write below a prefix, to everybody.
const denyWrites = `{"Version":"2012-10-17","Statement":[{"Sid":"Exempt","Effect":"Deny","Principal":"*",` +
	`"Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/%s*"}]}`

// findExempt finds out which principals bucket policies don't stop: many
// servers exempt their root account. On AWS a Deny applies to the account root
// too.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
func (r *runner) findExempt(ctx context.Context) error {
	b := r.controls[WithoutPolicy]
	if r.config.Endpoint.OnAWS() {
		return nil
	}
	key := b.prefix + "exempt/probe"
	if _, err := call(ctx, "PutBucketPolicy", func(ctx context.Context) error {
		return setPolicy(ctx, b.by[Owner], b.bucket, fmt.Sprintf(denyWrites, b.bucket, key))
	}); err != nil {
		// A server without bucket policies shows up in the trials of guards.
		return unreachable(err)
	}
	for _, who := range []Principal{Owner, Admin, Writer} {
		if b.endpoint.Credentials[who] == nil {
			continue
		}
		_, err := call(ctx, "PutObject that a policy denies", func(ctx context.Context) error {
			_, err := b.by[who].PutObject(ctx, &s3.PutObjectInput{
				Bucket: &b.bucket, Key: &key, Body: bytes.NewReader([]byte("probe")),
			})
			return err
		})
		if gone := unreachable(err); gone != nil {
			return gone
		}
		b.exempt[who] = err == nil
	}
	return b.dropPolicy(ctx)
}

// probeRetention is how long the test object of a bypass stays locked if the
// bypass is refused.
const probeRetention = 30 * time.Second

// tryBypass makes each principal delete a version in GOVERNANCE mode, in a
// control bucket. A principal without the permission would be refused for that
// alone, and an attack with the bypass would prove nothing. The check needs a
// locked object: not every server checks the permission for an unlocked one.
func (r *runner) tryBypass(ctx context.Context) error {
	b := r.controls[WithoutPolicy]
	var missing []string
	for _, who := range []Principal{Owner, Admin, Writer} {
		if b.endpoint.Credentials[who] == nil {
			continue
		}
		a := &attempt{testBucket: b, trial: Trial{Name: "bypass", As: who}}
		v, err := a.put(ctx, a.key(string(who)),
			lockOf{mode: settings.Governance, until: a.in(probeRetention)})
		if gone := unreachable(err); gone != nil {
			return gone
		} else if err != nil {
			return nil // The trials' controls will show it.
		}
		request, err := call(ctx, "DeleteObject bypassing governance", func(ctx context.Context) error {
			_, err := b.by[who].DeleteObject(ctx, &s3.DeleteObjectInput{
				Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(), BypassGovernanceRetention: aws.Bool(true),
			})
			if err == nil {
				return nil
			}
			return batch(ctx, b.by[who], &s3.DeleteObjectsInput{
				Bucket: &b.bucket, BypassGovernanceRetention: aws.Bool(true),
				Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &v.key, VersionId: v.idOrNil()}}},
			})
		})
		if gone := unreachable(err); gone != nil {
			return gone
		}
		if err != nil && request.Code == "AccessDenied" {
			missing = append(missing, fmt.Sprintf("s3:BypassGovernanceRetention as the %s, in bucket %s (returned %s)",
				who, b.bucket, request.Answer()))
		}
	}
	if len(missing) > 0 {
		return &RightsError{missing}
	}
	return nil
}

// exempted lists the exempt principals, in the order they were tried.
func (c *clients) exempted() []Principal {
	var list []Principal
	for _, who := range []Principal{Owner, Admin, Writer} {
		if c.exempt[who] {
			list = append(list, who)
		}
	}
	return slices.Clip(list)
}

// rootText says why trials of the policy itself don't run as the account root.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
const rootText = "not tried: the credentials are the account root's, which can always change a bucket policy; " +
	"pass other credentials with --as admin=PROFILE"

func exemptText(who Principal) string {
	return fmt.Sprintf("not tried: bucket policies don't apply to the credentials of the %s on this server "+
		"(a policy that denies PutObject did not stop them), as is usual for a root account; "+
		"pass credentials that policies apply to, with --as admin=PROFILE", who)
}
