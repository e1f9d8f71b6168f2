package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/tftest"
)

// TestDiskFull runs the tool on a disk of a few megabytes, in a separate mount
// namespace, for each place that is written to.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	const size = "mount -t tmpfs -o size=%s none "
	if out, err := exec.Command("unshare", "-Urm", "true").CombinedOutput(); err != nil {
		sandbox.Skip(t, "can't create a mount namespace: %v %s", err, out)
	}
	server := s3test.Start(t)
	aBucket(t, server, "locked", true)
	rehearse := func() *process { return tool(t, settingsOf, "rehearse", "--quick") }
	for _, c := range []struct {
		name, size string
		place      func(*process) string
		tool       func() *process
		want       string
		// written are files that must exist all the same, and be complete.
		written []string
	}{
		{
			"no room at all",
			"256k",
			func(p *process) string { return p.temp },
			rehearse,
			"no space left on device: 0 MB are free where 16 MB are needed",
			nil,
		},
		{"no room to work", "24m", func(p *process) string { return p.temp }, rehearse, "no space left on device", nil},
		{"no room for the report", "16k", func(p *process) string { return filepath.Join(p.dir, "out") }, func() *process {
			return proveTool(t, server, "--bucket", "locked", "--yes", "--report", "out/r")
		}, "write the report", nil},
		{"no room for the results", "4200k", func(p *process) string { return filepath.Join(p.dir, "out") }, func() *process {
			return proveTool(t, server, "--bucket", "locked", "--yes", "--watch", "0s", "--report", "out/r")
		}, "write results.jsonl: ", []string{"report.json", "report.html", "report.md", "report.intoto.json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.tool()
			script := "mkdir -p " + c.place(p) + " && " + strings.Replace(size, "%s", c.size, 1) + c.place(p) +
				` && { "$0" "$@"; code=$?; cp -r out/r kept 2>/dev/null; exit $code; }`
			p.Args = append([]string{"unshare", "-Urm", "sh", "-c", script, p.Path}, p.Args[1:]...)
			path, err := exec.LookPath("unshare")
			if err != nil {
				t.Fatal(err)
			}
			p.Path = path
			if code := p.run(t); code != exitFailed || !strings.Contains(p.err.String(), c.want) {
				t.Errorf("exit %d, want %d and %q", code, exitFailed, c.want)
			}
			if strings.Contains(p.err.String(), "goroutine") {
				t.Error("the user is shown a stack")
			}
			for _, name := range c.written {
				if text, err := os.ReadFile(filepath.Join(p.dir, "kept", name)); err != nil || len(text) < 400 {
					t.Errorf("%s: %d bytes, %v", name, len(text), err)
				}
			}
			if len(c.written) > 0 {
				if r := reportIn(t, filepath.Join(p.dir, "kept", "report.json")); r.Verdict != prove.Held {
					t.Errorf("the report is %s", r.Verdict)
				}
			}
		})
	}
}
