package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/internal/adopt"
	"datalock/internal/prove"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Options say what to rehearse and where.
type Options struct {
	// Settings are the project's settings, Text the JSON they were read from.
	Settings settings.Settings
	Text     json.RawMessage
	// Stacks are the stacks to rehearse.
	Stacks []string
	// Project is the project's folder, Cache the user's folder for things that
	// are built only once.
	Project, Cache string
	// Quick leaves out what makes the AWS provider wait for a minute.
	Quick bool
	// Keep is a folder to work in and to keep, or empty.
	Keep string
	// Adoption, if not nil, describes the bucket of the only stack, which is made
	// first, so that Terraform imports it. It requires the local server.
	Adoption *adopt.Report
	// Remote is another S3 endpoint to rehearse on, or nil for the local
	// server.
	Remote *Remote
	// Synthesiser writes the Terraform JSON.
	Synthesiser Synthesiser
	Progress    Progress
	// Folder, if not nil, receives the results as they arrive.
	Folder *report.Folder
	// Watch is the minimum time after its attack at which each version is read again.
	Watch time.Duration
}

// Remote is an S3 endpoint that isn't the rehearsal's own.
type Remote struct {
	URL         string
	Credentials aws.CredentialsProvider
	// CAFile names a file with certificate authorities to trust, or is empty.
	CAFile string
}

// A rehearsal is a run.
type rehearsal struct {
	Options
	folder    *folder
	terraform string
	binary    string
	run       string
	// declared is the folder with the declared Terraform JSON, once it exists.
	declared string
	// dataOnly says that the other buckets of the topology aren't needed.
	dataOnly bool
}

// Run rehearses the stacks one after the other. If it can't continue, it
// returns an error, and the report covers what was done until then. It leaves
// no process running.
func Run(ctx context.Context, o Options) (rehearsed *report.Report, err error) {
	rehearsed = report.New(report.Rehearsal, time.Now())
	defer func() { rehearsed.End(time.Now(), err) }()
	r, err := begin(ctx, o)
	if err != nil {
		return rehearsed, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	for _, stack := range o.Stacks {
		subjects, err := r.stack(ctx, stack)
		for _, s := range subjects {
			if err == nil || len(s.Trials) > 0 || s.Left.Any() {
				rehearsed.Add(*s)
			}
		}
		if err != nil {
			return rehearsed, fmt.Errorf("rehearse stack %s: %w", stack, err)
		}
	}
	return rehearsed, nil
}

// begin creates the folder and finds the tools. The caller must call end.
func begin(ctx context.Context, o Options) (r *rehearsal, err error) {
	r = &rehearsal{Options: o, run: prove.NewRun(time.Now())}
	if r.folder, err = openFolder(o.Keep); err != nil {
		return nil, err
	}
	if err := r.findTools(ctx); err != nil {
		return nil, errors.Join(err, r.end())
	}
	return r, nil
}

// end stops what was started, and removes the folder unless it is kept.
func (r *rehearsal) end() error {
	r.Synthesiser.Close()
	return r.folder.close()
}

// stack rehearses one stack, and returns what is reported of its buckets: first of
// that with the data.
func (r *rehearsal) stack(ctx context.Context, name string) ([]*report.Subject, error) {
	b := r.Settings.Buckets[name]
	r.Progress.Stack(name, fmt.Sprintf("%s, %s, %s", r.Settings.RegionOf(name), b.Retention.Mode, b.Retention))
	site, err := r.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer site.close()
	ctx, stop := site.watch(ctx)
	defer stop()

	adapted, _ := r.adapted(name, site)
	deployed := adapted.BucketOf(name)
	c := prove.Config{
		Endpoint: site.trialEndpoint(r.Settings.RegionOf(name)), Expected: b.Retention, Guards: GuardsOf(deployed),
		Scratch: true, Controls: true, Run: r.run, Watch: r.Watch,
		Keep: site.server == nil || r.folder.kept,
	}
	subject := report.NewSubject(c, site.describe())
	subject.Stack = name
	tf, t, done, err := r.deploy(ctx, site, &subject)
	if err != nil {
		return nil, err
	}
	defer done()
	c.Bucket = subject.Bucket
	subjects, err := r.judge(ctx, tf, t, r.partsOf(c, deployed, &subject))
	if err != nil && site.server == nil {
		err = fmt.Errorf("%w; the stack with the bucket %s stays on %s", err, c.Bucket, site.endpoint)
	}
	return subjects, err
}

// planAgain creates the second plan, which must be empty.
func (r *rehearsal) planAgain(ctx context.Context, tf *deployment, t *report.Terraform) error {
	began := time.Now()
	changes, err := tf.planAgain(ctx)
	if err != nil {
		return err
	}
	found := "no changes"
	if t.Changes = append(t.Changes, changes...); len(changes) > 0 {
		found = "NOT EMPTY: " + strings.Join(changes, ", ")
	}
	r.Progress.Beside("plan", found, time.Since(began))
	return nil
}
