package npmtest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datalock/internal/testkit/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

// fakeNPM puts an npm on PATH that counts its calls in a file.
func fakeNPM(t *testing.T, script string) (calls string) {
	t.Helper()
	bin := t.TempDir()
	calls = filepath.Join(bin, "calls")
	text := "#!/bin/sh\necho called >>'" + calls + "'\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return calls
}

func tool(t *testing.T, lock string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "tool")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"package.json": "{}", "package-lock.json": lock} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestInstalledOnce(t *testing.T) {
	calls := fakeNPM(t, "mkdir node_modules && sleep 0.2 && cp package-lock.json node_modules/")
	home, folder := filepath.Join(t.TempDir(), "home"), tool(t, "one")
	killed := filepath.Join(home, "unfinished-tool-1")
	if err := os.MkdirAll(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			place, err := install(t.Context(), folder, home)
			if err != nil {
				t.Error(err)
			}
			if text, err := os.ReadFile(filepath.Join(place, "node_modules", "package-lock.json")); string(text) != "one" {
				t.Errorf("installed is %q, %v", text, err)
			}
		})
	}
	group.Wait()
	if _, err := install(t.Context(), tool(t, "two"), home); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(calls); strings.Count(string(text), "called") != 2 {
		t.Errorf("npm was called %d times for two lock files", strings.Count(string(text), "called"))
	}
	if _, err := os.Stat(killed); err == nil {
		t.Error("what a killed installation left is still there")
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) != 2 {
		t.Errorf("the tool's folder has %v", left)
	}
}

func TestWhatCannotBeHad(t *testing.T) {
	fakeNPM(t, "mkdir node_modules; echo 'npm error code ENOTFOUND'; echo 'npm error the registry is not there'; exit 1")
	home := filepath.Join(t.TempDir(), "home")
	if _, err := install(t.Context(), tool(t, "one"), home); err == nil ||
		!strings.HasSuffix(err.Error(), ": the registry is not there") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(home); len(left) != 1 {
		t.Errorf("left are %v, want the lock alone", left)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := install(t.Context(), tool(t, "one"), home); err == nil || err.Error() != "there is no npm on PATH" {
		t.Errorf("got %v", err)
	}
}

func TestUnusedGoes(t *testing.T) {
	fakeNPM(t, "mkdir node_modules")
	home := t.TempDir()
	first, err := install(t.Context(), tool(t, "one"), home)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(first, time.Now(), time.Now().Add(-2*unused)); err != nil {
		t.Fatal(err)
	}
	if _, err := install(t.Context(), tool(t, "two"), home); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first); err == nil {
		t.Error("an installation that nobody uses is still there")
	}
}
