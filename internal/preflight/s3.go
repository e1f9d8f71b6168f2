package preflight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"datalock/internal/awsconfig"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// states is the bucket that stores the states.
type states struct {
	client *s3.Client
	bucket *string
}

// askS3 checks the bucket that stores the states, once for all stacks, and then
// the state of each.
func askS3(ctx context.Context, r *Report, s settings.Settings, stacks []string, env Environment) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	b, region := *s.Backend.S3, s.Region
	if b.Region != "" {
		region = b.Region
	}
	c, err := awsconfig.Load(ctx, region)
	if errors.Is(err, awsconfig.ErrNoCredentials) {
		r.find("", "there are no AWS credentials to read the state's bucket",
			"set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
		return nil
	}
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		if b.Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(b.Endpoint), true
		}
	})
	in := states{client, aws.String(b.Bucket)}
	if found, err := in.exists(ctx, r, region); !found || err != nil {
		return err
	}
	in.askGuards(ctx, r)
	var stopped []error
	for _, stack := range stacks {
		if err := in.askStack(ctx, r, s, stack, env); err != nil {
			stopped = append(stopped, err)
		}
	}
	if b.UseLockfile {
		r.note(Info, "", "not tried, because it changes something: writing and deleting the lock files, KEY.tflock")
	}
	return errors.Join(stopped...)
}

func (b states) exists(ctx context.Context, r *Report, region string) (bool, error) {
	name := *b.bucket
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: b.bucket})
	if err == nil {
		return true, nil
	}
	switch status(err) {
	case http.StatusNotFound:
		r.find("", "the state's bucket "+name+" doesn't exist",
			"create it, with versioning, or correct backend.s3.bucket")
	case http.StatusForbidden:
		r.find("", "these AWS credentials can't use the state's bucket "+name,
			"allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on it")
	case http.StatusMovedPermanently:
		r.find("", "the state's bucket "+name+" isn't in "+region, "set backend.s3.region to its Region")
	default:
		return false, fmt.Errorf("read the state's bucket %s: %w", name, err)
	}
	return false, nil
}

// askStack reads the state of a stack, and checks whether it could be written.
func (b states) askStack(ctx context.Context, r *Report, s settings.Settings, stack string, env Environment) error {
	key := settings.ForStack(s.Backend.S3.Key, stack)
	where := "s3://" + *b.bucket + "/" + key
	findings := len(r.Findings)
	var state []byte
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: b.bucket, Key: aws.String(key)})
	if err == nil {
		state, err = io.ReadAll(out.Body)
		_ = out.Body.Close()
	}
	switch {
	case status(err) == http.StatusForbidden:
		r.find(stack, "these AWS credentials can't read the state "+where+": "+refusal(err), allowReading(err))
	case err != nil && status(err) != http.StatusNotFound:
		return fmt.Errorf("read the state %s: %w", where, err)
	case isEmpty(state):
		askDeployedBefore(r, s, stack, where, env)
	}
	if told := b.askWriting(ctx, r, stack, key); told && len(r.Findings) == findings {
		r.ready(stack, "the state is "+where)
	}
	return nil
}

// refusal returns the server's reason.
func refusal(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return fmt.Sprintf("the server returned %q", answer.ErrorCode()+": "+answer.ErrorMessage())
	}
	return err.Error()
}

// allowReading returns the fix for a state that can't be read. S3 needs a
// permission of the key too if the state is encrypted with one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
func allowReading(err error) string {
	switch why := refusal(err); {
	case strings.Contains(why, "kms:"):
		return "allow kms:Decrypt with the key that encrypts it"
	case strings.Contains(why, "s3:"):
		return "allow s3:GetObject on it"
	}
	return "allow s3:GetObject on it and, if a KMS key encrypts it, kms:Decrypt with that key"
}

// askWriting uploads a part to a multipart upload that doesn't exist, and reports
// whether the answer says if the state could be written. It needs the permission of
// an upload, s3:PutObject, and can't write anything.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (b states) askWriting(ctx context.Context, r *Report, stack, key string) (told bool) {
	_, err := b.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: b.bucket, Key: aws.String(key), PartNumber: aws.Int32(1), UploadId: aws.String("datalock-preflight"),
	})
	where := "s3://" + *b.bucket + "/" + key
	switch status(err) {
	case http.StatusForbidden:
		r.note(Warning, stack, "these AWS credentials can't write the state "+where+": they can plan, but not apply; "+
			"to apply, allow s3:PutObject on it")
	case http.StatusNotFound:
	default:
		r.note(Unknown, stack,
			fmt.Sprintf("can't tell whether these AWS credentials can write the state %s: %v", where, err))
		return false
	}
	return true
}

// status returns the HTTP status of an error's response, or 0.
func status(err error) int {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
