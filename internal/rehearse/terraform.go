package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"datalock/internal/cleanup"
	"datalock/internal/mirror"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// A deployment is a stack's folder with the terraform that runs in it.
type deployment struct {
	*tfexec.Terraform
	// command is terraform or tofu, work the folder for its files, endpoint the
	// S3 server.
	command, work, endpoint string
	env                     map[string]string
	// mirrored says that the user set a provider mirror.
	mirrored bool
	// own says that the S3 server is the rehearsal's own.
	own bool
	// reattach says how to reach the provider that the rehearsal started; nil
	// if terraform starts it.
	reattach tfexec.ReattachInfo
	note     func(string)
}

// giveUpAfter is how long terraform may take to stop after an interrupt. The
// state that it would write is removed with the rehearsal, or recovered by
// adopt.
const giveUpAfter = 3 * time.Second

func newDeployment(dir, terraform string, d deployment) (*deployment, error) {
	tf, err := tfexec.NewTerraform(dir, terraform)
	if err != nil {
		return nil, fmt.Errorf("run terraform in %s: %w", dir, err)
	}
	tf.SetStdout(io.Discard)
	tf.SetStderr(io.Discard)
	d.Terraform = tf
	if said := dropMissingConfig(d.env); said != "" {
		d.note(said)
	}
	if err := errors.Join(tf.SetEnv(d.env), tf.SetWaitDelay(giveUpAfter)); err != nil {
		return nil, fmt.Errorf("run terraform in %s: %w", dir, err)
	}
	return &d, d.chooseProvider()
}

// init installs the provider and returns the versions of terraform and the
// provider.
func (d *deployment) init(ctx context.Context) (terraform, provider string, err error) {
	if err := d.install(ctx); err != nil {
		return "", "", d.failed(ctx, "terraform init", err)
	}
	version, providers, err := d.Version(ctx, true)
	if err != nil {
		return "", "", d.failed(ctx, "terraform version", err)
	}
	for name, v := range providers {
		if strings.HasSuffix(name, "hashicorp/aws") {
			provider = v.String()
		}
	}
	return version.String(), provider, nil
}

// apply creates the missing resources and returns how many, and the bucket's name.
func (d *deployment) apply(ctx context.Context) (made changeCounts, bucket string, err error) {
	var messages strings.Builder
	if err := d.ApplyJSON(ctx, &messages, tfexec.Reattach(d.reattach)); err != nil {
		err = lacking(messages.String(), d.endpoint, said(messages.String(), err))
		return made, "", d.failed(ctx, "terraform apply", err)
	}
	for _, m := range parse(messages.String()) {
		if m.Type == "change_summary" && m.Changes.Operation == "apply" {
			made = m.Changes.changeCounts
		}
		if m.Type == "outputs" {
			bucket = m.Outputs["bucket_name"].Value
		}
	}
	if bucket == "" {
		return made, "", errors.New("terraform apply: the stack has no output bucket_name")
	}
	return made, bucket, nil
}

// planAgain returns the changes in a second plan, which should be none.
func (d *deployment) planAgain(ctx context.Context) ([]string, error) {
	var messages strings.Builder
	changes, err := d.PlanJSON(ctx, &messages, tfexec.Reattach(d.reattach))
	if err != nil {
		return nil, d.failed(ctx, "the second terraform plan", said(messages.String(), err))
	}
	if !changes {
		return nil, nil
	}
	var found []string
	for _, m := range parse(messages.String()) {
		if m.Type == "planned_change" {
			found = append(found, m.Change.Action+" "+m.Change.Resource.Addr)
		}
	}
	if len(found) == 0 {
		found = []string{"outputs only"}
	}
	return found, nil
}

// failed wraps terraform's error, with a hint if there is one. A killed
// terraform leaves its provider behind, which is killed here.
func (d *deployment) failed(ctx context.Context, what string, err error) error {
	_, _ = cleanup.Kill(d.env[cleanup.Variable], 0, endWithin)
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s: %w", what, cause)
	}
	text := strings.TrimSpace(err.Error())
	if lacksProvider(err) {
		return fmt.Errorf("%s: can't get the AWS provider\n%s\n"+
			"hint: create a mirror with `terraform providers mirror FOLDER` and set %s to it",
			what, text, mirror.Variable)
	}
	return fmt.Errorf("%s: %s", what, text)
}
