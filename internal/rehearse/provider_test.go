package rehearse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/mirror"
)

// registryless is a terraform whose init gets the provider only from a mirror,
// as on a machine without access to the registry.
const registryless = `#!/bin/sh
case "$1" in
version) echo '{"terraform_version":"1.11.4"}' ;;
init)
	if grep -q filesystem_mirror "$TF_CLI_CONFIG_FILE" 2>/dev/null; then cat "$TF_CLI_CONFIG_FILE" > taken; exit 0; fi
	echo 'Error: Failed to query available provider packages' >&2; exit 1 ;;
esac
`

// provide prepares a deployment with a terraform and an environment, and
// returns it with its notes.
func provide(t *testing.T, script string, env map[string]string) (*deployment, *[]string, error) {
	t.Helper()
	dir, notes := t.TempDir(), &[]string{}
	path := filepath.Join(dir, "terraform")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	env["PATH"] = os.Getenv("PATH")
	note := func(text string) { *notes = append(*notes, text) }
	d, err := newDeployment(dir, path, deployment{command: "terraform", work: dir, env: env, note: note})
	return d, notes, err
}

func aMirror(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, mirror.Provider("terraform")), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProviderComesFromAMirrorOfTheMachine(t *testing.T) {
	data := t.TempDir()
	t.Setenv("HOME", t.TempDir())
	there := aMirror(t, filepath.Join(data, "terraform", "plugins"))
	d, notes, err := provide(t, registryless, map[string]string{"XDG_DATA_HOME": data, configVariable: "/none"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.install(t.Context()); err != nil {
		t.Fatal(err)
	}
	taken, err := os.ReadFile(filepath.Join(d.work, "taken"))
	if err != nil || string(taken) != mirror.Config(there) {
		t.Errorf("terraform was set to %q, %v; want the mirror %s", taken, err, there)
	}
	said := strings.Join(*notes, "\n")
	if len(*notes) != 2 || !strings.Contains(said, configVariable+" is ignored, because there is no file /none") ||
		!strings.Contains(said, "using the mirror "+there) {
		t.Errorf("it notes %q", said)
	}
}

func TestNamedMirrorIsTheOnlyOne(t *testing.T) {
	named := aMirror(t, t.TempDir())
	d, notes, err := provide(t, registryless, map[string]string{mirror.Variable: named})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.install(t.Context()); err != nil || len(*notes) > 0 {
		t.Errorf("with a mirror that is named: %v, it notes %q", err, *notes)
	}
	if _, _, err := provide(t, registryless, map[string]string{mirror.Variable: "/none"}); err == nil ||
		!strings.Contains(err.Error(), " is /none, which has no") {
		t.Errorf("with a folder that isn't a mirror: %v", err)
	}
	// A mirror without the version is not replaced with another.
	const always = "#!/bin/sh\n[ \"$1\" = version ] && echo '{\"terraform_version\":\"1.11.4\"}' || { echo 'Failed to " +
		"query available provider packages' >&2; exit 1; }\n"
	d, notes, err = provide(t, always, map[string]string{mirror.Variable: named})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.install(t.Context()); err == nil || len(*notes) > 0 {
		t.Errorf("with a mirror that lacks the version: %v, it notes %q", err, *notes)
	}
}

// locked is a terraform whose folder locks a version of the provider that the
// configuration no longer allows. Its message is that of Terraform 1.11.4.
const locked = `#!/bin/sh
case "$*" in
version*) echo '{"terraform_version":"1.11.4"}' ;;
*-upgrade=true*) echo "$*" > upgraded ;;
*) echo 'Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider hashicorp/aws:
locked provider registry.terraform.io/hashicorp/aws 5.100.0 does not match
configured version constraint ~> 6.0; must use terraform init -upgrade to
allow selection of new versions' >&2; exit 1 ;;
esac
`

// A rehearsal that is kept goes on with another version of the provider, with a
// mirror of the user's or without.
func TestKeptRehearsalTakesAnotherProvider(t *testing.T) {
	for _, env := range []map[string]string{{}, {mirror.Variable: aMirror(t, t.TempDir())}} {
		d, notes, err := provide(t, locked, env)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.install(t.Context()); err != nil {
			t.Fatalf("with %v: %v", env, err)
		}
		if _, err := os.Stat(filepath.Join(d.work, "upgraded")); err != nil {
			t.Errorf("with %v: %v", env, err)
		}
		if want := []string{"the version of the AWS provider changes: terraform init -upgrade"}; !slices.Equal(*notes, want) {
			t.Errorf("with %v it notes %q, want %q", env, *notes, want)
		}
	}
}

func TestConfigThatIsThereIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rc")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range []map[string]string{{configVariable: file}, {}} {
		had := env[configVariable]
		if said := dropMissingConfig(env); said != "" || env[configVariable] != had {
			t.Errorf("with %q: it notes %q and leaves %q", had, said, env[configVariable])
		}
	}
}
