package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gotest.tools/v3/golden"
)

// aFoundBucket makes a bucket as it is found: versioned, with a lock in
// GOVERNANCE mode, tags, a lifecycle that expires and a policy with a statement.
func aFoundBucket(t *testing.T, hand testbucket.Hand, bucket, statement string) {
	t.Helper()
	ctx := t.Context()
	expire := testbucket.Enabled("expire-raw", "raw/")
	expire.Expiration = &types.LifecycleExpiration{Days: aws.Int32(30)}
	put := func(key string) error {
		_, err := hand.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("12345")})
		return err
	}
	for _, do := range []func() error{
		func() error {
			_, err := hand.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
			return err
		},
		func() error {
			_, err := hand.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &bucket,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
			return err
		},
		func() error { return put("before-the-lock") },
		func() error { return hand.Retain(t, bucket, types.ObjectLockRetentionModeGovernance, 10) },
		func() error { return put("locked") },
		func() error {
			_, err := hand.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &bucket, Tagging: &types.Tagging{
				TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("ml")}}}})
			return err
		},
		func() error { return hand.Lifecycle(t, bucket, expire) },
		func() error {
			return hand.Policy(t, bucket,
				strings.ReplaceAll(`{"Version":"2012-10-17","Statement":[`+statement+`]}`, "BUCKET", bucket))
		},
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	allowReader = `{"Sid":"AllowReaders","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:role/reader"},` +
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`
	allowEverybody = `{"Sid":"AllowPublic","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`
	sidOfOurs      = `{"Sid":"DenyOldTLS","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:role/reader"},` +
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`
)

// An adoptLab is a server with buckets, and the file that they are adopted into.
type adoptLab struct {
	s3test.Server
	file string
}

// run runs adopt, and returns the process and what cdktf.json is afterwards.
func (l adoptLab) run(t *testing.T, code int, file string, args ...string) (*process, string) {
	t.Helper()
	p := s3ToolIn(t, file, l.Server, l.Endpoint, append([]string{"adopt"}, args...)...)
	if got := p.run(t); got != code {
		t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, p.out.String(), p.err.String())
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "cdktf.json"))
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(p.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v: it left %v, %v", args, left, err)
	}
	return p, string(text)
}

// refused runs adopt --write, which must write nothing, and say each text.
func (l adoptLab) refused(t *testing.T, code int, file string, args []string, says ...string) {
	t.Helper()
	p, after := l.run(t, code, file, append(args, "--write")...)
	if after != file {
		t.Errorf("%v: it wrote\n%s", args, after)
	}
	for _, text := range says {
		if !strings.Contains(p.err.String(), text) {
			t.Errorf("%v: it says\n%s\nwithout %q", args, p.err.String(), text)
		}
	}
}

// TestAdoptVerb takes over buckets, and refuses to.
func TestAdoptVerb(t *testing.T) {
	t.Parallel()
	l := adoptLab{Server: s3test.Start(t)}
	hand := testbucket.Hand{Client: clientOf(l.Server)}
	aFoundBucket(t, hand, "acme.data", allowReader)
	aFoundBucket(t, hand, "public-data", allowEverybody)
	aFoundBucket(t, hand, "sid-data", sidOfOurs)
	aFoundBucket(t, hand, "alias-data", allowReader)
	if err := hand.Encrypt(t, "alias-data", types.ServerSideEncryptionAwsKms, "alias/acme"); err != nil {
		t.Fatal(err)
	}
	l.file = strings.ReplaceAll(string(golden.Get(t, "adopt-before.json")), "http://127.0.0.1:9000", l.Endpoint)

	preview, unchanged := l.run(t, exitOK, l.file, "acme.data")
	if unchanged != l.file || !strings.Contains(preview.out.String(),
		"GOVERNANCE for 10 days → COMPLIANCE for 90 days") {
		t.Errorf("without --write: %s\n%s", unchanged, preview.out.String())
	}
	written, after := l.run(t, exitOK, l.file, "acme.data", "--write")
	golden.Assert(t, strings.ReplaceAll(after, l.Endpoint, "http://127.0.0.1:9000"), "adopt-after.json")
	if !strings.Contains(written.err.String(), "added the stack acme-data to cdktf.json") {
		t.Error(written.err.String())
	}
	l.refused(t, exitFailed, after, []string{"acme.data"}, "declares the stack acme-data already",
		"name another in --stack")
	l.refused(t, exitFound, after, []string{"acme.data", "--stack", "again"}, "is also the name of the bucket in stack")
	declared, _ := l.run(t, exitOK, strings.Replace(after, `"acme-data": {`, `"renamed": {`, 1), "acme.data", "--json")
	r, err := adopt.ReadReport([]byte(declared.out.String()))
	if err != nil || r.Stack != "renamed" || !r.Declared || r.Settings != nil || r.Bucket.Versions.Unlocked != 1 ||
		len(r.Bucket.Lifecycle) != 1 ||
		*r.Bucket.Lifecycle[0].Expiration.Days != 30 || r.Bucket.Tags["team"] != "ml" {
		t.Errorf("%+v, %v", r, err)
	}
	if strings.Contains(declared.out.String(), "null") {
		t.Errorf("the document has members that aren't set: %s", declared.out.String())
	}
	l.refused(t, exitFound, l.file, []string{"public-data"}, "buckets.public-data.policyStatements[0]", "AllowPublic",
		"block_public_policy")
	l.refused(t, exitFound, l.file, []string{"sid-data"}, "policyStatements[0].Sid", "s3:TlsVersion", "role/reader")
	l.refused(t, exitFound, strings.Replace(l.file, "1.50", "-1", 1), []string{"acme.data", "--stack", "con"},
		"2 mistakes", "buckets.other.expectedTB", "Windows reserves", "nothing was written")
	l.refused(t, exitFound, l.file, []string{"alias-data"}, "the default encryption is aws:kms alias/acme",
		"--encryption AES256")
	if _, after := l.run(t, exitOK, l.file, "alias-data", "--write", "--encryption", "AES256"); !strings.Contains(after,
		`"algorithm": "AES256"`) {
		t.Errorf("with a chosen encryption: %s", after)
	}
	l.refused(t, exitFound, "{", []string{"acme.data"}, "cdktf.json")
	l.refused(t, exitFailed, l.file, []string{"nowhere"}, "there is no such bucket")
	l.rightless(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "pass one bucket"},
		{[]string{"s3://acme.data"}, "pass one bucket"},
		{[]string{"a", "--rate", "-1"}, "must be 0 or more"},
		{[]string{"a", "--encryption", "alias/acme"}, "must be AES256 or the ARN of an AWS KMS key"},
		{[]string{"acme.data", "--stack", "other", "--encryption", "AES256"}, "change its encryption there"},
		{[]string{"a", "--configuration", "--inventory", "s3://x/y/"}, "reads no versions"},
	} {
		if p, _ := l.run(t, exitFailed, l.file, c.args...); !strings.Contains(p.err.String(), c.want) {
			t.Errorf("%v: %s", c.args, p.err.String())
		}
	}
}

// rightless holds that nothing is written by who may not read everything.
func (l adoptLab) rightless(t *testing.T) {
	t.Helper()
	p := s3ToolIn(t, l.file, l.Server, l.Endpoint, "adopt", "acme.data", "--write")
	stranger := l.Users["stranger"]
	p.Env = append(p.Env, "AWS_ACCESS_KEY_ID="+stranger.AccessKey, "AWS_SECRET_ACCESS_KEY="+stranger.SecretKey)
	got := p.run(t)
	text, err := os.ReadFile(filepath.Join(p.dir, "cdktf.json"))
	if got != exitFailed || err != nil || string(text) != l.file ||
		!strings.Contains(p.out.String(), "s3:GetBucketPolicy is denied") ||
		!strings.Contains(p.err.String(), "not everything could be read; nothing was written") {
		t.Errorf("without rights: exit %d, %v: %s%s%s", got, err, text, p.out.String(), p.err.String())
	}
}

// TestAdoptWithoutFile looks at a bucket in a folder without cdktf.json.
func TestAdoptWithoutFile(t *testing.T) {
	t.Parallel()
	l := adoptLab{Server: s3test.Start(t)}
	aBucket(t, l.Server, "data", true)
	for code, args := range map[int][]string{exitOK: {"adopt", "data"}, exitFailed: {"adopt", "data", "--write"}} {
		p := s3ToolIn(t, "{}", l.Server, l.Endpoint, args...)
		if err := os.Remove(filepath.Join(p.dir, "cdktf.json")); err != nil {
			t.Fatal(err)
		}
		if got := p.run(t); got != code {
			t.Errorf("%v: exit %d: %s%s", args, got, p.out.String(), p.err.String())
		}
		if left, err := os.ReadDir(p.dir); err != nil || len(left) > 0 {
			t.Errorf("%v: it left %v, %v", args, left, err)
		}
	}
}
