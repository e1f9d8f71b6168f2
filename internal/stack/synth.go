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
// valid, and writes outdir/manifest.json and outdir/stacks/NAME/cdk.tf.json.
// context is the part of cdktf.json's context that is for cdktf itself; it may
// be nil.
//
// jsii and cdktf panic on errors; Synth returns them. The caller has to close
// the jsii runtime.
func Synth(s settings.Settings, context map[string]any, outdir string) (err error) {
	if err := policyMistakes(s).Err(); err != nil {
		return err
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("synthesise the stacks into %s: %v", outdir, fault)
		}
	}()
	// cdktf creates the folder, but not its parents.
	if err := os.MkdirAll(outdir, 0o755); err != nil {
		return fmt.Errorf("create the output folder: %w", err)
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

// policyMistakes returns a mistake for every policy that is too large, before
// anything is declared or written.
func policyMistakes(s settings.Settings) settings.Mistakes {
	var mistakes settings.Mistakes
	for _, name := range s.Stacks() {
		mistakes = append(mistakes, bucket.PolicyMistakes("buckets."+name, s.BucketOf(name))...)
	}
	return mistakes
}
