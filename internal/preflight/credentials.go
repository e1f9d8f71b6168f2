package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/hcl"
	svchost "github.com/hashicorp/terraform-svchost"
	"github.com/hashicorp/terraform-svchost/auth"
)

// tokenVariable is the name of the variable that holds a host's token.
// https://developer.hashicorp.com/terraform/cli/config/config-file#environment-variable-credentials
func tokenVariable(host svchost.Hostname) string {
	return "TF_TOKEN_" + strings.NewReplacer(".", "_", "-", "__").Replace(host.String())
}

// tokenAdvice says where to put a host's token. No shell can export a variable
// with the ':' of a port in its name.
func tokenAdvice(host svchost.Hostname) string {
	if strings.Contains(host.String(), ":") {
		return fmt.Sprintf("put it in Terraform's CLI configuration (~/.terraformrc), because a host with a port has no "+
			"variable that a shell can export: credentials %q { token = \"…\" }", host.ForDisplay())
	}
	return "set " + tokenVariable(host)
}

// token returns the API token for a host, or "". It looks where Terraform does:
// in a variable, a credentials block of the CLI configuration, and a credentials
// helper.
func (e Environment) token(host svchost.Hostname) (string, error) {
	for _, variable := range e.Variables {
		name, value, _ := strings.Cut(variable, "=")
		rest, found := strings.CutPrefix(name, "TF_TOKEN_")
		if !found {
			continue
		}
		rest = strings.NewReplacer("__", "-", "_", ".").Replace(rest)
		if named, err := svchost.ForComparison(svchost.ForDisplay(rest)); err == nil && named == host {
			return value, nil
		}
	}
	config, err := e.cliConfig()
	if err != nil {
		return "", err
	}
	for name, block := range config.Credentials {
		if named, err := svchost.ForComparison(name); err == nil && named == host {
			value, _ := block["token"].(string)
			return value, nil
		}
	}
	return e.helped(config, host)
}

// cliConfig is the part of Terraform's CLI configuration about credentials.
// https://developer.hashicorp.com/terraform/cli/config/config-file
type cliConfig struct {
	Credentials map[string]map[string]any `hcl:"credentials"`
	Helpers     map[string]struct {
		Args []string `hcl:"args"`
	} `hcl:"credentials_helper"`
}

// cliConfig reads the files that Terraform reads: the one in the variable
// TF_CLI_CONFIG_FILE, or the one in the home folder and those in the folder of
// credentials.tfrc.json, which terraform login writes.
func (e Environment) cliConfig() (cliConfig, error) {
	var files []string
	if named := e.variable("TF_CLI_CONFIG_FILE"); named != "" {
		files = []string{named}
	} else {
		files = []string{e.configFile()}
		for _, pattern := range []string{"*.tfrc", "*.tfrc.json"} {
			more, _ := filepath.Glob(filepath.Join(e.configFolder(), pattern))
			files = append(files, more...)
		}
	}
	all := cliConfig{Credentials: map[string]map[string]any{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, fmt.Errorf("read Terraform's CLI configuration: %w", err)
		}
		var one cliConfig
		if err := hcl.Decode(&one, string(text)); err != nil {
			return all, fmt.Errorf("read Terraform's CLI configuration %s: %w", file, err)
		}
		for host, block := range one.Credentials {
			all.Credentials[host] = block
		}
		if len(one.Helpers) > 0 {
			all.Helpers = one.Helpers
		}
	}
	return all, nil
}

// helped asks the credentials helper, a program that Terraform also uses.
// https://developer.hashicorp.com/terraform/internals/credentials-helpers
func (e Environment) helped(config cliConfig, host svchost.Hostname) (string, error) {
	for name, helper := range config.Helpers {
		program := "terraform-credentials-" + name
		for _, folder := range []string{"plugins", filepath.Join("plugins", runtime.GOOS+"_"+runtime.GOARCH)} {
			path := filepath.Join(e.configFolder(), folder, program)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			credentials, err := auth.HelperProgramCredentialsSource(path, helper.Args...).ForHost(host)
			if err != nil {
				return "", fmt.Errorf("ask the credentials helper %s: %w", program, err)
			}
			if credentials != nil {
				return credentials.Token(), nil
			}
		}
	}
	return "", nil
}

// variable returns a variable's last value, which is the one that a process
// sees.
func (e Environment) variable(name string) string {
	value, _ := e.lookup(name)
	return value
}

func (e Environment) lookup(name string) (value string, found bool) {
	for _, variable := range e.Variables {
		if rest, ok := strings.CutPrefix(variable, name+"="); ok {
			value, found = rest, true
		}
	}
	return value, found
}

func (e Environment) configFile() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(e.variable("APPDATA"), "terraform.rc")
	}
	return filepath.Join(e.Home, ".terraformrc")
}

func (e Environment) configFolder() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(e.variable("APPDATA"), "terraform.d")
	}
	return filepath.Join(e.Home, ".terraform.d")
}
