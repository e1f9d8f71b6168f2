package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/prove"
	"datalock/internal/rehearse/local"
	"datalock/internal/report"
	"datalock/internal/testkit/tftest"
)

// topologySettings have every bucket of the topology, a key that the stack creates,
// and a seal.
const topologySettings = `{"context":{"datalock":{"region":"us-east-1","account":"012345678901","buckets":{"data":{
	"name":"named-dataset","encryption":{"algorithm":"aws:kms"},"guardians":["arn:aws:iam::012345678901:role/deployer"],
	"evidence":{},"accessLogs":true,"inventory":{},"batch":true,"replica":{"region":"eu-west-1"},"dataEvents":{}}}}}}`

// TestTwoRehearsalsAtOnce runs complete rehearsals in parallel, of one bucket and of
// the whole topology, which must not interfere, and must end cleanly with a report.
func TestTwoRehearsalsAtOnce(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	one := tool(t, settingsOf, "rehearse", "--quick", "--json")
	two := tool(t, topologySettings, "rehearse", "data", "--quick", "--report", "evidence/here")
	one.start(t)
	two.start(t)
	if code := one.wait(t); code != exitOK {
		t.Errorf("the first exited with %d", code)
	}
	if code := two.wait(t); code != exitOK {
		t.Errorf("the second exited with %d", code)
	}
	one.empty(t)
	two.empty(t)
	var printed report.Report
	if err := json.Unmarshal([]byte(one.out.String()), &printed); err != nil {
		t.Fatalf("standard output isn't the report: %v", err)
	}
	written := reportIn(t, filepath.Join(one.dir, defaultReport, "report.json"))
	if printed.Verdict != prove.Held || !written.Started.Equal(printed.Started) || two.out.String() != "" {
		t.Errorf("printed %s of %s, wrote that of %s; the second printed %q", printed.Verdict, printed.Started,
			written.Started, two.out.String())
	}
	s := printed.Subjects[0]
	if s.Counts.Held < 75 || s.Counts.Succeeded < 75 || s.Counts.Breached+s.Counts.Inconclusive != 0 {
		t.Errorf("counts %+v", s.Counts)
	}
	if s.Bucket != "named-dataset" || s.Terraform.Resources != 7 || len(s.Terraform.Changes) != 0 ||
		len(s.Declared.SHA256) != 64 {
		t.Errorf("subject %+v", s)
	}
	everyBucketIsAttacked(t, reportIn(t, filepath.Join(two.dir, "evidence", "here", "report.json")))
	for _, dir := range []string{filepath.Join(one.dir, defaultReport), filepath.Join(two.dir, "evidence", "here")} {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 5 {
			t.Errorf("%s holds %v, %v", dir, files, err)
		}
	}
	left, _ := os.ReadDir(one.dir)
	names := make([]string, 0, len(left))
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, []string{"cdktf.json", defaultReport}) {
		t.Errorf("the project's folder holds %v; no state and no cdktf.out must be there", names)
	}
	if strings.Contains(one.err.String(), "\x1b") {
		t.Error("there are control characters where there is no terminal")
	}
}

// everyBucketIsAttacked holds the report of the whole topology: each bucket has its
// trials, which held with their controls.
func everyBucketIsAttacked(t *testing.T, r report.Report) {
	t.Helper()
	least := map[audit.Kind]int{audit.Data: 90, audit.Evidence: 35, audit.Replica: 90, audit.Trail: 90}
	for _, s := range r.Subjects {
		if s.Counts.Held < least[s.Kind] || least[s.Kind] == 0 || s.Counts.Breached+s.Counts.Inconclusive != 0 || s.Counts.Succeeded != s.Counts.Controls {
			t.Errorf("%s, %q: %+v", s.Bucket, s.Kind, s.Counts)
		}
		delete(least, s.Kind)
		for _, trial := range s.Trials {
			deletes := s.Kind == audit.Evidence && trial.Guard == prove.NoDeletion
			if deletes && (trial.Verdict != prove.Held || trial.As == prove.Owner) {
				t.Errorf("%s of the evidence bucket: %s as %s", trial.Name, trial.Verdict, trial.As)
			}
		}
	}
	first := r.Subjects[0]
	if len(least) > 0 || r.Verdict != prove.Held || first.Terraform == nil || first.Terraform.Resources != 31 || len(first.Terraform.Changes) > 0 {
		t.Errorf("%s, without %v, deployed %+v", r.Verdict, least, first.Terraform)
	}
}

// TestTerraformKilled kills terraform when the bucket exists but isn't in the
// state; the next rehearsal in the folder continues.
func TestTerraformKilled(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	p := tool(t, settingsOf, "rehearse", "--quick", "--keep", "kept")
	p.start(t)
	bucket := filepath.Join(p.dir, "kept", "data", "server", "buckets", "named-dataset")
	p.until(t, "the bucket", func() bool { _, err := os.Stat(bucket); return err == nil })
	below := p.descendants()
	kill(t, p.children("apply"), syscall.SIGKILL)
	if code := p.wait(t); code != exitFailed || !strings.Contains(p.err.String(), "terraform apply: ") {
		t.Errorf("exit %d", code)
	}
	gone(t, below)
	// The moment is hard to hit: remove whatever was written.
	state := filepath.Join(p.dir, "kept", "data", "terraform.data.tfstate")
	if err := os.Remove(state); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	next := p.again()
	if code := next.run(t); code != exitOK {
		t.Errorf("the next rehearsal exited with %d", code)
	}
	if _, err := os.Stat(state); err != nil {
		t.Errorf("the kept state: %v", err)
	}
}

// trialsRun reports whether the trials are running: their control buckets are
// on the server.
func (p *process) trialsRun() bool {
	found, _ := filepath.Glob(filepath.Join(p.temp, "datalock-rehearsal-*", "data", "server", "buckets", "datalock-*"))
	return len(found) > 0
}

// runs reports whether a process of the run has the command.
func (p *process) runs(command string) func() bool {
	return func() bool { return slices.Contains(slices.Collect(maps.Values(using(p.temp))), command) }
}

// provider is the AWS provider's command, as the system shortens it.
const provider = "terraform-provi"

// TestServerKilled kills the server during the trials.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	p := tool(t, settingsOf, "rehearse", "--quick")
	p.start(t)
	p.until(t, "the trials", p.trialsRun)
	kill(t, p.children("stop-with-stdin"), syscall.SIGKILL)
	if code := p.wait(t); code != exitFailed ||
		!strings.Contains(p.err.String(), "the local S3 server ended during the rehearsal") {
		t.Errorf("exit %d", code)
	}
	p.nothingLeft(t)
	// The results until then are kept, and claim nothing more.
	path := filepath.Join(p.dir, defaultReport, "report.json")
	if _, err := os.Stat(path); err != nil {
		return
	}
	if r := reportIn(t, path); r.Verdict == prove.Held || !strings.Contains(r.Aborted, "ended during the rehearsal") {
		t.Errorf("the report says %s, aborted: %q", r.Verdict, r.Aborted)
	}
}

// TestInterrupted interrupts the synthesis, the apply, and the trials.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	for _, c := range []struct {
		during string
		signal syscall.Signal
		begun  func(*process) func() bool
	}{
		{"the synthesis", syscall.SIGINT, func(p *process) func() bool { return p.runs("node") }},
		{"the apply", syscall.SIGTERM, func(p *process) func() bool { return p.runs(provider) }},
		{"the trials", syscall.SIGINT, func(p *process) func() bool { return p.trialsRun }},
	} {
		t.Run(c.during, func(t *testing.T) {
			p := tool(t, settingsOf, "rehearse", "--quick")
			p.start(t)
			p.until(t, c.during, c.begun(p))
			kill(t, []int{p.Process.Pid}, c.signal)
			if code := p.wait(t); code != exitFailed ||
				!strings.Contains(p.err.String(), "interrupted; nothing is still running") {
				t.Errorf("exit %d", code)
			}
			p.nothingLeft(t)
		})
	}
}

// TestKilled kills the rehearsal itself while the provider runs: its processes
// end too, and its folder is removed.
func TestKilled(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	p := tool(t, settingsOf, "rehearse", "--quick")
	p.start(t)
	p.until(t, "the provider", p.runs(provider))
	kill(t, []int{p.Process.Pid}, syscall.SIGKILL)
	<-p.ended
	p.nothingLeft(t)
}

func TestRehearseMistake(t *testing.T) {
	p := tool(t, `{"context":{"datalock":{"region":"us-east-1","buckets":{"data":{"retention":{"days":0}}}}}}`, "rehearse")
	if code := p.run(t); code != exitFound || !strings.Contains(p.err.String(), "buckets.data.retention.days") {
		t.Errorf("exit %d, want %d and the mistake", code, exitFound)
	}
	p.empty(t)
}

func TestRehearseCannotRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		settings string
		args     []string
		env      []string
		want     string
	}{
		{
			"no terraform",
			settingsOf,
			nil,
			[]string{"PATH=/nowhere", "HTTPS_PROXY=http://127.0.0.1:1", "XDG_CACHE_HOME=" + t.TempDir()},
			"there is no terraform or tofu on PATH",
		},
		{"no home", settingsOf, nil, []string{"HOME=", "XDG_CACHE_HOME="}, "find your cache folder: "},
		{"no cache", settingsOf, nil, []string{"XDG_CACHE_HOME=/dev/null"}, local.CacheFix},
		{
			"no home for a terraform, which there is",
			settingsOf,
			[]string{"--endpoint", "http://127.0.0.1:1"},
			[]string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "HOME=", "XDG_CACHE_HOME="},
			"pass --yes to continue",
		},
		{"no provider", settingsOf, nil, []string{"DATALOCK_PROVIDER_MIRROR=/nowhere"}, "DATALOCK_PROVIDER_MIRROR"},
		{
			"no sources",
			settingsOf,
			nil,
			[]string{"DATALOCK_SERVER_SOURCE=/nowhere"},
			"/nowhere, which isn't the project's folder internal/rehearse/server",
		},
		{"another stack", settingsOf, []string{"other"}, nil, "no stack other in cdktf.json; it declares data"},
		{"no folder to keep", settingsOf, []string{"--keep", "cdktf.json"}, nil, "create the rehearsal's folder"},
		{
			"no folder for the report",
			settingsOf,
			[]string{"--report", "cdktf.json"},
			nil,
			"write the report into cdktf.json: ",
		},
		{"no URL", settingsOf, []string{"--endpoint", "s3.example.org"}, nil, `--endpoint "s3.example.org": must be the URL`},
		{
			"nobody to ask",
			settingsOf,
			[]string{"--endpoint", "http://127.0.0.1:1"},
			[]string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"},
			"pass --yes to continue",
		},
		{
			"nobody to ask about the evidence bucket",
			`{"context":{"datalock":{"region":"us-east-1","buckets":{"data":{"evidence":{}}}}}}`,
			[]string{"--endpoint", "http://127.0.0.1:1"},
			[]string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"},
			"stack data on http://127.0.0.1:1: creates the evidence bucket that can't be deleted, with up to ",
		},
		{"an unknown flag", settingsOf, []string{"--nonsense"}, nil, "unknown flag: --nonsense"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "no provider" {
				tftest.Find(t)
			}
			p := tool(t, c.settings, append([]string{"rehearse"}, c.args...)...)
			p.Env = append(p.Env, c.env...)
			if code := p.run(t); code != exitFailed || !strings.Contains(p.err.String(), c.want) {
				t.Errorf("exit %d, want %d and %q", code, exitFailed, c.want)
			}
			for _, word := range []string{"panic", "goroutine"} {
				if strings.Contains(p.err.String(), word) {
					t.Errorf("the user is shown a %s", word)
				}
			}
			p.empty(t)
		})
	}
}
