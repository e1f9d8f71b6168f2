package stack

import (
	"fmt"
	"os"

	"datalock/bucket"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth declares one stack for each bucket of the settings, which must be
// valid, and writes them below outdir as stacks/NAME/cdk.tf.json beside a
// manifest.json. context is what cdktf.json's context holds for cdktf itself,
// beside CDKTF_CONTEXT_JSON; it may be nil.
//
// jsii and cdktf speak of faults by panicking; Synth returns them as errors.
// It leaves the jsii runtime running, for the caller to close.
func Synth(s settings.Settings, context map[string]any, outdir string) (err error) {
	if err := policyMistakes(s).Err(); err != nil {
		return err
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("synthesise the stacks into %s: %v", outdir, fault)
		}
	}()
	// cdktf makes the folder, but not those above it.
	if err := os.MkdirAll(outdir, 0o755); err != nil {
		return fmt.Errorf("make the output folder: %w", err)
	}
	config := &cdktf.AppConfig{Outdir: jsii.String(outdir), StackTraces: jsii.Bool(false)}
	if len(context) > 0 {
		config.Context = &context
	}
	app := cdktf.NewApp(config)
	for _, name := range s.Stacks() {
		if err := New(app, s, name); err != nil {
			return fmt.Errorf("stack %s: %w", name, err)
		}
	}
	app.Synth()
	return nil
}

// policyMistakes tells of every policy that is too large, before anything is
// declared or written.
func policyMistakes(s settings.Settings) settings.Mistakes {
	var mistakes settings.Mistakes
	for _, name := range s.Stacks() {
		mistakes = append(mistakes, bucket.PolicyMistakes("buckets."+name, s.BucketOf(name))...)
	}
	return mistakes
}
