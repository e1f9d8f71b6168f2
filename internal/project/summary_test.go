package project_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"datalock/internal/project"
	"datalock/settings"
)

func TestWriteSummary(t *testing.T) {
	now := time.Date(2026, 11, 24, 23, 59, 0, 0, time.UTC)
	governed := settings.DefaultBucket()
	governed.Region, governed.Retention = "eu-west-1", settings.Retention{Mode: settings.Governance, Years: 1}
	one := settings.Settings{
		Region:  "us-east-1",
		Buckets: map[string]settings.Bucket{"ai-dataset": settings.DefaultBucket()},
	}
	two := settings.Settings{
		Region:  "us-east-1",
		Buckets: map[string]settings.Bucket{"b": settings.DefaultBucket(), "a": governed},
	}
	plain := one
	plain.Endpoint, plain.AllowPlainHTTP = "http://127.0.0.1:9000", true
	out := t.TempDir()
	if err := os.MkdirAll(filepath.Join(out, "stacks", "gone"), 0o755); err != nil {
		t.Fatal(err)
	}
	const locked = "an object written today can't be deleted by anyone until 2027-02-22\n"
	const bypassable = "an object written today can't be deleted until 2027-11-24 unless the bucket policy is changed " +
		"and s3:BypassGovernanceRetention is used\n"
	for _, c := range []struct {
		name string
		p    project.Project
		want string
	}{
		{"one stack", project.Project{Settings: one, Outdir: "cdktf.out"},
			"ai-dataset  us-east-1  COMPLIANCE  90 days  " + locked +
				"next: cdktf deploy ai-dataset (without cdktf: terraform -chdir=cdktf.out/stacks/ai-dataset init, then apply)\n"},
		{"plain HTTP", project.Project{Settings: plain, Outdir: "cdktf.out", UnderCLI: true},
			"ai-dataset  us-east-1  COMPLIANCE  90 days  " + locked +
				"warning: allowPlainHTTP: requests to http://127.0.0.1:9000 aren't encrypted, and the bucket policy allows that\n"},
		{"two stacks, in order", project.Project{Settings: two, Outdir: "out"},
			"a  eu-west-1  GOVERNANCE  1 year   " + bypassable + "b  us-east-1  COMPLIANCE  90 days  " + locked +
				"next: cdktf deploy '*' (without cdktf: terraform -chdir=out/stacks/a init, then apply)\n"},
		{"a folder that a shell would take apart", project.Project{Settings: one, Outdir: "it's out"},
			"ai-dataset  us-east-1  COMPLIANCE  90 days  " + locked +
				`next: cdktf deploy ai-dataset (without cdktf: terraform -chdir='it'\''s out/stacks/ai-dataset' init, then ` +
				`apply)` + "\n"},
		{
			"under cdktf's command line",
			project.Project{Settings: one, Outdir: out, UnderCLI: true},
			"ai-dataset  us-east-1  COMPLIANCE  90 days  " + locked,
		},
		{"a folder of an earlier stack", project.Project{Settings: one, Outdir: out},
			"ai-dataset  us-east-1  COMPLIANCE  90 days  " + locked +
				"note: " + filepath.Join(out, "stacks", "gone") +
				" is from an earlier synth; the settings no longer declare this stack\n" +
				"next: cdktf deploy ai-dataset (without cdktf: terraform -chdir=" + out + "/stacks/ai-dataset init, then apply)\n"},
	} {
		var got bytes.Buffer
		if err := project.WriteSummary(&got, c.p, now); err != nil || got.String() != c.want {
			t.Errorf("%s: %v\n got  %q\n want %q", c.name, err, got.String(), c.want)
		}
	}
}
