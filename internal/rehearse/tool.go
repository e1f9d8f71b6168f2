package rehearse

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"datalock/internal/rehearse/local"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// terraformVersion is the version to install if there is none. The stacks work
// with 1.5.0 or later.
const terraformVersion = "1.11.4"

// FindTerraform returns the path of terraform or tofu on PATH, or of a
// terraform that was installed in cache earlier. Otherwise it calls installing
// and installs one in cache, unless cache is empty.
func FindTerraform(ctx context.Context, cache string, installing func()) (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if cache == "" {
		return "", fmt.Errorf("find terraform: there is no terraform or tofu on PATH, and no cache folder to install "+
			"one in; install it from https://developer.hashicorp.com/terraform/install, or %s", local.CacheFix)
	}
	dir := filepath.Join(cache, "terraform-"+terraformVersion)
	path := filepath.Join(dir, "terraform")
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return path, nil
	}
	installing()
	path, err := install(ctx, cache, dir)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("find terraform: there is no terraform or tofu on PATH, and installing Terraform %s "+
			"failed: %w; install it from https://developer.hashicorp.com/terraform/install", terraformVersion, err)
	}
	return path, nil
}

// install downloads to a temporary name and renames the result, so an
// interrupted download is never used.
func install(ctx context.Context, cache, dir string) (string, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("make the cache folder: %w; %s", err, local.CacheFix)
	}
	work, err := os.MkdirTemp(cache, "install-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	release := &releases.ExactVersion{
		Product: product.Terraform, Version: version.Must(version.NewVersion(terraformVersion)), InstallDir: work,
	}
	path, err := release.Install(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	final := filepath.Join(dir, filepath.Base(path))
	return final, os.Rename(path, final)
}
