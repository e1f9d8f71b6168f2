package changes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/apptest"
	"datalock/internal/s3test"
	"datalock/internal/tftest"
	"datalock/plancheck"
)

func TestMain(m *testing.M) {
	code := m.Run()
	apptest.Cleanup()
	s3test.Cleanup()
	os.Exit(code)
}

// A tree is settings as decoded from JSON.
type tree = map[string]any

// A lab is a project in a folder of its own, and the S3 server that it is
// deployed to.
type lab struct {
	dir    string
	server s3test.Server
	tf     tftest.Terraform
}

func newLab(t *testing.T) lab {
	t.Helper()
	l := lab{t.TempDir(), s3test.Start(t), tftest.Find(t)}
	l.tf.Env = append(l.tf.Env, "AWS_ACCESS_KEY_ID="+l.server.AccessKey, "AWS_SECRET_ACCESS_KEY="+l.server.SecretKey, "NO_COLOR=1")
	return l
}

// settings returns what is deployed first: the stack data with one bucket.
func (l lab) settings() tree {
	return tree{
		"region": l.server.Region, "endpoint": l.server.Endpoint, "tags": tree{"team": "ml"},
		"buckets": tree{"data": tree{"name": "acme-data", "retention": tree{"mode": "COMPLIANCE", "days": 90}}},
	}
}

// synth writes the settings and runs the app in the lab's folder, where the
// state and the stacks of earlier runs are.
func (l lab) synth(t *testing.T, settings tree) {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	apptest.Project(t, l.dir, text)
	cmd := exec.Command(apptest.Build(t))
	cmd.Dir = l.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run the app: %v\n%s", err, out)
	}
}

func (l lab) stack(name string) string { return filepath.Join(l.dir, "cdktf.out", "stacks", name) }

// A plan is what Terraform and the gate say of a change.
type plan struct {
	// refusal is what Terraform printed where it refused.
	refusal string
	// actions are those on each resource, as in "update", by type.
	actions map[string]string
	// stopped are the names of the gate's rules that found something.
	stopped []string
}

// plan plans the stack data as the settings declare it now.
func (l lab) plan(t *testing.T, args ...string) plan {
	t.Helper()
	dir := l.stack("data")
	out, err := l.tf.Try(dir, append([]string{"plan", "-out=plan"}, args...)...)
	if err != nil {
		return plan{refusal: strings.Join(strings.Fields(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(string(out))), " ")}
	}
	text := l.tf.Run(t, dir, "show", "-json", "plan")
	var read struct {
		Changes []struct {
			Type   string
			Change struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	p := plan{actions: map[string]string{}}
	for _, change := range read.Changes {
		if actions := strings.Join(change.Change.Actions, " "); actions != "no-op" {
			p.actions[strings.TrimPrefix(change.Type, "aws_s3_bucket")] = actions
		}
	}
	gate := plancheck.NewGate(plancheck.Rules(), nil, time.Now())
	gate.Judge("plan", bytes.NewReader(text))
	report := gate.Report()
	if !report.Judged() {
		t.Fatalf("the gate could not judge the plan: %+v", report)
	}
	for _, file := range report.Files {
		for _, finding := range file.Findings {
			p.stopped = append(p.stopped, finding.Rule)
		}
	}
	slices.Sort(p.stopped)
	p.stopped = slices.Compact(p.stopped)
	return p
}

func (p plan) String() string {
	if p.refusal != "" {
		return "refused: " + p.refusal
	}
	return fmt.Sprintf("%v, stopped by %v", p.actions, p.stopped)
}
