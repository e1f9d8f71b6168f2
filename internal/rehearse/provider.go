package rehearse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/mirror"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// configVariable names Terraform's CLI configuration file.
// https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_cli_config_file
const configVariable = "TF_CLI_CONFIG_FILE"

// noProvider are the beginnings of terraform's errors if it can't get a provider.
var noProvider = []string{
	"Failed to query available provider packages", "Failed to install provider",
	"Could not retrieve the list of available versions",
}

// otherVersion is in the error if a kept rehearsal locks a version of the provider
// that its settings no longer allow. Terraform breaks the line anywhere in it.
const otherVersion = "does not match configured version constraint"

// dropMissingConfig removes a CLI configuration file that doesn't exist from the
// environment, and returns a note. Terraform would only warn.
func dropMissingConfig(env map[string]string) string {
	path := env[configVariable]
	if path == "" {
		return ""
	}
	if _, err := os.Stat(path); err == nil {
		return ""
	}
	delete(env, configVariable)
	return fmt.Sprintf("%s is ignored, because there is no file %s", configVariable, path)
}

// chooseProvider decides before the first init where the AWS provider comes
// from: the mirror in the environment, or what terraform is configured to use.
func (d *deployment) chooseProvider() error {
	dir, err := mirror.Named(d.getenv, d.command)
	if err != nil {
		return err
	}
	if dir == "" {
		return nil
	}
	d.mirrored = true
	return d.takeFrom(dir)
}

// takeFrom makes terraform use only a mirror.
func (d *deployment) takeFrom(dir string) error {
	path := filepath.Join(d.work, "terraform.rc")
	if err := os.WriteFile(path, []byte(mirror.Config(dir)), 0o600); err != nil {
		return fmt.Errorf("write terraform's CLI configuration: %w", err)
	}
	d.env[configVariable] = path
	return d.SetEnv(d.env)
}

// install runs terraform init. If terraform can't get the provider and the user
// set no mirror, it tries the first mirror on the machine. A kept rehearsal gets
// another version of the provider if its settings ask for one.
func (d *deployment) install(ctx context.Context) error {
	err := d.get(ctx)
	if err == nil || d.mirrored || ctx.Err() != nil || !lacksProvider(err) {
		return err
	}
	dir := mirror.Search(d.getenv, d.command)
	if dir == "" {
		return err
	}
	if err := d.takeFrom(dir); err != nil {
		return err
	}
	d.note(d.command + " can't get the AWS provider; using the mirror " + dir)
	return d.get(ctx)
}

// get runs terraform init, with -upgrade where the locked provider no longer fits.
func (d *deployment) get(ctx context.Context) error {
	err := d.Init(ctx, tfexec.Upgrade(false))
	if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), otherVersion) {
		return err
	}
	d.note("the version of the AWS provider changes: " + d.command + " init -upgrade")
	return d.Init(ctx, tfexec.Upgrade(true))
}

func (d *deployment) getenv(name string) string { return d.env[name] }

func lacksProvider(err error) bool {
	for _, problem := range noProvider {
		if strings.Contains(err.Error(), problem) {
			return true
		}
	}
	return false
}
