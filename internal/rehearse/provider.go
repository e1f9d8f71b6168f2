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
// set no mirror, it tries the first mirror on the machine.
func (d *deployment) install(ctx context.Context) error {
	err := d.Init(ctx, tfexec.Upgrade(false))
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
	return d.Init(ctx, tfexec.Upgrade(false))
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
