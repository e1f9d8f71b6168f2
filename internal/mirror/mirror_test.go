package mirror_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/mirror"
)

func mirrorFolder(t *testing.T, command string, below ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{t.TempDir()}, below...)...)
	if err := os.MkdirAll(filepath.Join(dir, mirror.Provider(command)), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestNamedComesFirst(t *testing.T) {
	implied := mirrorFolder(t, "terraform", "terraform", "plugins")
	data := filepath.Dir(filepath.Dir(implied))
	t.Setenv("HOME", t.TempDir())
	named := mirrorFolder(t, "terraform")
	for _, c := range []struct {
		name, want string
		getenv     func(string) string
	}{
		{"named", named, env(mirror.Variable, named, "XDG_DATA_HOME", data)},
		{"not named", implied, env("XDG_DATA_HOME", data)},
		{"in a list of folders", implied, env("XDG_DATA_DIRS", "/nowhere"+string(filepath.ListSeparator)+data)},
	} {
		if got, err := mirror.Find(c.getenv, "terraform"); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestNamedMustBeAMirror(t *testing.T) {
	dir := t.TempDir()
	_, err := mirror.Find(env(mirror.Variable, dir), "terraform")
	if err == nil || !strings.Contains(err.Error(),
		mirror.Variable+" is "+dir+", which has no registry.terraform.io/hashicorp/aws") {
		t.Errorf("an empty folder: %v", err)
	}
	// OpenTofu has its own registry of providers.
	if _, err := mirror.Named(env(mirror.Variable, mirrorFolder(t, "terraform")), "tofu"); err == nil ||
		!strings.Contains(err.Error(), "registry.opentofu.org") {
		t.Errorf("a mirror for terraform was taken for tofu: %v", err)
	}
	if tofu := mirrorFolder(t, "tofu"); !mirror.Holds(tofu, "tofu") || mirror.Holds(tofu, "terraform") {
		t.Error("a mirror for tofu isn't known as one")
	}
}

func TestConfig(t *testing.T) {
	want := "provider_installation {\n  filesystem_mirror {\n    path = \"/some where\"\n  }\n}\n"
	if got := mirror.Config("/some where"); got != want {
		t.Errorf("got %q", got)
	}
}
