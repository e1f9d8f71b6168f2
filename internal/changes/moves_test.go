package changes_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stackRenamed gives the stack another name. Its state has another name then,
// so that Terraform would make all anew; with the state renamed too, nothing
// changes, because no name of a resource has the stack's in it.
func stackRenamed(t *testing.T, l lab) {
	settings := l.settings()
	buckets := settings["buckets"].(tree)
	buckets["renamed"] = buckets["data"]
	delete(buckets, "data")
	l.synth(t, settings)
	dir := l.stack("renamed")
	l.tf.Run(t, dir, "init")
	out := l.tf.Run(t, dir, "plan")
	if !strings.Contains(string(out), "8 to add, 0 to change, 0 to destroy") {
		t.Errorf("a renamed stack isn't planned as a new one:\n%s", out)
	}
	out, err := l.tf.Try(dir, "apply", "-auto-approve", "-target=aws_s3_bucket.bucket")
	if err == nil || !strings.Contains(string(out), "BucketAlready") {
		t.Errorf("S3 doesn't refuse the bucket's name a second time: %v\n%s", err, out)
	}
	if err := os.Rename(filepath.Join(l.dir, "terraform.data.tfstate"), filepath.Join(l.dir, "terraform.renamed.tfstate")); err != nil {
		t.Fatal(err)
	}
	l.tf.Run(t, dir, "plan", "-detailed-exitcode")
	if err := os.Rename(filepath.Join(l.dir, "terraform.renamed.tfstate"), filepath.Join(l.dir, "terraform.data.tfstate")); err != nil {
		t.Fatal(err)
	}
}

// bucketRemoved takes the bucket out of the settings: its stack is no longer
// written, and nothing is destroyed.
func bucketRemoved(t *testing.T, l lab) {
	settings := l.settings()
	settings["buckets"] = tree{"another": tree{}}
	l.synth(t, settings)
	if _, err := os.Stat(filepath.Join(l.stack("data"), "cdk.tf.json")); err == nil {
		t.Error("the stack of a bucket that was removed is still there")
	}
	if _, err := os.Stat(filepath.Join(l.dir, "terraform.data.tfstate")); err != nil {
		t.Errorf("its state is gone: %v", err)
	}
}

// backendChanged keeps the state elsewhere: Terraform refuses to go on until
// it is told to take the state along, and then nothing changes.
func backendChanged(t *testing.T, l lab) {
	l.synth(t, l.settings())
	dir := l.stack("data")
	l.tf.Run(t, dir, "init")
	l.tf.Run(t, dir, "plan", "-detailed-exitcode")
	settings := l.settings()
	settings["backend"] = tree{"local": tree{"path": "../../../states/{stack}.tfstate"}}
	l.synth(t, settings)
	if p := l.plan(t); !strings.Contains(p.refusal, "Backend initialization required") {
		t.Errorf("with another backend the plan is %v", p)
	}
	l.tf.Run(t, dir, "init", "-migrate-state", "-force-copy")
	l.tf.Run(t, dir, "plan", "-detailed-exitcode")
	l.synth(t, l.settings())
	l.tf.Run(t, dir, "init", "-migrate-state", "-force-copy")
}
