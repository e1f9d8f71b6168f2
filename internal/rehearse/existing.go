package rehearse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/adopt"
	"datalock/internal/report"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// applyAdoption creates the bucket as described, and applies the stack to it.
func (r *rehearsal) applyAdoption(
	ctx context.Context, tf *deployment, site *site, t *report.Terraform, subject *report.Subject,
) error {
	is := r.Adoption.Bucket
	r.Progress.Step("bucket", "the bucket to adopt")
	known, err := inState(filepath.Join(site.dir, "terraform."+subject.Stack+".tfstate"))
	if err != nil {
		return err
	}
	there, err := makeExisting(ctx, site, is, known["bucket"])
	if err != nil {
		return fmt.Errorf("make the bucket %s as it is described: %w", is.Bucket, err)
	}
	origin := "the bucket was created first, as datalock adopt described it, with two objects without a lock instead of " +
		"its objects"
	if there {
		origin = "the bucket is that of an earlier rehearsal in this folder"
		r.Progress.Done("the bucket of an earlier rehearsal in this folder")
	} else {
		r.Progress.Done("created as described, with two unlocked objects")
	}
	r.Progress.Step("apply", t.Command+" apply")
	made, bucket, err := tf.apply(ctx)
	if err != nil {
		return err
	}
	t.Resources, subject.Bucket = made.Add+made.Import, bucket
	text := fmt.Sprintf("%d imported, %d added, %d changed, %d destroyed",
		made.Import, made.Add, made.Change, made.Remove)
	subject.Declared.Changes = append(subject.Declared.Changes, origin+"; terraform apply: "+text)
	r.Progress.Done(text + ", bucket " + bucket)
	if made.Remove > 0 {
		return fmt.Errorf("terraform apply: %s; an adoption must destroy nothing", text)
	}
	return nil
}

// makeExisting creates a bucket on the local server as it was read elsewhere, and
// reports whether it already existed. A bucket that an interrupted rehearsal has
// begun is created again; applied says that Terraform knows it. The account root
// creates the bucket, and the preparer, to whom its policy doesn't apply, configures
// it.
func makeExisting(ctx context.Context, site *site, is adopt.Existing, applied bool) (there bool, err error) {
	owner, complete := site.ownerClient(), filepath.Join(site.dir, "adopted-"+is.Bucket)
	if _, err := owner.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &is.Bucket}); err == nil {
		if _, err := os.Stat(complete); err == nil || applied {
			return true, nil
		}
		if err := removeBegun(ctx, site.clientOf("preparer"), is.Bucket); err != nil {
			return false, fmt.Errorf("remove what an interrupted rehearsal has made: %w; remove the folder %s to start again",
				err, site.dir)
		}
	}
	if _, err := owner.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &is.Bucket}); err != nil {
		return false, err
	}
	m := maker{site.clientOf("preparer"), is}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"object ownership", m.ownership}, {"versioning", m.version}, {"objects", m.write}, {"versioning", m.suspend},
		{"Object Lock", m.lock}, {"default encryption", m.encrypt}, {"lifecycle", m.lifecycle}, {"tags", m.tag},
		{"public access block", m.block}, {"bucket policy", m.policy},
	} {
		if err := step.do(ctx); err != nil {
			return false, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return false, os.WriteFile(complete, nil, 0o600)
}

// removeBegun removes a bucket that isn't complete, with its two objects. None of
// them is locked: they are written before the bucket has Object Lock.
func removeBegun(ctx context.Context, client *s3.Client, bucket string) error {
	list, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	for _, v := range list.Versions {
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &bucket, Key: v.Key, VersionId: v.VersionId,
		}); err != nil {
			return err
		}
	}
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	return err
}

// A maker writes each configuration of a bucket.
type maker struct {
	*s3.Client
	is adopt.Existing
}

func (m maker) ownership(ctx context.Context) error {
	if m.is.Ownership == nil {
		_, err := m.DeleteBucketOwnershipControls(ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: &m.is.Bucket})
		return err
	}
	_, err := m.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
		Bucket: &m.is.Bucket, OwnershipControls: &types.OwnershipControls{
			Rules: []types.OwnershipControlsRule{{ObjectOwnership: *m.is.Ownership}},
		},
	})
	return err
}

// version enables versioning if it ever was enabled.
func (m maker) version(ctx context.Context) error {
	if m.is.Versioning == "" {
		return nil
	}
	return m.setVersioning(ctx, types.BucketVersioningStatusEnabled)
}

func (m maker) suspend(ctx context.Context) error {
	if m.is.Versioning != types.BucketVersioningStatusSuspended {
		return nil
	}
	return m.setVersioning(ctx, m.is.Versioning)
}

func (m maker) setVersioning(ctx context.Context, status types.BucketVersioningStatus) error {
	_, err := m.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &m.is.Bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	return err
}

// write writes objects before the bucket has Object Lock.
func (m maker) write(ctx context.Context) error {
	for _, key := range []string{"written-before/1", "written-before/2"} {
		if _, err := m.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &m.is.Bucket, Key: aws.String(key), Body: strings.NewReader("written before the adoption"),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (m maker) lock(ctx context.Context) error {
	if m.is.ObjectLock == nil {
		return nil
	}
	_, err := m.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: &m.is.Bucket, ObjectLockConfiguration: m.is.ObjectLock,
	})
	return err
}

func (m maker) encrypt(ctx context.Context) error {
	if m.is.Encryption == nil {
		return nil
	}
	_, err := m.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: &m.is.Bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{*m.is.Encryption},
		},
	})
	return err
}

func (m maker) lifecycle(ctx context.Context) error {
	if len(m.is.Lifecycle) == 0 {
		return nil
	}
	_, err := m.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &m.is.Bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: m.is.Lifecycle},
	})
	return err
}

func (m maker) tag(ctx context.Context) error {
	if len(m.is.Tags) == 0 {
		return nil
	}
	tagging := &types.Tagging{}
	for key, value := range m.is.Tags {
		tagging.TagSet = append(tagging.TagSet, types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	_, err := m.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &m.is.Bucket, Tagging: tagging})
	return err
}

func (m maker) block(ctx context.Context) error {
	if m.is.PublicAccessBlock == nil {
		return nil
	}
	_, err := m.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &m.is.Bucket, PublicAccessBlockConfiguration: m.is.PublicAccessBlock,
	})
	return err
}

func (m maker) policy(ctx context.Context) error {
	if m.is.Policy == nil {
		return nil
	}
	_, err := m.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: &m.is.Bucket, Policy: aws.String(string(m.is.Policy)),
	})
	return err
}
