package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth declares one stack for each bucket of the settings, which must be
// valid, and writes outdir/manifest.json and outdir/stacks/NAME/cdk.tf.json.
// context is the part of cdktf.json's context that is for cdktf itself; it may
// be nil. If the policies of buckets are too large for AWS, Synth returns
// [settings.Mistakes] and writes nothing.
//
// jsii and cdktf panic on errors; Synth returns them. The caller has to close
// the jsii runtime.
func Synth(s settings.Settings, context map[string]any, outdir string) (err error) {
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
	if err := declare(app, s); err != nil {
		removeEmpty(filepath.Join(outdir, "stacks"), outdir)
		return err
	}
	app.Synth()
	return nil
}

// declare declares the stacks. It returns the mistakes of all of them at once.
func declare(app cdktf.App, s settings.Settings) error {
	var mistakes settings.Mistakes
	for _, name := range s.Stacks() {
		err := New(app, s, name)
		if of := (settings.Mistakes)(nil); errors.As(err, &of) {
			mistakes = append(mistakes, of...)
		} else if err != nil {
			return fmt.Errorf("stack %s: %w", name, err)
		}
	}
	return mistakes.Err()
}

// removeEmpty removes folders that cdktf created, unless they have contents.
func removeEmpty(folders ...string) {
	for _, folder := range folders {
		_ = os.Remove(folder)
	}
}
