// Package testproject deploys a bucket to the rehearsal server, for the tests that
// change its settings, and reads what Terraform and the plan gate say.
package testproject

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"
	"datalock/internal/project"
	"datalock/internal/stack"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/tftest"
	"datalock/settings"
	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
)

// A Tree is settings as decoded from JSON.
type Tree = map[string]any

// A Project is a project in its own folder, deployed to its own S3 server.
type Project struct {
	// Dir is the project's folder, where the states are too.
	Dir string
	// Server is the S3 server, and Terraform runs with its keys, all commands
	// with one provider.
	Server    s3test.Server
	Terraform tftest.Terraform

	// lighten changes each stack that the app wrote.
	lighten func(path string) error
}

// New returns a project with the bucket of [Project.Settings] deployed, but for what
// [tftest.Lighten] takes out.
func New(t *testing.T) Project {
	t.Helper()
	l := Project{Dir: t.TempDir(), Server: s3test.Start(t, "--tls"), lighten: tftest.Lighten}
	l.Terraform = tftest.Find(t).With(l.Server.Env()).With(map[string]string{"NO_COLOR": "1"}).Share(t)
	slimcache.Use()
	t.Cleanup(jsii.Close)
	l.asTheApp(t, l.Settings())
	l.Synth(t, l.Settings())
	l.Terraform.Run(t, l.Stack("data"), "init")
	l.Terraform.Run(t, l.Stack("data"), "apply", "-auto-approve")
	return l
}

// Settings returns what is deployed first: the stack data with one bucket.
func (l Project) Settings() Tree {
	return Tree{
		"region": l.Server.Region, "endpoint": l.Server.Endpoint, "tags": Tree{"team": "ml"},
		"buckets": Tree{"data": Tree{"name": "acme-data", "retention": Tree{"mode": "COMPLIANCE", "days": 90}}},
	}
}

// Synth writes the settings and synthesizes the stacks in the project's folder,
// where the state and the stacks of earlier runs are. It does what the app does,
// in this process, so that node starts once for all changes; [New] compares the
// two.
func (l Project) Synth(t *testing.T, settings Tree) {
	t.Helper()
	l.synth(t, settings, l.output())
	l.lightenStacks(t)
}

// asTheApp runs the app on the settings, and fails the test if Synth writes
// anything else.
func (l Project) asTheApp(t *testing.T, settings Tree) {
	t.Helper()
	output := filepath.Join(t.TempDir(), "output")
	l.synth(t, settings, output)
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	want, got := apptest.Files(t, apptest.Synth(t, text)), apptest.Files(t, output)
	if len(want) < 2 || !maps.Equal(got, want) {
		t.Errorf("the tests synthesize %v, the app %v", got, want)
	}
}

// synth writes the settings, and their stacks into a folder.
func (l Project) synth(t *testing.T, settings Tree, output string) {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	apptest.Project(t, l.Dir, text)
	p, err := project.Load(l.Dir, func(string) string { return "" })
	if err == nil {
		err = stack.Synth(p.Settings, p.Context, output)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// lightenStacks changes the stacks that Synth wrote.
func (l Project) lightenStacks(t *testing.T) {
	t.Helper()
	stacks, err := filepath.Glob(filepath.Join(l.output(), "stacks", "*", "cdk.tf.json"))
	if err != nil || len(stacks) == 0 {
		t.Fatalf("find the stacks: %v, %d files", err, len(stacks))
	}
	for _, stack := range stacks {
		if err := l.lighten(stack); err != nil {
			t.Fatal(err)
		}
	}
}

// output is the folder of the stacks.
func (l Project) output() string { return filepath.Join(l.Dir, settings.DefaultOutput) }

// Stack is the folder of a stack.
func (l Project) Stack(name string) string { return filepath.Join(l.output(), "stacks", name) }

// A Plan is what Terraform and the gate say of a change.
type Plan struct {
	// Refusal is what Terraform printed where it refused.
	Refusal string
	// Actions are those on each resource, as in "update", by type.
	Actions map[string]string
	// Stopped are the names of the gate's rules that found something.
	Stopped []string
}

// Plan plans the stack data as the settings declare it now.
func (l Project) Plan(t *testing.T, args ...string) Plan {
	t.Helper()
	dir := l.Stack("data")
	out, err := l.Terraform.Try(dir, append([]string{"plan", "-out=plan"}, args...)...)
	if err != nil {
		return Plan{Refusal: oneLine(out)}
	}
	return readPlan(t, l.Terraform.Run(t, dir, "show", "-json", "plan"))
}

// readPlan reads what a plan does, and what the gate says of it.
func readPlan(t *testing.T, text []byte) Plan {
	t.Helper()
	var read struct {
		Changes []struct {
			Type   string
			Change struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Changes) < 7 {
		t.Fatalf("the plan has %d resources, fewer than a bucket", len(read.Changes))
	}
	p := Plan{Actions: map[string]string{}}
	for _, change := range read.Changes {
		if actions := strings.Join(change.Change.Actions, " "); actions != "no-op" {
			p.Actions[strings.TrimPrefix(change.Type, "aws_s3_bucket")] = actions
		}
	}
	gate := check.NewGate(check.Rules(), check.Options{Now: time.Now()})
	gate.Judge("plan", bytes.NewReader(text))
	report := gate.Report()
	if !report.Judged() {
		t.Fatalf("the gate could not judge the plan: %+v", report)
	}
	for _, file := range report.Files {
		for _, finding := range file.Findings {
			p.Stopped = append(p.Stopped, finding.Rule)
		}
	}
	slices.Sort(p.Stopped)
	p.Stopped = slices.Compact(p.Stopped)
	return p
}

// String returns the plan as one line.
func (p Plan) String() string {
	if p.Refusal != "" {
		return "refused: " + p.Refusal
	}
	return fmt.Sprintf("%v, stopped by %v", p.Actions, p.Stopped)
}
