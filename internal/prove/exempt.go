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

// findExempt finds out which principals no bucket policy stops: many servers
// exempt their root. On AWS a policy's Deny holds for the account root too.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
func (r *runner) findExempt(ctx context.Context) error {
	b := r.controls[WithoutPolicy]
	if r.config.Endpoint.URL == "" {
		return nil
	}
	key := b.prefix + "exempt/probe"
	if _, err := call(ctx, "PutBucketPolicy", func(ctx context.Context) error {
		return setPolicy(ctx, b.by[Owner], b.bucket, fmt.Sprintf(denyWrites, b.bucket, key))
	}); err != nil {
		// A server without policies is found by the trials of guards.
		return unreachable(err)
	}
	for _, who := range []Principal{Owner, Admin, Writer} {
		if b.endpoint.Credentials[who] == nil {
			continue
		}
		_, err := call(ctx, "PutObject that a policy denies", func(ctx context.Context) error {
			_, err := b.by[who].PutObject(ctx, &s3.PutObjectInput{Bucket: &b.bucket, Key: &key, Body: bytes.NewReader([]byte("probe"))})
			return err
		})
		if gone := unreachable(err); gone != nil {
			return gone
		}
		b.exempt[who] = err == nil
	}
	return b.dropPolicy(ctx)
}

// probeRetention is how long what is written for a bypass is locked if that is
// refused.
const probeRetention = 30 * time.Second

// tryBypass has each principal delete a version in GOVERNANCE mode, in a control
// bucket: without that right an attack that names the bypass is refused for want
// of it. A header without a lock doesn't ask every server for the right.
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
			return nil // The controls of the trials will show it.
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
			missing = append(missing, fmt.Sprintf("s3:BypassGovernanceRetention as the %s, in bucket %s (answered %s)",
				who, b.bucket, request.Answer()))
		}
	}
	if len(missing) > 0 {
		return &RightsError{missing}
	}
	return nil
}

// exempted lists them, in the order in which they were asked.
func (c *clients) exempted() []Principal {
	var list []Principal
	for _, who := range []Principal{Owner, Admin, Writer} {
		if c.exempt[who] {
			list = append(list, who)
		}
	}
	return slices.Clip(list)
}

// rootText says why the account root isn't put on trial for the policy itself.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
const rootText = "not tried: the credentials are the account root's, which may always change and remove a bucket policy; " +
	"give others with --as admin=PROFILE"

func exemptText(who Principal) string {
	return fmt.Sprintf("not tried: no bucket policy stops the credentials of the %s on this server (one that denied every PutObject "+
		"did not), as is usual for a root account; give others that are subject to policies, with --as admin=PROFILE", who)
}
