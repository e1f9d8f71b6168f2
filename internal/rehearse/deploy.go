package rehearse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/report"
)

// synthesise writes the Terraform JSON that is deployed here, and returns its
// folder.
func (r *rehearsal) synthesise(ctx context.Context, name string, site *site, subject *report.Subject) (string, error) {
	r.Progress.Step("synthesise", "the Terraform JSON")
	declared, err := r.synthesiseDeclared(ctx)
	if err != nil {
		return "", err
	}
	work := filepath.Join(site.dir, "cdktf.out")
	adapted, changes := Declare(r.Settings, name, site.endpoint, site.server == nil, r.Quick)
	if err := r.Synthesiser.Synth(ctx, adapted, work); err != nil {
		return "", err
	}
	if site.server != nil {
		// The environment names the endpoint instead.
		if err := awsprovider.WithoutEndpoints(jsonOf(work, name)); err != nil {
			return "", err
		}
	}
	d := &report.Declared{Settings: r.Text, Changes: changes}
	if d.SHA256, err = fingerprint(jsonOf(declared, name)); err != nil {
		return "", err
	}
	if d.Rehearsed, err = fingerprint(jsonOf(work, name)); err != nil {
		return "", err
	}
	subject.Declared = d
	r.Progress.Done("SHA-256 " + d.SHA256[:16] + "…")
	for _, change := range changes[1:] {
		r.Progress.Note(change)
	}
	return filepath.Dir(jsonOf(work, name)), nil
}

// synthesiseDeclared writes the Terraform JSON of all stacks as declared, once,
// and returns its folder. Nothing deploys it, but the report names its SHA-256:
// it is the file that go run . writes, so a reader can compare the two.
func (r *rehearsal) synthesiseDeclared(ctx context.Context) (string, error) {
	if r.declared == "" {
		// No stack has this name, because no stack's name has a dot.
		folder := filepath.Join(r.folder.path, "declared.out")
		if err := r.Synthesiser.Synth(ctx, r.Settings, folder); err != nil {
			return "", err
		}
		r.declared = folder
	}
	return r.declared, nil
}

// prepare returns a terraform to deploy with, in the stack's folder.
func (r *rehearsal) prepare(dir string, site *site) (*deployment, error) {
	env := environment(os.Environ(), r.folder.temp, site.server)
	if site.caFile != "" {
		env["AWS_CA_BUNDLE"] = site.caFile
	}
	command := strings.TrimSuffix(filepath.Base(r.terraform), ".exe")
	return newDeployment(dir, r.terraform, deployment{
		command: command, work: site.dir, env: env, own: site.server != nil, note: r.Progress.Note,
	})
}

// init installs the provider.
func (r *rehearsal) init(ctx context.Context, tf *deployment) (t *report.Terraform, err error) {
	t = &report.Terraform{Command: tf.command, Changes: []string{}}
	r.Progress.Step("init", t.Command+" init")
	if t.Version, t.Provider, err = tf.init(ctx); err != nil {
		return nil, err
	}
	r.Progress.Done(fmt.Sprintf("%s %s, hashicorp/aws %s", t.Command, t.Version, t.Provider))
	return t, nil
}

// apply creates the stack's resources.
func (r *rehearsal) apply(ctx context.Context, tf *deployment, site *site, t *report.Terraform, subject *report.Subject) (err error) {
	r.Progress.Step("apply", t.Command+" apply")
	if err := tf.adopt(ctx, site, subject.Stack, r.Settings.Buckets[subject.Stack]); err != nil {
		return err
	}
	if t.Resources, subject.Bucket, err = tf.apply(ctx); err != nil {
		return err
	}
	r.Progress.Done(fmt.Sprintf("%d resources made, bucket %s", t.Resources, subject.Bucket))
	return nil
}
