package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/report"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// aBucket creates a bucket, with a default retention of a day if it is locked.
func aBucket(t *testing.T, server s3test.Server, name string, locked bool) {
	t.Helper()
	client := s3.New(s3.Options{
		Region: server.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		Credentials: sdkcredentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                     &name,
		ObjectLockEnabledForBucket: &locked,
	}); err != nil {
		t.Fatal(err)
	}
	if !locked {
		return
	}
	rule := &types.ObjectLockRule{
		DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1)},
	}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: &name,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule:              rule,
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// prove prepares the verb for a server, with the keys of its root.
func proveTool(t *testing.T, server s3test.Server, args ...string) *process {
	t.Helper()
	p := tool(t, "{}", append([]string{"prove", "--endpoint", server.Endpoint, "--region", server.Region}, args...)...)
	p.Env = append(p.Env, "AWS_ACCESS_KEY_ID="+server.AccessKey, "AWS_SECRET_ACCESS_KEY="+server.SecretKey)
	return p
}

// TestProve attacks existing buckets: a locked one, both in normal use and as a
// scratch bucket, and one without protection.
func TestProve(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "locked", true)
	aBucket(t, server, "given-up", true)
	aBucket(t, server, "open", false)
	for _, c := range []struct {
		name   string
		bucket string
		args   []string
		code   int
		// says is in what the user reads before anything is written.
		says string
		// ran and not are trials that must run and must not.
		ran, not string
		status   prove.Status
	}{
		{
			"locked",
			"locked",
			nil,
			exitOK,
			"locked in COMPLIANCE mode until",
			"delete-version",
			"empty-and-delete",
			prove.Held,
		},
		{
			"with scratch and controls",
			"given-up",
			[]string{"--scratch", "--controls"},
			exitOK,
			"creates and deletes the buckets",
			"empty-and-delete",
			"",
			prove.Held,
		},
		{"not locked", "open", nil, exitFound, "write up to", "delete-version", "empty-and-delete", prove.Breached},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := proveTool(t, server, append([]string{"--bucket", c.bucket, "--yes", "--json", "--watch", "0s"}, c.args...)...)
			if code := p.run(t); code != c.code || !strings.Contains(p.err.String(), c.says) {
				t.Errorf("exit %d, want %d and %q", code, c.code, c.says)
			}
			var printed report.Report
			if err := json.Unmarshal([]byte(p.out.String()), &printed); err != nil {
				t.Fatalf("standard output isn't the report: %v", err)
			}
			written := reportIn(t, filepath.Join(p.dir, defaultReport, "report.json"))
			if printed.Kind != report.Proof || printed.Verdict != map[int]prove.Status{
				exitOK:    prove.Held,
				exitFound: prove.Breached,
			}[c.code] || !written.Started.Equal(printed.Started) {
				t.Errorf("the report is a %s, %s", printed.Kind, printed.Verdict)
			}
			statusOf := func(name string) prove.Status {
				trials := printed.Subjects[0].Trials
				i := slices.IndexFunc(trials, func(t report.Trial) bool { return t.Name == name })
				if i < 0 {
					t.Fatalf("there is no trial %q", name)
				}
				return trials[i].Verdict
			}
			if got := statusOf(c.ran); got != c.status {
				t.Errorf("trial %s: %s, want %s", c.ran, got, c.status)
			}
			if c.not != "" && statusOf(c.not) != prove.NotApplicable {
				t.Errorf("trial %s ran on a bucket that was not given up", c.not)
			}
			if controls := printed.Subjects[0].Counts.Succeeded; (controls > 0) != slices.Contains(c.args, "--controls") {
				t.Errorf("%d attacks were tried where they must succeed", controls)
			}
			p.empty(t)
		})
	}
}

func TestProveCannotRun(t *testing.T) {
	server := s3test.Start(t)
	aBucket(t, server, "locked", true)
	for _, c := range []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"no bucket named", []string{"--yes"}, nil, "--bucket is required"},
		{
			"no such bucket",
			[]string{"--bucket", "not-there", "--yes"},
			nil,
			"read bucket not-there on " + server.Endpoint + ": no such bucket",
		},
		{"nobody to ask", []string{"--bucket", "locked"}, nil, "pass --yes to continue"},
		{
			"a wrong key",
			[]string{"--bucket", "locked", "--yes"},
			[]string{"AWS_SECRET_ACCESS_KEY=wrong"},
			"HeadBucket: 403 Forbidden; check the credentials",
		},
		{
			"no credentials",
			[]string{"--bucket", "locked", "--yes"},
			[]string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_EC2_METADATA_DISABLED=true", "HOME=/nowhere"},
			"set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		},
		{
			"no folder for the report",
			[]string{"--bucket", "locked", "--yes", "--report", "cdktf.json/x"},
			nil,
			"write the report into cdktf.json/x: ",
		},
		{"no URL", []string{"--bucket", "locked", "--endpoint", "localhost"}, nil, `--endpoint "localhost": must be the URL`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := proveTool(t, server, c.args...)
			p.Env = append(p.Env, c.env...)
			if code := p.run(t); code != exitFailed || !strings.Contains(p.err.String(), c.want) {
				t.Errorf("exit %d, want %d and %q", code, exitFailed, c.want)
			}
			p.empty(t)
		})
	}
}

func TestProveWithoutTheServer(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	p := proveTool(t, server, "--bucket", "locked", "--yes")
	server.Stop()
	if code := p.run(t); code != exitFailed ||
		!strings.Contains(p.err.String(), "read bucket locked on "+server.Endpoint) {
		t.Errorf("exit %d", code)
	}
}

// TestProveInterrupted interrupts the trials: the report covers those that ran,
// says so, and names what stays locked.
func TestProveInterrupted(t *testing.T) {
	server := s3test.Start(t)
	aBucket(t, server, "locked", true)
	p := proveTool(t, server, "--bucket", "locked", "--yes")
	p.start(t)
	journal := filepath.Join(p.dir, defaultReport, "results.jsonl")
	p.until(t, "some results", func() bool {
		text, _ := os.ReadFile(journal)
		return strings.Count(string(text), "\n") > 10
	})
	kill(t, []int{p.Process.Pid}, syscall.SIGINT)
	if code := p.wait(t); code != exitFailed ||
		!strings.Contains(p.err.String(), "interrupted; nothing is still running") {
		t.Errorf("exit %d", code)
	}
	r := reportIn(t, filepath.Join(p.dir, defaultReport, "report.json"))
	if r.Verdict != prove.Inconclusive || !strings.Contains(r.Aborted, "interrupted") || len(r.Subjects) != 1 {
		t.Fatalf("the report is %s, aborted %q, with %d subjects", r.Verdict, r.Aborted, len(r.Subjects))
	}
	s := r.Subjects[0]
	if len(s.Trials) < 5 || len(s.Left.Versions) < 5 {
		t.Errorf("%d trials are in the report and %d versions named that stay", len(s.Trials), len(s.Left.Versions))
	}
	for _, v := range s.Left.Versions {
		if v.Lock == "COMPLIANCE" && v.Until == nil {
			t.Errorf("%s is locked, and no date says until when", v.Key)
		}
	}
	p.empty(t)
}

// TestProveKilled kills the tool during the trials: the results until then are
// on the disk, and what the run leaves behind and until when.
func TestProveKilled(t *testing.T) {
	server := s3test.Start(t)
	aBucket(t, server, "locked", true)
	p := proveTool(t, server, "--bucket", "locked", "--yes", "--controls")
	p.start(t)
	journal := filepath.Join(p.dir, defaultReport, "results.jsonl")
	p.until(t, "some results", func() bool {
		text, _ := os.ReadFile(journal)
		return strings.Count(string(text), "\n") > 10
	})
	kill(t, []int{p.Process.Pid}, syscall.SIGKILL)
	<-p.ended
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines[:len(lines)-1] {
		var l struct {
			Type           string
			Prefix         string
			ControlBuckets []string `json:"control_buckets"`
			LockedUntil    string   `json:"locked_until_at_the_latest"`
			Provisional    bool
			Trial          struct{ Name, Verdict string }
		}
		switch err := json.Unmarshal([]byte(line), &l); {
		case err != nil:
			t.Errorf("line %d: %v", i+1, err)
		case i == 0 && (l.Type != "bucket" || l.Prefix == "" || l.LockedUntil == "" || len(l.ControlBuckets) != 3):
			t.Errorf("the first line is %s", line)
		case i > 0 && (l.Type != "trial" || !l.Provisional || l.Trial.Name == "" || l.Trial.Verdict == ""):
			t.Errorf("line %d is %s", i+1, line)
		}
	}
}
