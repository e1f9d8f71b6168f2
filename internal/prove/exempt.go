package prove

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
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

func exemptText(who Principal) string {
	return fmt.Sprintf("not tried: no bucket policy stops the credentials of the %s on this server (one that denied every PutObject "+
		"did not), as is usual for a root account; give others that are subject to policies, with --as admin=PROFILE", who)
}
