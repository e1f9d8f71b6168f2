package architecture_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// direct returns what a module requires itself.
func direct(t *testing.T, module string) []string {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = filepath.Join(apptest.Root(), module)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, requirement := range file.Require {
		if !requirement.Indirect {
			paths = append(paths, requirement.Path)
		}
	}
	return paths
}

// TestDependenciesHaveReasons holds the table of dependencies to the modules.
func TestDependenciesHaveReasons(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	const sdk = "github.com/aws/aws-sdk-go-v2"
	for _, module := range []string{".", "internal/rehearse/server"} {
		paths := direct(t, module)
		if len(paths) < 5 {
			t.Errorf("only %d requirements are read of %s", len(paths), module)
		}
		for _, path := range paths {
			short, below := strings.CutPrefix(path, sdk+"/")
			if !strings.Contains(string(text), "`"+path+"`") && (!below || !strings.Contains(string(text), "`…/"+short+"`")) {
				t.Errorf("docs/architecture.md doesn't say why %s requires %s", module, path)
			}
		}
	}
}
