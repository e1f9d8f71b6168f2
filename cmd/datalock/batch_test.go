package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3test"
)

// TestBatchVerbs renews with jobs of S3 Batch Operations, from the flags and
// from the settings.
func TestBatchVerbs(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "acme-data", true)
	aBucket(t, server, "evidence", false)
	run := func(code int, settings string, args ...string) *process {
		t.Helper()
		p := s3ToolIn(t, settings, server, server.Endpoint, args...)
		if got := p.run(t); got != code {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, p.out.String(), p.err.String())
		}
		p.empty(t)
		return p
	}
	says := func(p *process, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(p.err.String(), text) {
				t.Errorf("it says\n%s\nwithout %q", p.err.String(), text)
			}
		}
	}
	run(exitOK, "{}", "publish", aFolder(t), "s3://acme-data/set", "--yes")
	renew := []string{"renew", "s3://acme-data/set", "--days", "10", "--batch"}
	flags := append(renew, "--batch-role", "arn:aws:iam::000000000000:role/batch", "--evidence-bucket", "evidence")

	says(run(exitFailed, "{}", append(flags, "--wait")...), "pass --yes to continue")
	says(run(exitFailed, "{}", "renew", "s3://acme-data/set", "--days", "10", "--wait"), "are for --batch")
	plain := `{"context": {"datalock": {"region": "us-east-1", "buckets": {"data": {"name": "acme-data"}}}}}`
	says(run(exitFailed, plain, append(renew, "--yes")...), `add "batch" to the bucket's settings`,
		`add "evidence" to the settings`)
	declared := strings.Replace(plain, `"acme-data"`, `"acme-data", "evidence": {}, "batch": true`, 1)
	declared = strings.Replace(declared, `"region"`, `"account": "012345678901", "region"`, 1)
	says(run(exitFailed, declared, append(renew, "--yes")...), "evidence bucket acme-data-evidence: doesn't exist")
	says(run(exitFailed, declared, append(renew, "--yes", "--evidence-bucket", "evidence")...),
		"Cross-account access is not allowed", "--phase PHASE")

	says(run(exitOK, "{}", append(flags, "--plan")...), "lengthens the locks of 5 versions", "nobody can delete 5 of them")
	started := run(exitOK, "{}", append(flags, "--yes")...)
	says(started, "S3 counted 5 versions to set to COMPLIANCE mode; it is Suspended", "the jobs cost about $0.25",
		"is Ready", "not renewed yet; follow the jobs", "--batch --wait",
		" --batch-role arn:aws:iam::000000000000:role/batch", " --evidence-bucket evidence")
	ended := run(exitOK, "{}", append(flags, "--yes", "--wait", "--json")...)
	says(ended, "7 locks renewed, all locked until", "record s3://acme-data/.datalock/set/renewals/")
	var all []dataset.Renewed
	if err := json.Unmarshal([]byte(ended.out.String()), &all); err != nil || len(all) != 1 || len(all[0].Jobs) != 1 ||
		all[0].Jobs[0].Status != "Complete" || !strings.Contains(started.err.String(), all[0].Jobs[0].ID) {
		t.Errorf("%+v, %v", all, err)
	}
	says(run(exitOK, "{}", append(flags, "--yes", "--wait")...), "nothing to do")
	due := strings.Replace(plain, `"acme-data"`, `"acme-data", "renew": {"keepDays": 365, "whenLeftDays": 120}`, 1)
	run(exitOK, "{}", "publish", aFolder(t), "s3://acme-data/zet", "--days", "3", "--yes")
	p := run(exitOK, due, append([]string{
		"renew", "s3://acme-data", "--due", "--batch", "--wait", "--yes",
	}, flags[5:]...)...)
	// The jobs of both are started first, of the one that ends sooner before the other.
	at := 0
	for _, next := range []string{
		"s3://acme-data/zet: lengthens", "S3 counted 5 versions", "s3://acme-data/set: lengthens", "S3 counted 5 versions",
		"s3://acme-data/zet: 7 locks renewed", "s3://acme-data/set: 8 locks renewed",
	} {
		i := strings.Index(p.err.String()[at:], next)
		if i < 0 {
			t.Fatalf("it says\n%s\nwithout %q there", p.err.String(), next)
		}
		at += i
	}

	rest := []string{"verify", "s3://acme-data/set", "--at-rest"}
	says(run(exitFailed, "{}", rest...), "--at-rest: jobs cost money; pass --yes to continue")
	says(run(exitFailed, "{}", append(rest, "--yes", "--read")...), "--at-rest: leave out --read, --sample and --local")
	says(run(exitFailed, "{}", "verify", "s3://acme-data/set", "--wait"), "are for --at-rest")
	rest = append(rest, flags[5:]...)
	says(run(exitFailed, "{}", append(rest, "--yes")...), "S3 counted 5 versions to read; it is Suspended",
		"not verified yet", "--job-date "+time.Now().UTC().Format(time.DateOnly)+" --wait")
	p = run(exitOK, "{}", append(rest, "--yes", "--wait")...)
	for _, want := range []string{
		"of these S3 read 5 again", "and computed their SHA-256", "everything matches the manifest",
	} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("it prints\n%s\nwithout %q", p.out.String(), want)
		}
	}
}

func TestBatchHint(t *testing.T) {
	t.Parallel()
	if text := batchHint(100_000); text != "" {
		t.Error(text)
	}
	if text := batchHint(100_001); !strings.Contains(text, "100001 versions: with --batch") {
		t.Error(text)
	}
}
