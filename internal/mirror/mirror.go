// Package mirror finds a provider mirror with the AWS provider, for the tool
// and the tests. On machines without access to the registry, Terraform installs
// the provider from it.
//
// A mirror is a folder in one of the layouts of
// https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
package mirror

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Variable is the environment variable for the folder of a mirror. It takes
// precedence over every other place.
const Variable = "DATALOCK_PROVIDER_MIRROR"

// registries has the host of each command's provider registry.
var registries = map[string]string{"terraform": "registry.terraform.io", "tofu": "registry.opentofu.org"}

// Provider returns the folder of the AWS provider inside a mirror, for
// terraform or tofu.
func Provider(command string) string {
	host, ok := registries[command]
	if !ok {
		host = registries["terraform"]
	}
	return filepath.Join(host, "hashicorp", "aws")
}

// Named returns the mirror in [Variable], or "" if that isn't set. The error
// says that the folder isn't a mirror.
func Named(getenv func(string) string, command string) (string, error) {
	dir := getenv(Variable)
	if dir == "" {
		return "", nil
	}
	if Holds(dir, command) {
		// Terraform runs in other folders.
		return filepath.Abs(dir)
	}
	return "", fmt.Errorf("%s is %s, which has no %s; set it to a folder that `terraform providers mirror` created",
		Variable, dir, Provider(command))
}

// Holds reports whether the folder has the AWS provider.
func Holds(dir, command string) bool {
	info, err := os.Stat(filepath.Join(dir, Provider(command)))
	return err == nil && info.IsDir()
}

// Search returns the first mirror on the machine: one of the folders that
// Terraform itself looks in, or one below /opt. It returns "" if there is none.
// https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
func Search(getenv func(string) string, command string) string {
	for _, dir := range places(getenv) {
		if Holds(dir, command) {
			return dir
		}
	}
	return ""
}

// Find returns the mirror in [Variable], or else the first on the machine.
func Find(getenv func(string) string, command string) (string, error) {
	if dir, err := Named(getenv, command); dir != "" || err != nil {
		return dir, err
	}
	return Search(getenv, command), nil
}

// places returns the folders that [Search] looks in, in order.
func places(getenv func(string) string) []string {
	var dirs []string
	add := func(base string, below ...string) {
		if base != "" {
			dirs = append(dirs, filepath.Join(append([]string{base}, below...)...))
		}
	}
	home, _ := os.UserHomeDir()
	add(home, ".terraform.d", "plugins")
	switch runtime.GOOS {
	case "windows":
		add(getenv("APPDATA"), "terraform.d", "plugins")
		add(getenv("APPDATA"), "HashiCorp", "Terraform", "plugins")
	case "darwin":
		add(home, "Library", "Application Support", "io.terraform", "plugins")
		add("/Library/Application Support/io.terraform/plugins")
	default:
		data := getenv("XDG_DATA_HOME")
		if data == "" && home != "" {
			data = filepath.Join(home, ".local", "share")
		}
		add(data, "terraform", "plugins")
		for _, share := range filepath.SplitList(getenv("XDG_DATA_DIRS")) {
			add(share, "terraform", "plugins")
		}
		add("/usr/local/share/terraform/plugins")
		add("/usr/share/terraform/plugins")
	}
	others, _ := filepath.Glob("/opt/*")
	return append(dirs, others...)
}

// Config returns a Terraform CLI configuration that installs providers only
// from the mirror.
func Config(dir string) string {
	return fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(dir))
}
