package client

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/client/judge"
	"datalock/internal/testkit/npmtest"
)

const byDefault = `{"name":"acme-data"}`

// TestPrograms runs programs against one bucket with the default settings.
func TestPrograms(t *testing.T) {
	d := deployed(t, byDefault)
	for _, c := range []struct {
		program string
		verdict judge.Verdict
		// problem and rule are those of the expected finding.
		problem   judge.Problem
		operation judge.Operation
		rule      string
		count     int
	}{
		{"sdk", judge.Clean, judge.NoDate, "", "", 2},
		{"old", judge.Fails, judge.NoChecksum, judge.PutObject, "S3 Object Lock", 1},
		{"old", judge.Fails, judge.NoChecksum, judge.UploadPart, "S3 Object Lock", 1},
		{"raw", judge.Fails, judge.NoChecksum, judge.PutObject, "S3 Object Lock", 1},
		{"raw metadata", judge.Fails, judge.NoChecksum, judge.PutObject, "S3 Object Lock", 1},
		{"raw md5", judge.Clean, judge.NoDate, "", "", 1},
		{"nothing", judge.Inconclusive, "", "", "", 0},
		{"fails", judge.Inconclusive, judge.NoDate, "", "", 1},
		{"overwrite", judge.Clean, judge.Overwrites, "", "", 2},
		{"rename", judge.Fails, judge.Copied, "", "", 1},
		{"rename", judge.Fails, judge.Denied, judge.DeleteObject, "bucket policy, DenyDeleteMarkers", 1},
		{"temporary", judge.Fails, judge.Temporary, "", "", 1},
		{"deletes", judge.Fails, judge.Denied, judge.DeleteObjects, "bucket policy, DenyDeleteMarkers", 2},
		{"acl", judge.Fails, judge.NamesACL, judge.PutObject, "Object Ownership, BucketOwnerEnforced", 1},
		{"kms", judge.Fails, judge.Denied, judge.PutObject, "bucket policy, DenyOtherEncryption", 1},
		{"aes", judge.Clean, judge.NoDate, "", "", 1},
		{"short", judge.Fails, judge.Denied, judge.PutObject, "bucket policy, DenyRetentionBelowDefault", 1},
		{"shorten", judge.Fails, judge.Denied, judge.PutObjectRetention, "bucket policy, DenyRetentionBelowDefault", 1},
		{"second", judge.Inconclusive, judge.OtherBucket, judge.PutObject, "none", 1},
		{"gap", judge.Inconclusive, judge.ServerGap, judge.PutObject, "none", 1},
		{"virtual host", judge.Inconclusive, judge.VirtualHost, judge.PutObject, "none", 1},
		{"part", judge.Clean, judge.Unfinished, "", "", 1},
	} {
		t.Run(c.program, func(t *testing.T) {
			r := try(t.Context(), t, d, nil, "program "+c.program)
			if r.report.Verdict != c.verdict {
				t.Errorf("%s because %q, want %s:\n%s", r.report.Verdict, r.report.Reasons, c.verdict, Text(r.report))
			}
			if c.problem == "" {
				return
			}
			f := r.found(c.problem, c.operation)
			if f == nil || f.Rule != c.rule || f.Count != c.count {
				t.Errorf("found %+v, want %d of %s by %q:\n%s", f, c.count, c.problem, c.rule, Text(r.report))
			}
			if f != nil && f.Class == judge.Refused &&
				(len(f.Fix) == 0 || f.Program != "AWS SDK for Go v2" && !strings.HasPrefix(c.program, "raw")) {
				t.Errorf("the program is %q, the fixes %q", f.Program, f.Fix)
			}
			if r.out != "out of "+c.program+"\n" {
				t.Errorf("its output is %q", r.out)
			}
		})
	}
	r := try(t.Context(), t, d, nil, "program fails")
	if want := "client.test exited with 3, though nothing was refused"; len(r.report.Reasons) != 1 ||
		!strings.HasSuffix(r.report.Reasons[0], want) {
		t.Errorf("because %q, want %q", r.report.Reasons, want)
	}
	if l := r.report.Left; l.Versions != 1 || l.Modes["COMPLIANCE"] != 1 ||
		l.First.Before(time.Now().AddDate(0, 0, 89)) ||
		l.Unread+l.Unlocked > 0 {
		t.Errorf("left %+v, want one version of this run, locked for 90 days", l)
	}
}

// TestWriteOnce sends the same put with and without the condition.
func TestWriteOnce(t *testing.T) {
	d := deployed(t, `{"name":"acme-data","writeOnce":true}`)
	r := try(t.Context(), t, d, nil, "program once")
	f := r.found(judge.Denied, judge.PutObject)
	if f == nil || f.Count != 1 || f.Rule != "bucket policy, DenyOverwrite" ||
		!strings.Contains(f.Examples[0], "/plain") ||
		r.report.Verdict != judge.Fails {
		t.Errorf("found %+v", f)
	}
	if r := try(t.Context(), t, d, nil, "program once"); r.found(judge.Condition, judge.PutObject) == nil {
		t.Errorf("a second run doesn't find its object:\n%s", Text(r.report))
	}
}

// TestKeyOfTheStack: the local server uses AES256 instead of the stack's key
// and accepts what S3 denies.
func TestKeyOfTheStack(t *testing.T) {
	d := deployed(t, byDefault)
	d.Declared.Encryption.Algorithm = "aws:kms"
	r := try(t.Context(), t, d, nil, "program aes")
	f := r.found(judge.Denied, judge.PutObject)
	if f == nil || f.Rule != "bucket policy, DenyOtherEncryption" || f.Status != 200 || r.report.Verdict != judge.Fails {
		t.Errorf("found %+v", f)
	}
}

// TestNode uploads with the AWS SDK for JavaScript.
func TestNode(t *testing.T) {
	modules := npmtest.Install(t, filepath.Join("testdata", "node"))
	d := deployed(t, byDefault)
	with := func(o *Options) { o.Environ = append(o.Environ, "MODULES="+modules) }
	if r := try(
		t.Context(),
		t,
		d,
		with,
		"node",
		"testdata/node/upload.cjs",
	); r.report.Verdict != judge.Clean ||
		r.report.Left.Versions != 2 {
		t.Errorf("%s:\n%s", r.report.Verdict, Text(r.report))
	}
	r := try(t.Context(), t, d, with, "node", "testdata/node/upload.cjs", "old")
	if f := r.found(
		judge.NoChecksum,
		judge.PutObject,
	); f == nil || f.Program != "AWS SDK for JavaScript v3" ||
		!strings.Contains(f.Fix[0], "WHEN_REQUIRED") {
		t.Errorf("found %+v:\n%s", f, Text(r.report))
	}
}

func TestArguments(t *testing.T) {
	d := deployed(t, byDefault)
	r := try(
		t.Context(),
		t,
		d,
		nil,
		"sh",
		"-c",
		`echo "$0 $1 $2"; cat "$3" >/dev/null && env`,
		"{bucket}",
		"s3://{bucket}/x",
		"{endpoint}|https://{host}",
		"{ca}",
	)
	line, env, _ := strings.Cut(r.out, "\n")
	bucket, rest, _ := strings.Cut(line, " ")
	with, without, _ := strings.Cut(strings.TrimPrefix(rest, "s3://acme-data/x "), "|")
	if bucket != "acme-data" || with != without || !strings.HasPrefix(with, "https://127.0.0.1:") {
		t.Errorf("the arguments are %q", line)
	}
	for _, want := range []string{
		"AWS_REGION=us-east-1", "DATALOCK_BUCKET=acme-data", "AWS_ENDPOINT_URL_S3=" + with, "AWS_CONFIG_FILE=" + os.DevNull,
	} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("the environment has no %s", want)
		}
	}
	if want := "the command sh exited with"; r.report.Verdict != judge.Inconclusive ||
		strings.Contains(strings.Join(r.report.Reasons, ""), want) {
		t.Errorf("%s because %q", r.report.Verdict, r.report.Reasons)
	}
}

// TestEnds: programs that don't exit, or leave processes running, are stopped.
func TestEnds(t *testing.T) {
	d := deployed(t, byDefault)
	mark := cleanup.Part(d.Folder, commandPart)
	nothing := func() {
		t.Helper()
		if left, err := cleanup.Running(mark); err == nil && len(left) > 0 {
			t.Errorf("still running: %v", left)
		}
	}
	r := try(t.Context(), t, d, func(o *Options) { o.Timeout = 2 * time.Second }, "program hangs")
	if r.report.Verdict != judge.Inconclusive ||
		!strings.Contains(r.report.Reasons[0], "exceeded the timeout of 2s and was stopped, though nothing was refused") {
		t.Errorf("%s because %q", r.report.Verdict, r.report.Reasons)
	}
	nothing()
	r = try(t.Context(), t, d, nil, "program forks")
	if left := r.report.Command.Left; len(left) != 3 && len(left) != 0 || r.report.Verdict != judge.Clean {
		t.Errorf("%s, left running: %q", r.report.Verdict, left)
	}
	nothing()
	if below, err := cleanup.Below(); err == nil && slices.ContainsFunc(below, func(p cleanup.Process) bool {
		return p.Command == "sleep"
	}) {
		t.Errorf("below this process: %v", below)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r = try(
		ctx,
		t,
		d,
		func(o *Options) { o.Timeout, o.Out = 0, once(interrupt) },
		"sh",
		"-c",
		"trap '' TERM; echo here; sleep 600 & sleep 600",
	)
	if r.report.Command.Ended != "was interrupted" {
		t.Errorf("the command %+v", r.report.Command)
	}
	nothing()
}

// TestUnstoppable: a process that can't be stopped, such as another user's, makes
// the report inconclusive.
func TestUnstoppable(t *testing.T) {
	cmd := exec.Command("true")
	cleanup.Group(cmd)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	// There is no process with this id, so no signal reaches it.
	theirs := cleanup.Process{PID: 1 << 30, Command: "theirs"}
	began := time.Now()
	stopped, unstopped, err := endRest(cmd, func() ([]cleanup.Process, error) {
		found := []cleanup.Process{theirs}
		if time.Since(began) < settle+endWithin/2 {
			found = append(found, cleanup.Process{PID: 1<<30 + 1, Command: "ours"})
		}
		return found, nil
	})
	if err != nil || !slices.Equal(stopped, []string{"ours"}) || !slices.Equal(unstopped, []string{theirs.String()}) {
		t.Errorf("stopped %q, not %q, %v", stopped, unstopped, err)
	}
	j := judge.New(judge.Bucket{Name: "b"})
	j.Add(judge.Request{Operation: judge.PutObject, Method: "PUT", Bucket: "b", Key: "k", Status: 200})
	r := j.Report(&judge.Command{Program: "p", Unstopped: unstopped}, judge.Left{})
	if want := "couldn't be stopped: theirs (process"; r.Verdict != judge.Inconclusive || !strings.Contains(Text(r), want) {
		t.Errorf("%s:\n%s", r.Verdict, Text(r))
	}
}

// once is a writer that calls a function at the first write.
type once func()

func (f once) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

// TestDistrust: a program that doesn't trust the certificate is reported.
func TestDistrust(t *testing.T) {
	d := deployed(t, byDefault)
	r := try(t.Context(), t, d, nil, "env", "-u", "SSL_CERT_FILE", programVariable+"=distrusts", os.Args[0])
	if r.report.Requests != 0 || r.report.Verdict != judge.Inconclusive || len(r.report.Handshakes) != 1 {
		t.Errorf("%s, handshakes %q", r.report.Verdict, r.report.Handshakes)
	}
}

func TestCheck(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:0": "", "[::1]:9443": "", "10.0.0.1:9443": "other machines can reach it",
		"0.0.0.0:1":   "must be one IP address",
		"localhost:1": "must be one IP address", "9443": "must be ADDRESS:PORT",
	} {
		err := Options{Listen: listen}.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", listen, err, want)
		}
	}
	if err := (Options{Listen: "10.0.0.1:1", AllowRemote: true}).Check(); err != nil {
		t.Error(err)
	}
	if err := (Options{Listen: "127.0.0.1:1", Timeout: -1}).Check(); err == nil {
		t.Error("a timeout before now is taken")
	}
	taken := listen(t, "127.0.0.1:0").Addr().String()
	// Before the deploy, which would fail without settings.
	_, err := Run(t.Context(), Options{Listen: taken})
	if err == nil || !strings.Contains(err.Error(), "listen for the program: listen tcp "+taken+": bind: ") {
		t.Errorf("a taken port: %v", err)
	}
}
