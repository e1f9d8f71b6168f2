package rehearse

import (
	"context"
	"path/filepath"

	"datalock/internal/awsprovider"
	"datalock/internal/mirror"
)

// shareProvider starts the provider that terraform init has installed and
// verified, once for all commands of the rehearsal, and returns a function that
// stops it. If that fails, terraform starts the provider itself.
func (d *deployment) shareProvider(ctx context.Context) (stop func()) {
	stop = func() {}
	if d.command != "terraform" || !d.own {
		return stop
	}
	found, err := filepath.Glob(filepath.Join(d.WorkingDir(), ".terraform", "providers", mirror.Provider(d.command),
		"*", "*", "terraform-provider-aws_*"))
	if err != nil || len(found) != 1 {
		return stop
	}
	declared, err := awsprovider.Types(filepath.Join(d.WorkingDir(), "cdk.tf.json"))
	if err != nil {
		return stop
	}
	provider, err := awsprovider.Start(ctx, found[0], d.env, nil, func(name string) bool { return declared[name] })
	if err != nil {
		return stop
	}
	d.reattach = provider.Reattach
	return provider.Stop
}
