package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"
)

// TestRehearseAdoption rehearses the adoption of a bucket that was found with a
// policy, a lifecycle and a weaker lock: Terraform imports it, and all trials hold.
func TestRehearseAdoption(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	server := s3test.Start(t)
	aFoundBucket(t, testbucket.Hand{Client: clientOf(server)}, "found", allowReader)
	p := s3ToolIn(t, `{"context": {"datalock": {"region": "us-east-1", "buckets": {}}}}`, server, server.Endpoint,
		"adopt", "found", "--write", "--json", "--stack", "data")
	if code := p.run(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, p.err.String())
	}
	if err := os.WriteFile(filepath.Join(p.dir, "adoption.json"), []byte(p.out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rehearse := func(want int, args ...string) *process {
		next := p.again()
		next.Args = append(next.Args[:1], append([]string{"rehearse", "--quick"}, args...)...)
		if code := next.run(t); code != want {
			t.Errorf("%v: exit %d, want %d: %s", args, code, want, next.err.String())
		}
		return next
	}
	rehearsed := rehearse(exitOK, "--adopt", "adoption.json")
	// The lifecycle is left out by --quick: the bucket and five configurations
	// are imported, and the public access block is added.
	for _, text := range []string{"6 imported, 1 added, 2 changed, 0 destroyed, bucket found", "no changes"} {
		if !strings.Contains(rehearsed.err.String(), text) {
			t.Errorf("it says nothing of %q", text)
		}
	}
	r := reportIn(t, filepath.Join(p.dir, defaultReport, "report.json"))
	s := r.Subjects[0]
	if r.Verdict != prove.Held || s.Counts.Held < 75 || s.Terraform.Resources != 7 || len(s.Terraform.Changes) > 0 ||
		!strings.Contains(strings.Join(s.Declared.Changes, "\n"), "as datalock adopt described it") {
		t.Errorf("%s, %+v, %+v, %q", r.Verdict, s.Counts, s.Terraform, s.Declared.Changes)
	}
	// Without the description the stack creates the bucket, and says so.
	plain := p.again()
	plain.Args = append(plain.Args[:1], "rehearse", "--quick", "--report", "plain")
	plain.start(t)
	plain.until(t, "the note", func() bool {
		return strings.Contains(plain.err.String(), "adopt is left out: the stack creates the bucket")
	})
	kill(t, []int{plain.Process.Pid}, syscall.SIGINT)
	plain.wait(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--adopt", "nowhere"}, "--adopt: open nowhere"},
		{[]string{"--adopt", "cdktf.json"}, "isn't the JSON of datalock adopt"},
		{
			[]string{"other", "--adopt", "adoption.json"},
			"no stack other in cdktf.json; run datalock adopt found --stack other --write first",
		},
		{[]string{"a", "b", "--adopt", "adoption.json"}, "name its stack only"},
		{[]string{"--endpoint", "http://127.0.0.1:1", "--adopt", "adoption.json"}, "only on the local server"},
	} {
		if got := rehearse(exitFailed, c.args...); !strings.Contains(got.err.String(), c.want) {
			t.Errorf("%v: %s, without %q", c.args, got.err.String(), c.want)
		}
	}
}
