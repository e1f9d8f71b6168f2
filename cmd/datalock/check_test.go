package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"
	"datalock/internal/testkit/sandbox"
)

const plans = "../../internal/check/testdata/plans/"

// command runs the tool with a file as standard input, or none, in a project
// whose settings have the exceptions.
func command(t *testing.T, exceptions, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	cdktf := fmt.Sprintf(`{"context": {"datalock": {"region": "us-east-1", "buckets": {"a": {}}, "exceptions": [%s]}}}`,
		exceptions)
	if err := os.WriteFile(filepath.Join(dir, "cdktf.json"), []byte(cdktf), 0o600); err != nil {
		t.Fatal(err)
	}
	return inProject(t, dir, stdin, args...)
}

func inProject(t *testing.T, dir, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("CDKTF_CONTEXT_JSON", "")
	if stdin == "" {
		stdin = os.DevNull
	}
	in, err := os.Open(stdin)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	errors, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer errors.Close()
	var out bytes.Buffer
	code = run(context.Background(), append([]string{
		"check", "--project", dir,
	}, args...), streams{in: in, out: &out, err: errors})
	said, err := os.ReadFile(errors.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, out.String(), string(said)
}

// exception returns an exception for the plan governance that applies until a
// day.
func exception(until time.Time) string {
	return fmt.Sprintf(`{"rule": "mode-weakened", "address": "aws_s3_bucket_object_lock_configuration.object_lock", `+
		`"reason": "a test bucket", "until": %q}`, until.UTC().Format(time.DateOnly))
}

func TestCheckExitCodes(t *testing.T) {
	today, yesterday := exception(time.Now()), exception(time.Now().AddDate(0, 0, -1))
	for _, c := range []struct {
		name, exceptions, stdin string
		args                    []string
		code                    int
		out, err                string
	}{
		{
			name: "passes",
			args: []string{plans + "no-change.json"},
			out:  "plan: 8 of 8 resources may hold or guard locked data, no findings",
		},
		{name: "from standard input", stdin: plans + "no-change.json", args: []string{"-"}, out: "-: plan"},
		{name: "a stack", args: []string{"../../testdata/snapshots/default/ai-dataset.tf.json"}, out: "stack: 8 of 8"},
		{
			name: "a finding",
			args: []string{plans + "governance.json"},
			code: 2,
			out:  "mode-weakened aws_s3_bucket_object_lock_configuration.object_lock: the mode",
		},
		{
			name:  "a finding from standard input",
			stdin: plans + "governance.json",
			args:  []string{"-"},
			code:  2,
			out:   "-: plan",
		},
		{name: "one of two", args: []string{plans + "no-change.json", plans + "governance.json"}, code: 2, out: "1 finding"},
		{
			name: "not judged",
			args: []string{"../../internal/check/testdata/unjudged/errored.json"},
			code: 1,
			out:  "could not be judged: the plan failed",
			err:  "not passed",
		},
		{
			name: "not judged beside a finding",
			args: []string{plans + "governance.json", "../../internal/check/testdata/unjudged/state.json"},
			code: 1,
			out:  "1 finding",
			err:  "not passed",
		},
		{name: "no such file", args: []string{"nowhere.json"}, code: 1, out: "nowhere.json: could not be judged"},
		{name: "empty standard input", args: []string{"-"}, code: 1, out: "-: could not be judged: empty"},
		{name: "no plan", code: 1, err: "pass a plan"},
		{
			name: "unknown format",
			args: []string{"--format", "xml", plans + "no-change.json"},
			code: 1,
			err:  `--format "xml": must be one of [text json github sarif markdown]`,
		},
		{name: "unknown flag", args: []string{"--force"}, code: 1, err: "unknown flag"},
		{name: "excepted", exceptions: today, args: []string{plans + "governance.json"}, out: "excepted: mode-weakened"},
		{
			name:       "no longer excepted",
			exceptions: yesterday,
			args:       []string{plans + "governance.json"},
			code:       2,
			out: "note: the exception of aws_s3_bucket_object_lock_configuration.object_lock from mode-weakened " +
				"expired on",
		},
		{name: "not needed", exceptions: today, args: []string{plans + "no-change.json"}, out: "was not needed; remove it"},
		{
			name:       "no such rule",
			exceptions: strings.Replace(today, "mode-weakened", "mode-weekend", 1),
			args:       []string{plans + "governance.json"},
			code:       2,
			err:        `unknown rule; did you mean "mode-weakened"?`,
		},
		{
			name: "a part of a plan",
			args: []string{"--only", "aws_s3_bucket_policy.*", plans + "governance.json"},
			out: "8 of 8 resources may hold or guard locked data, and 1 of these was judged, no findings\n  not judged, as " +
				"they are out of scope: aws_s3_bucket.bucket, ",
		},
		{
			name: "two parts",
			args: []string{"--only", "aws_s3_bucket_policy.*", "--only", "*.object_lock", plans + "governance.json"},
			code: 2,
			out:  "and 2 of these were judged, 1 finding",
		},
		{
			name: "no part",
			args: []string{"--only", "module.data", plans + "governance.json"},
			code: 1,
			out:  "the scope module.data leaves out everything",
			err:  "not passed",
		},
		{name: "an empty part", args: []string{"--only", " ", plans + "governance.json"}, code: 1, err: "--only: is empty"},
		{
			name: "markdown",
			args: []string{"--format", "markdown", plans + "governance.json"},
			code: 2,
			out:  "**1 finding: don't apply this plan.**",
		},
		{
			name: "permanent from now",
			args: []string{plans + "first-deploy.json"},
			out: "permanent from now: aws_s3_bucket_object_lock_configuration.object_lock: acme-training-data: new versions " +
				"are locked in COMPLIANCE mode for 90 days",
		},
		{
			name:       "another address",
			exceptions: strings.Replace(today, "object_lock\"", "other\"", 1),
			args:       []string{plans + "governance.json"},
			code:       2,
			out:        "1 finding",
		},
		{
			name:       "a mistake in the settings",
			exceptions: `{"rule": "*"}`,
			args:       []string{plans + "no-change.json"},
			code:       2,
			err:        `exceptions[0].rule = "*"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, said := command(t, c.exceptions, c.stdin, c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(said, c.err) {
				t.Errorf("exit code %d, want %d\nstdout %s\nwants %q\nstderr %s\nwants %q", code, c.code, out, c.out, said, c.err)
			}
			if c.err == "" && code != 1 && said != "" {
				t.Errorf("standard error has %q", said)
			}
		})
	}
}

// TestCheckAuditException: a plan can't show whether an exception for a rule that
// only an audit has is needed.
func TestCheckAuditException(t *testing.T) {
	e := `{"rule": "unlocked", "address": "s3://acme-data", "reason": "r", "until": "2099-01-01"}`
	if code, out, said := command(t, e, "", plans+"no-change.json"); code != exitOK ||
		strings.Contains(out+said, "needed") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
}

// TestUnknownCommand: a misspelled verb judges nothing, and must not look like
// a passed check.
func TestUnknownCommand(t *testing.T) {
	for args, want := range map[string]string{
		"chekc -":    `unknown command "chekc"; did you mean "check"?`,
		"rehears":    `did you mean "rehearse"?`,
		"nothing":    `unknown command "nothing"; datalock --help lists the commands`,
		"role-polcy": `did you mean "role-policy"?`,
	} {
		said, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		var out bytes.Buffer
		code := run(context.Background(), strings.Fields(args), streams{in: os.Stdin, out: &out, err: said})
		text, err := os.ReadFile(said.Name())
		if err != nil || code != exitFailed || out.Len() > 0 || !strings.Contains(string(text), want) {
			t.Errorf("datalock %s: exit code %d, %q, %q, %v; want %q", args, code, out.String(), text, err, want)
		}
	}
}

// TestVersion holds that the version names the commit even if the build didn't
// record it, as with go run.
func TestVersion(t *testing.T) {
	p := tool(t, "{}", "--version")
	head, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		sandbox.Skip(t, "the sources aren't in a git repository: %v", err)
	}
	want := ", commit " + strings.TrimSpace(string(head))
	if code := p.run(t); code != exitOK || !strings.Contains(p.out.String(), want) {
		t.Errorf("exit %d, and it says %q without %q", code, p.out.String(), want)
	}
}

func TestCheckWithoutProject(t *testing.T) {
	if code, out, said := inProject(t, t.TempDir(), "", plans+"no-change.json"); code != 0 {
		t.Errorf("exit code %d\n%s%s", code, out, said)
	}
}

// TestCheckProjectMistakes: a missing folder must not count as one without
// exceptions.
func TestCheckProjectMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		filepath.Join(file, "..", "nowhere"): "no such file or directory; pass the folder with your cdktf.json",
		file:                                 "not a folder; pass the folder with your cdktf.json",
	} {
		if code, out, said := inProject(t, dir, "", plans+"no-change.json"); code != 1 || out != "" ||
			!strings.Contains(said, want) {
			t.Errorf("%s: exit code %d, %q, %q; want %q", dir, code, out, said, want)
		}
	}
}

// TestCheckCost: the project's settings have the expected volume of the plan's
// bucket and the price.
func TestCheckCost(t *testing.T) {
	dir := t.TempDir()
	cdktf := `{"context": {"datalock": {"region": "us-east-1", "buckets": {"a": {"name": "acme-training-data", ` +
		`"expectedTB": 10}}, "check": {"pricePerTBMonth": 365}}}}`
	if err := os.WriteFile(filepath.Join(dir, "cdktf.json"), []byte(cdktf), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, said := inProject(t, dir, "", plans+"first-deploy.json"); code != 0 ||
		!strings.Contains(out, "10 TB cost at least 10800 US dollars until then, if a TB costs 365 a month.") {
		t.Errorf("exit code %d\n%s%s", code, out, said)
	}
}

func TestCheckJSON(t *testing.T) {
	for _, flag := range []string{"--json", "--format=json"} {
		code, out, _ := command(t, "", "", flag, plans+"governance.json")
		var report check.Report
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != 2 {
			t.Fatalf("exit code %d, %v in %s", code, err, out)
		}
		if report.Schema != check.Schema || len(report.Files) != 1 || report.Files[0].Findings[0].Rule != "mode-weakened" ||
			report.Files[0].Guards != 8 {
			t.Errorf("%s: got %+v", flag, report)
		}
	}
}

func TestCheckPointsToSettings(t *testing.T) {
	_, out, _ := command(t, "", "", "--format", "github", plans+"governance.json")
	if !strings.HasPrefix(out, "::error file=") ||
		!strings.Contains(out, "cdktf.json,title=mode-weakened::aws_s3_bucket_object_lock_configuration.object_lock: ") {
		t.Errorf("got %s", out)
	}
}

// TestCheckPast plans a stack as new in a project where it was deployed before.
func TestCheckPast(t *testing.T) {
	const (
		state = `{"version": 4, "serial": 1, "resources": [{"mode": "managed", "type": "aws_s3_bucket"}]}`
		empty = `{"version": 4, "serial": 2, "resources": []}`
		stack = "cdktf.out/stacks/a/"
	)
	for _, c := range []struct {
		name, file, text string
		code             int
		out              string
	}{
		{"nothing", "readme", "", 0, "no findings\n  permanent"},
		{
			"a state",
			"terraform.a.tfstate",
			state,
			2,
			"planned-anew aws_s3_bucket.bucket: the plan makes everything new, from an empty state, but ",
		},
		{"an emptied state", "terraform.a.tfstate", empty, 0, "no findings\n  permanent"},
		{
			"a lock file",
			stack + ".terraform.lock.hcl",
			"",
			0,
			"WARNING: the plan makes everything new, from an empty state, but the stack was initialized before",
		},
		{
			"another backend",
			stack + ".terraform/terraform.tfstate",
			`{"backend": {"type": "s3", "config": {"bucket": "b", "key": "k"}}}`,
			0,
			"initialized with the backend s3 (s3://b/k)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			const cdktf = `{"context": {"datalock": {"region": "us-east-1", "buckets": {"a": {"name": "acme-training-data"}}}}}`
			for file, text := range map[string]string{"cdktf.json": cdktf, c.file: c.text} {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, _ := inProject(t, dir, "", plans+"first-deploy.json")
			if code != c.code || !strings.Contains(out, c.out) {
				t.Errorf("exit code %d, want %d and %q in\n%s", code, c.code, c.out, out)
			}
		})
	}
}
