package prove

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// attacksPolicy are the trials that attack the policy of a bucket that has no
// Object Lock on purpose, with the guard that must stop each; none for those that
// need no guard.
var attacksPolicy = map[string]Guard{
	"delete-version": NoDeletion, "delete-version-as-writer": NoDeletion, "delete-batch": NoDeletion,
	"delete-if-match": NoDeletion, "delete-forced": NoDeletion, "delete-presigned": NoDeletion,
	"delete-noncurrent": NoDeletion, "delete-multipart": NoDeletion, "delete-copied": NoDeletion,
	"delete-posted": NoDeletion,
	"hide-as-admin": NoDeleteMarkers, "hide-batch-as-admin": NoDeleteMarkers,
	"wrong-sha256": "", "wrong-crc32": "", "wrong-md5": "",
	"other-encryption": SameEncryption, "other-encryption-form": SameEncryption, "customer-key": NoCustomerKey,
	"acl":           SealACLs,
	"read-in-clear": TLSOnly, "read-by-old-tls": OldTLS,
	"seal-lifecycle": SealConfiguration, sealPolicyName: SealConfiguration,
}

// openings are trials only for buckets without Object Lock.
var openings = each(Trial{
	Group:       BucketGroup,
	As:          Owner,
	Target:      bucketItem,
	Expectation: SettingKept,
	Control:     WithoutPolicy,
	Scratch:     true,
}, []Trial{{
	Name:     "public-policy",
	Attack:   "put a bucket policy that lets everybody read",
	Document: docBlockPublic,
	attack:   openToPublic,
}})

// TableWithoutLock returns the trials of a bucket that has no Object Lock on
// purpose, in the order in which reports list them: those of the [Table] that
// attack its policy instead, those with the wrong identity, and its own.
func TableWithoutLock() []Trial {
	var all []Trial
	for _, t := range tableWithoutLock() {
		if !t.needsLock {
			all = append(all, t)
		}
	}
	return all
}

// tableWithoutLock marks the trials that need Object Lock, and changes the others.
func tableWithoutLock() []Trial {
	var all []Trial
	for _, t := range slices.Concat(Table(), openings) {
		guard, fits := attacksPolicy[t.Name]
		if !fits && t.Group != Identity && t.Name != openings[0].Name {
			t.needsLock = true
			all = append(all, t)
			continue
		}
		if fits {
			t.Guard = guard
		}
		if t.Guard != "" && t.As == Owner {
			t.As = Admin
		}
		unlocked := strings.NewReplacer("a locked version", "a version", ", locked as long as before", "", " and locked", "")
		t.Target.Text = unlocked.Replace(t.Target.Text)
		t.Expectation.Text = unlocked.Replace(t.Expectation.Text)
		all = append(all, t)
	}
	return all
}

// publicPolicy lets everybody read the objects below a prefix.
const publicPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"Public","Effect":"Allow","Principal":"*",` +
	`"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/%s*"}]}`

// openToPublic tries to put a policy that lets everybody read, which the public
// access block refuses, and restores the policy. A new bucket on AWS has such a
// block, so the control removes it first.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func openToPublic(ctx context.Context, a *attempt) error {
	was, err := a.policyToRestore(ctx)
	if err != nil {
		return err
	}
	if a.control {
		if err := a.prepare(ctx, "DeletePublicAccessBlock", func(ctx context.Context, c *s3.Client) error {
			_, err := c.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &a.bucket})
			return err
		}); err != nil {
			return err
		}
	}
	public := fmt.Sprintf(publicPolicy, a.bucket, a.key(""))
	return a.change(ctx, "PutBucketPolicy, public", func(ctx context.Context, c *s3.Client) error {
		return setPolicy(ctx, c, a.bucket, public)
	}, a.policySetting(was), func(ctx context.Context, request Request) error {
		a.mustRefuse()
		if request.accepted() {
			a.got.setting = "the bucket policy lets everybody read; it was restored"
		}
		return nil
	})
}

// policyToRestore returns the bucket's policy, or "" if it has none. If it can't
// be read, it could not be restored, so nothing is changed.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
func (a *attempt) policyToRestore(ctx context.Context) (string, error) {
	text, request, err := a.readPolicy(ctx)
	switch {
	case err == nil, request.Code == "NoSuchBucketPolicy":
		return text, nil
	case unreachable(err) != nil:
		return "", err
	}
	return "", fmt.Errorf("%w: GetBucketPolicy returned %s", errRefused, request.Answer())
}
