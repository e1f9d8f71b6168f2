package preflight_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalock/internal/preflight"
	"datalock/internal/testkit/s3test"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// states is an S3 server with the bucket of the states.
type states struct {
	s3test.Server
	client *s3.Client
}

func startStates(t *testing.T) states {
	t.Helper()
	server := s3test.Start(t)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CA_BUNDLE", "")
	return states{server, s3.New(s3.Options{Region: server.Region, BaseEndpoint: aws.String(server.Endpoint),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, "")})}
}

func (s states) ask(t *testing.T, user string) preflight.Report {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", s.Users[user].AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.Users[user].SecretKey)
	all := settings.Settings{Region: s.Region, Buckets: map[string]settings.Bucket{"data": settings.DefaultBucket()},
		Backend: settings.Backend{
			S3: &settings.S3Backend{Bucket: "states", Key: settings.DefaultS3Key, Endpoint: s.Endpoint},
		}}
	report, err := preflight.Ask(t.Context(), all, all.Stacks(), preflight.Environment{
		Dir:    t.TempDir(),
		Outdir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (s states) do(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func wantFound(t *testing.T, report preflight.Report, want string) {
	t.Helper()
	if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].String(), want) {
		t.Errorf("found is %v, want %q", report.Findings, want)
	}
}

func hasNote(r preflight.Report, kind preflight.NoteKind, text string) bool {
	return slices.ContainsFunc(r.Notes,
		func(n preflight.Note) bool { return n.Kind == kind && strings.Contains(n.Text, text) })
}

// stranger is a user of the server's account without any permissions.
const stranger = "arn:aws:iam::000000000000:user/stranger"

// policy allows a stranger actions in the bucket of the states.
func policy(actions string) *string {
	return aws.String(fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": %q},
		"Action": [%s], "Resource": ["arn:aws:s3:::states", "arn:aws:s3:::states/*"]}]}`, stranger, actions))
}

// TestS3 checks the bucket of the states on a real S3 server.
func TestS3(t *testing.T) {
	s, bucket := startStates(t), aws.String("states")
	wantFound(t, s.ask(t, "root"), "the state's bucket states doesn't exist")
	_, err := s.client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: bucket})
	s.do(t, "create the bucket", err)
	wantFound(t, s.ask(t, "stranger"), "can't use the state's bucket states")
	wantFound(t, s.ask(t, "root"), "the state's bucket states has no versioning")
	_, err = s.client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	s.do(t, "turn versioning on", err)
	r := s.ask(t, "root")
	if len(r.Findings) != 0 || !slices.Equal(r.Ready, []string{"data: the state is s3://states/datalock/data.tfstate"}) {
		t.Errorf("ready is %q, found is %v", r.Ready, r.Findings)
	}
	wantNote(t, r, preflight.Warning, "the state's bucket states doesn't block all public access itself")
	s.askPublic(t)
	s.askRights(t)
	uploads, err := s.client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: bucket})
	s.do(t, "list the uploads", err)
	versions, err := s.client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: bucket})
	s.do(t, "list the versions", err)
	if len(uploads.Uploads)+len(versions.Versions)+len(versions.DeleteMarkers) != 0 {
		t.Errorf("it wrote %v, %v", uploads.Uploads, versions)
	}
}

// askPublic blocks public access, and then makes the bucket public.
func (s states) askPublic(t *testing.T) {
	bucket := aws.String("states")
	public := func(all bool) {
		_, err := s.client.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: bucket,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true),
				IgnorePublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(all), RestrictPublicBuckets: aws.Bool(all)}})
		s.do(t, "block public access", err)
	}
	public(true)
	if r := s.ask(t, "root"); len(r.Notes) != 0 {
		t.Errorf("the notes are %v, want none", r.Notes)
	}
	public(false)
	wantNote(t, s.ask(t, "root"), preflight.Warning, "doesn't block all public access")
	open := strings.Replace(*policy(`"s3:GetObject"`), fmt.Sprintf("%q", stranger), `"*"`, 1)
	open = strings.Replace(open, `"arn:aws:s3:::states", `, "", 1)
	_, err := s.client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &open})
	s.do(t, "put a public policy", err)
	wantFound(t, s.ask(t, "root"), "the policy of the state's bucket states makes it public")
}

// askRights runs the checks as a user with fewer permissions.
func (s states) askRights(t *testing.T) {
	bucket := aws.String("states")
	for _, c := range []struct {
		actions      string
		found        string
		write, guard bool
	}{
		{actions: `"s3:ListBucket"`, found: "can't read the state s3://states/datalock/data.tfstate: the server returned \"AccessDenied"},
		{actions: `"s3:ListBucket", "s3:GetObject"`},
		{actions: `"s3:ListBucket", "s3:GetObject", "s3:PutObject"`, write: true},
		{actions: `"s3:ListBucket", "s3:GetObject", "s3:GetBucketVersioning"`, guard: true},
	} {
		_, err := s.client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: policy(c.actions)})
		s.do(t, "put a policy", err)
		r := s.ask(t, "stranger")
		if c.found != "" {
			wantFound(t, r, c.found)
		} else if len(r.Findings) != 0 {
			t.Errorf("%s: found is %v", c.actions, r.Findings)
		}
		if got := hasNote(r, preflight.Warning, "can't write the state s3://states/datalock/data.tfstate"); got == c.write {
			t.Errorf("%s: the notes are %v", c.actions, r.Notes)
		}
		if got := hasNote(r, preflight.Unknown,
			"can't read the versioning of the state's bucket states: s3:GetBucketVersioning is denied"); got == c.guard {
			t.Errorf("%s: the notes are %v", c.actions, r.Notes)
		}
	}
}
