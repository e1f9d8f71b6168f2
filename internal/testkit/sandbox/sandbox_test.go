//go:build linux

package sandbox

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// victim is what this binary does when it is started as a test that leaves
// something behind: it starts a process that outlives it, writes a file, and
// then ends in the way that the variable names.
const victim = "SANDBOX_VICTIM"

func TestMain(m *testing.M) {
	switch os.Getenv(victim) {
	case "":
		os.Exit(Main(m))
	case "killed":
		leave()
		// Go ends a program by itself when nothing in it can go on, and a select
		// without cases is such a program.
		time.Sleep(time.Hour)
	default:
		leave()
		end()
	}
}

func leave() {
	sleeper := exec.Command("setsid", "sleep", "300")
	if err := sleeper.Start(); err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(os.TempDir(), "left"), nil, 0o600); err != nil {
		panic(err)
	}
	os.Stdout.WriteString(os.TempDir() + "\n")
}

// startVictim starts this binary as a sandboxed test below a folder and returns
// its sandbox.
func startVictim(t *testing.T, parent, how string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+how, variable+"=", "TMPDIR="+parent)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

func TestNothingIsLeft(t *testing.T) {
	for _, how := range []string{"ended", "killed"} {
		t.Run(how, func(t *testing.T) {
			parent := t.TempDir()
			cmd, folder := startVictim(t, parent, how)
			if filepath.Dir(folder) != parent {
				t.Fatalf("the sandbox is %s, want it in %s", folder, parent)
			}
			if how == "killed" {
				for start := time.Now(); len(processes(folder)) == 0; time.Sleep(10 * time.Millisecond) {
					if time.Since(start) > time.Minute {
						t.Fatal("nothing runs in the sandbox")
					}
				}
				_ = cmd.Process.Kill()
			}
			_ = cmd.Wait()
			for range 200 {
				left, _ := os.ReadDir(parent)
				if len(left) == 0 && len(processes(folder)) == 0 {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
			t.Errorf("%s and the processes %q are left", folder, processes(folder))
		})
	}
}

func TestStaleFoldersGo(t *testing.T) {
	parent := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for name, time := range map[string]time.Time{
		"dltest-1-": old,
		"dltest-2-": time.Now(),
		"dltest-3-": old,
		"other":     old,
	} {
		path := filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Join(path, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time, time); err != nil {
			t.Fatal(err)
		}
	}
	before := holding
	defer func() { holding = before }()
	if err := hold(filepath.Join(parent, "dltest-3-")); err != nil {
		t.Fatal(err)
	}
	defer holding.Close()
	removeStale(parent)
	left, err := os.ReadDir(parent)
	if err != nil || len(left) != 3 {
		t.Errorf("left are %v, %v; want the new folder, the held one and the other", left, err)
	}
}

// TestOutlivingIsFound starts a process and leaves it.
func TestOutlivingIsFound(t *testing.T) {
	sleeper := exec.Command("sleep", "300")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	found := strings.Join(processes(dir), "\n")
	_ = sleeper.Process.Kill()
	_ = sleeper.Wait()
	if !strings.Contains(found, "sleep 300") {
		t.Errorf("found are %q, want the sleeper", found)
	}
	if left := processes(dir); len(left) > 0 {
		t.Errorf("%q are found when the sleeper has ended", left)
	}
}

// TestSkipsAreShown runs the go command as the README has it, on a module in
// which a test is skipped, twice: the second time must say it too.
func TestSkipsAreShown(t *testing.T) {
	source, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	if err := os.CopyFS(filepath.Join(module, "internal", "testkit", "sandbox"), os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob(filepath.Join(module, "internal", "testkit", "sandbox", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		if err := os.Remove(test); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"go.mod": "module datalock\n\ngo 1.26\n",
		"a/a_test.go": `package a

import (
	"testing"

	"datalock/internal/testkit/sandbox"
)

func TestOne(t *testing.T) { sandbox.Skip(t, "there is no %s", "moon") }

func TestTwo(t *testing.T) { sandbox.Skip(t, "there is no %s", "moon") }
`} {
		path := filepath.Join(module, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		cmd := exec.Command("go", "test", "./...")
		cmd.Dir = module
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.Discard, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		if got, want := stderr.String(), "skipped: TestOne in package a, and what else needs it: there is no "+
			"moon\n"; got != want {
			t.Errorf("go test says %q, want %q", got, want)
		}
	}
}
