// Package moves_test tests the parts of docs/changes.md that change a deployed
// bucket: applied changes, moves, and destroying it.
package moves_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/testproject"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// TestMoves takes one deployed bucket through all of them, in this order.
func TestMoves(t *testing.T) {
	l := testproject.New(t)
	for _, move := range []struct {
		name string
		make func(*testing.T, testproject.Project)
	}{
		{"changes made", changesMade}, {"stack renamed", stackRenamed}, {"bucket removed", bucketRemoved},
		{"backend", backendChanged}, {"destroy", destroys},
	} {
		t.Run(move.name, func(t *testing.T) { move.make(t, l) })
	}
}

// changesMade makes the changes of the lock, the key and the tags, one after
// the other; a second plan is empty each time.
func changesMade(t *testing.T, l testproject.Project) {
	const keyARN = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
	for _, retention := range []testproject.Tree{{"days": 180}, {"days": 30}, {"mode": "GOVERNANCE", "days": 90}} {
		settings := l.Settings()
		bucket := settings["buckets"].(testproject.Tree)["data"].(testproject.Tree)
		bucket["retention"] = retention
		bucket["tags"] = testproject.Tree{"x": "y"}
		bucket["encryption"] = testproject.Tree{"algorithm": "aws:kms", "keyArn": keyARN}
		makeChange(t, l, settings)
	}
	makeChange(t, l, l.Settings())
}

func makeChange(t *testing.T, l testproject.Project, settings testproject.Tree) {
	t.Helper()
	l.Synth(t, settings)
	l.Terraform.Run(t, l.Stack("data"), "apply", "-auto-approve")
	l.Terraform.Run(t, l.Stack("data"), "plan", "-detailed-exitcode")
}

// stackRenamed gives the stack another name. Its state has another name then,
// so that Terraform would make all anew; with the state renamed too, nothing
// changes, because no name of a resource has the stack's in it.
func stackRenamed(t *testing.T, l testproject.Project) {
	settings := l.Settings()
	buckets := settings["buckets"].(testproject.Tree)
	buckets["renamed"] = buckets["data"]
	delete(buckets, "data")
	l.Synth(t, settings)
	dir := l.Stack("renamed")
	l.Terraform.Run(t, dir, "init")
	out := l.Terraform.Run(t, dir, "plan")
	if !strings.Contains(string(out), "7 to add, 0 to change, 0 to destroy") {
		t.Errorf("a renamed stack isn't planned as a new one:\n%s", out)
	}
	out, err := l.Terraform.Try(dir, "apply", "-auto-approve", "-target=aws_s3_bucket.bucket")
	if err == nil || !strings.Contains(string(out), "BucketAlready") {
		t.Errorf("S3 doesn't refuse the bucket's name a second time: %v\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(l.Dir, "terraform.data.tfstate"),
		filepath.Join(l.Dir, "terraform.renamed.tfstate")); err != nil {
		t.Fatal(err)
	}
	l.Terraform.Run(t, dir, "plan", "-detailed-exitcode")
	if err := os.Rename(filepath.Join(l.Dir, "terraform.renamed.tfstate"),
		filepath.Join(l.Dir, "terraform.data.tfstate")); err != nil {
		t.Fatal(err)
	}
}

// bucketRemoved takes the bucket out of the settings: its stack is no longer
// one of the app's, and nothing is destroyed.
func bucketRemoved(t *testing.T, l testproject.Project) {
	settings := l.Settings()
	settings["buckets"] = testproject.Tree{"another": testproject.Tree{}}
	l.Synth(t, settings)
	manifest, err := os.ReadFile(filepath.Join(l.Dir, "cdktf.out", "manifest.json"))
	if err != nil || strings.Contains(string(manifest), `"data"`) || !strings.Contains(string(manifest), `"another"`) {
		t.Errorf("the manifest still has the stack of the bucket: %v\n%s", err, manifest)
	}
	if _, err := os.Stat(filepath.Join(l.Dir, "terraform.data.tfstate")); err != nil {
		t.Errorf("its state is gone: %v", err)
	}
}

// backendChanged keeps the state elsewhere: Terraform refuses to go on until
// it is told to take the state along, and then nothing changes.
func backendChanged(t *testing.T, l testproject.Project) {
	l.Synth(t, l.Settings())
	dir := l.Stack("data")
	l.Terraform.Run(t, dir, "init")
	l.Terraform.Run(t, dir, "plan", "-detailed-exitcode")
	settings := l.Settings()
	settings["backend"] = testproject.Tree{"local": testproject.Tree{"path": "../../../states/{stack}.tfstate"}}
	l.Synth(t, settings)
	if p := l.Plan(t); !strings.Contains(p.Refusal, "Backend initialization required") {
		t.Errorf("with another backend the plan is %v", p)
	}
	l.Terraform.Run(t, dir, "init", "-migrate-state", "-force-copy")
	l.Terraform.Run(t, dir, "plan", "-detailed-exitcode")
	l.Synth(t, l.Settings())
	l.Terraform.Run(t, dir, "init", "-migrate-state", "-force-copy")
}

// destroys tries to destroy the bucket: with preventDestroy Terraform refuses,
// without it S3 does, as long as there is an object version.
func destroys(t *testing.T, l testproject.Project) {
	testbucket.Upload(t, l.Server, "acme-data")
	if p := l.Plan(t, "-destroy"); !strings.Contains(p.Refusal, "Instance cannot be destroyed") {
		t.Errorf("with preventDestroy the plan is %v", p)
	}
	settings := l.Settings()
	settings["buckets"].(testproject.Tree)["data"].(testproject.Tree)["preventDestroy"] = false
	l.Synth(t, settings)
	if p := l.Plan(t, "-destroy"); p.Refusal != "" || len(p.Stopped) == 0 {
		t.Errorf("without preventDestroy the gate lets pass %v", p)
	}
	out, err := l.Terraform.Try(l.Stack("data"), "destroy", "-auto-approve", "-target=aws_s3_bucket.bucket")
	if err == nil || !strings.Contains(string(out), "BucketNotEmpty") {
		t.Errorf("S3 doesn't refuse to delete a bucket with a version: %v\n%s", err, out)
	}
}
