package check_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"
	"datalock/settings"

	"github.com/owenrumney/go-sarif/v2/sarif"
	"gotest.tools/v3/golden"
)

// sample is a report with everything in it: a finding, an excepted one, a file
// that can't be judged and a note.
func sample(t *testing.T) check.Report {
	t.Helper()
	gate := check.NewGate(check.Rules(), check.Options{Settings: settings.Settings{Exceptions: []settings.Exception{
		{
			Rule:    "destroyed",
			Address: "aws_s3_bucket_public_access_block.public_access_block[0]",
			Reason:  "moves to the\naccount",
			Until:   "2027-01-31",
		},
		{Rule: "force-destroy", Address: "aws_s3_bucket.bucket", Reason: "over", Until: "2026-01-31"},
	}}, Now: time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC)})
	f, err := os.Open(planFile("count-zero"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gate.Judge("plan.json", f)
	gate.Judge("cut,off:100%.json", strings.NewReader(`{"format_version":`))
	gate.Unjudged("gone.json", errors.New("no such file"))
	return gate.Report()
}

func TestFormats(t *testing.T) {
	for _, format := range check.Formats {
		var b bytes.Buffer
		if err := sample(t).Write(&b, format, "cdktf.json"); err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, b.String(), filepath.Join("formats", string(format)))
	}
}

// TestSARIF reads the report back, and holds it to what code scanning needs.
func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).Write(&b, check.SARIF, ""); err != nil {
		t.Fatal(err)
	}
	report, err := sarif.FromBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	run := report.Runs[0]
	if got, want := len(run.Tool.Driver.Rules), len(check.Rules()); got != want {
		t.Errorf("%d rules, want %d", got, want)
	}
	prints, levels := map[any]bool{}, ""
	for _, r := range run.Results {
		uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI
		if *uri != "plan.json" {
			t.Errorf("result at %s, want plan.json", *uri)
		}
		levels += *r.Level + " "
		prints[r.PartialFingerprints["datalock/v1"]] = true
	}
	if levels != "error note " || len(prints) != 2 {
		t.Errorf("results %swith %d fingerprints, want an error and a note", levels, len(prints))
	}
	if strings.Contains(b.String(), "null") {
		t.Error("there are values that are null, which the schema has nowhere")
	}
	if *run.Invocations[0].ExecutionSuccessful {
		t.Error("a run that could not judge a file says that it succeeded")
	}
}

// TestHostileText checks that text from a plan can't start a new line, a
// terminal command or a workflow command.
func TestHostileText(t *testing.T) {
	const evil = "x\n::error::y\r\u001b[2J%0A\u202e"
	address, err := json.Marshal("module.m[\"" + evil + "\"].aws_s3_bucket.b")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(changeOf(`{"actions":["delete"],"before":{"object_lock_enabled":true}}`), `"aws_s3_bucket.b"`,
		string(address), 1)
	gate := check.NewGate(check.Rules(), check.Options{})
	gate.Judge("plan.json", strings.NewReader(text))
	report := gate.Report()
	if report.Found() != 1 {
		t.Fatalf("%d findings, want 1", report.Found())
	}
	scoped := check.NewGate(check.Rules(), check.Options{Only: []string{evil}})
	scoped.Judge("plan.json", strings.NewReader(text))
	report.Files = append(report.Files, scoped.Report().Files...)
	report.Notes = append(report.Notes, scoped.Report().Notes...)
	for _, format := range check.Formats {
		var b bytes.Buffer
		if err := report.Write(&b, format, ""); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if strings.ContainsAny(line, "\r\x1b\u202e") || strings.HasPrefix(line, "::error::") {
				t.Errorf("%s has the line %q", format, line)
			}
		}
	}
}

// TestPlainJSON holds that the JSON has addresses as people search for them.
func TestPlainJSON(t *testing.T) {
	text := strings.Replace(changeOf(`{"actions":["delete"],"before":{"object_lock_enabled":true}}`), `"aws_s3_bucket.b"`,
		`"module.m[\"a<b&c\"].aws_s3_bucket.b"`, 1)
	gate := check.NewGate(check.Rules(), check.Options{})
	gate.Judge("plan.json", strings.NewReader(text))
	var b bytes.Buffer
	if err := gate.Report().Write(&b, check.JSON, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "a<b&c") {
		t.Errorf("no address with a<b&c in\n%s", b.String())
	}
}

// TestMarkdownOfStack has the bucket of a stack, of which nobody knows what an
// apply does, and file names that must not end the code span they stand in.
func TestMarkdownOfStack(t *testing.T) {
	for name, heading := range map[string]string{
		"cdk.tf.json": "`cdk.tf.json`", "a\nb": "`a\ufffdb`", "a`b": "``a`b``", "a``b`c": "```a``b`c```", "`a": "`` `a ``",
		"a`": "`` a` ``",
	} {
		f, err := os.Open(filepath.Join(snapshots, "default", "ai-dataset.tf.json"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		gate := check.NewGate(check.Rules(), check.Options{})
		gate.Judge(name, f)
		var b bytes.Buffer
		if err := gate.Report().Write(&b, check.Markdown, ""); err != nil {
			t.Fatal(err)
		}
		if got := gate.Report().Files[0].Resources; got != 8 {
			t.Errorf("%d resources, want 8", got)
		}
		for _, want := range []string{"### datalock check: " + heading + "\n", " | not known: a stack | "} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
	}
}

func TestNothingJudged(t *testing.T) {
	if check.NewGate(check.Rules(), check.Options{}).Report().Judged() {
		t.Error("a run that was given no file passes")
	}
}
