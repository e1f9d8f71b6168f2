package rehearse

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/awsprovider"
	"datalock/internal/prove"
	"datalock/internal/rehearse/local"
	"datalock/internal/report"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ErrOneStack is returned if more than one stack is declared where only one can
// be deployed.
var ErrOneStack = errors.New("more than one stack is declared")

// A Deployed is a stack on the local server, for uses other than trials.
type Deployed struct {
	Stack, Bucket, Region string
	// Declared is the bucket as declared in the settings, Changes describe what
	// had to be changed for the server.
	Declared settings.Bucket
	Changes  []string
	// Folder is the stack's folder, which is removed with the rehearsal unless
	// it is kept.
	Folder string
	Server *local.Server
	// Roots holds the server's certificate.
	Roots *x509.CertPool
}

// Owner returns a client with the permissions of the account root, which owns
// the bucket.
func (d Deployed) Owner() *s3.Client {
	return d.site().ownerClient()
}

// Statements reads the bucket's policy and returns its statements, each with
// its guards.
func (d Deployed) Statements(ctx context.Context) ([]prove.Statement, error) {
	return prove.ReadStatements(ctx, d.site().trialEndpoint(d.Region), d.Bucket)
}

func (d Deployed) site() *site {
	return &site{server: d.Server, roots: d.Roots, endpoint: d.Server.Endpoint}
}

// Deploy deploys one stack, the only one in o.Stacks, to the local server, as a
// rehearsal does, and calls use with it. The context for use ends when the
// server does. Afterwards everything that was started is stopped, and the
// folder is removed unless it is kept.
func Deploy(ctx context.Context, o Options, use func(context.Context, Deployed) error) (err error) {
	if len(o.Stacks) != 1 {
		return fmt.Errorf("%w: pass one of %s", ErrOneStack, strings.Join(o.Stacks, ", "))
	}
	r, err := begin(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	r.dataOnly = true
	name := o.Stacks[0]
	b := o.Settings.Buckets[name]
	r.Progress.Stack(name, fmt.Sprintf("%s, %s, %s", o.Settings.RegionOf(name), b.Retention.Mode, b.Retention))
	site, err := r.open(ctx, name)
	if err != nil {
		return err
	}
	defer site.close()
	ctx, stop := site.watch(ctx)
	defer stop()
	subject := report.Subject{Stack: name}
	_, _, done, err := r.deploy(ctx, site, &subject)
	if err != nil {
		return fmt.Errorf("deploy stack %s: %w", name, err)
	}
	// The provider is no longer needed, and uses half a gigabyte.
	done()
	return use(ctx, Deployed{
		Stack: name, Bucket: subject.Bucket, Region: o.Settings.RegionOf(name), Declared: b,
		Changes: subject.Declared.Changes, Folder: site.dir, Server: site.server, Roots: site.roots,
	})
}

// deploy synthesizes the stack and applies it. The caller must call done, which
// stops the provider.
func (r *rehearsal) deploy(ctx context.Context, site *site, subject *report.Subject) (
	tf *deployment, t *report.Terraform, done func(), err error,
) {
	dir, err := r.synthesise(ctx, subject.Stack, site, subject)
	if err != nil {
		return nil, nil, nil, err
	}
	adapted, _ := r.adapted(subject.Stack, site)
	if tf, err = r.prepare(dir, site, asGuardian(adapted.Buckets[subject.Stack])); err != nil {
		return nil, nil, nil, err
	}
	if t, err = r.init(ctx, tf); err != nil {
		return nil, nil, nil, err
	}
	done = tf.shareProvider(ctx)
	if err := r.apply(ctx, tf, site, t, subject); err != nil {
		done()
		if site.server == nil {
			err = fmt.Errorf("%w; what terraform created until then stays on %s", err, site.endpoint)
		}
		return nil, nil, nil, err
	}
	return tf, t, done, nil
}

// synthesise writes the Terraform JSON to deploy here, and returns its folder.
func (r *rehearsal) synthesise(ctx context.Context, name string, site *site, subject *report.Subject) (string, error) {
	r.Progress.Step("synthesise", "the Terraform JSON")
	declared, err := r.synthesiseDeclared(ctx)
	if err != nil {
		return "", err
	}
	work := filepath.Join(site.dir, "cdktf.out")
	adapted, changes := r.adapted(name, site)
	if err := r.Synthesiser.Synth(ctx, adapted, work); err != nil {
		return "", err
	}
	if site.server != nil {
		// The environment has the endpoint instead.
		if err := awsprovider.WithoutEndpoints(jsonOf(work, name)); err != nil {
			return "", err
		}
	}
	if hasParts(adapted.Buckets[name]) {
		var quick []string
		if r.Quick {
			quick = []string{lifecycleType}
		}
		if err := awsprovider.OnOneServer(jsonOf(work, name), quick...); err != nil {
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

// adapted returns the settings as they are rehearsed at a site.
func (r *rehearsal) adapted(name string, at *site) (settings.Settings, []string) {
	return Declare(r.Settings, name, at.endpoint, Situation{
		Shared: at.server == nil, Quick: r.Quick, Existing: r.Adoption != nil, DataOnly: r.dataOnly,
	})
}

// synthesiseDeclared writes the Terraform JSON of all stacks as declared, once,
// and returns its folder. It isn't deployed, but the report has its SHA-256: it
// is the file that go run . writes, so a reader can compare the two.
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
func (r *rehearsal) prepare(dir string, site *site, guardian bool) (*deployment, error) {
	env := environment(os.Environ(), r.folder.temp, site.server)
	if guardian && site.server != nil {
		user := site.server.Users[accounts[prove.Owner]]
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = user.AccessKey, user.SecretKey
	}
	if site.caFile != "" {
		env["AWS_CA_BUNDLE"] = site.caFile
	}
	command := strings.TrimSuffix(filepath.Base(r.terraform), ".exe")
	return newDeployment(dir, r.terraform, deployment{
		command: command, work: site.dir, endpoint: site.endpoint, env: env, own: site.server != nil,
		note: r.Progress.Note,
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
func (r *rehearsal) apply(
	ctx context.Context, tf *deployment, site *site, t *report.Terraform, subject *report.Subject,
) (err error) {
	if r.Adoption != nil {
		return r.applyAdoption(ctx, tf, site, t, subject)
	}
	r.Progress.Step("apply", t.Command+" apply")
	adapted, _ := r.adapted(subject.Stack, site)
	if err := tf.adopt(ctx, site, subject.Stack, adapted.BucketOf(subject.Stack)); err != nil {
		return err
	}
	made, bucket, err := tf.apply(ctx)
	if err != nil {
		return err
	}
	t.Resources, subject.Bucket = made.Add, bucket
	r.Progress.Done(fmt.Sprintf("%d resources created, bucket %s", t.Resources, subject.Bucket))
	return nil
}
