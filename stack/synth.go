package stack

import (
	"fmt"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth declares one stack for each bucket of the settings, which must be
// valid, and writes them below outdir as stacks/NAME/cdk.tf.json beside a
// manifest.json. An empty outdir stands for CDKTF_OUTDIR, or cdktf.out.
//
// jsii and cdktf speak of faults by panicking; Synth returns them as errors.
// It leaves the jsii runtime running, for the caller to close.
func Synth(s settings.Settings, outdir string) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("synthesise the stacks: %v", fault)
		}
	}()
	config := &cdktf.AppConfig{StackTraces: jsii.Bool(false)}
	if outdir != "" {
		config.Outdir = jsii.String(outdir)
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
