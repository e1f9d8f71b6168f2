package apptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/sandbox"
)

// helpCommand matches a line of the help file with a command.
var helpCommand = regexp.MustCompile(`^ +((?:cat|go|cdktf|terraform) .*?)(?:  +.*)?$`)

// TestHelp checks every command in the help file.
func TestHelp(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "help"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if match := helpCommand.FindStringSubmatch(strings.TrimRight(line, "\n")); match != nil {
			found[match[1]] = true
			t.Run(match[1], func(t *testing.T) { checkCommand(t, match[1]) })
		}
	}
	for _, command := range []string{"cat help", "go build", "go run .", "cdktf synth [stack]", "cdktf deploy [stack]"} {
		if !found[command] {
			t.Errorf("the help file doesn't have %q", command)
		}
	}
}

func checkCommand(t *testing.T, command string) {
	words := strings.Fields(command)
	switch words[0] {
	case "cat":
		if _, err := os.Stat(filepath.Join(apptest.Root(), words[1])); err != nil {
			t.Error(err)
		}
	case "go":
		checkGo(t, words)
	case "cdktf":
		checkCdktf(t, words[1])
	case "terraform":
		path, err := exec.LookPath("terraform")
		if err != nil {
			sandbox.Skip(t, "there is no terraform on PATH")
		}
		// The folder is that of the stack that ships.
		folder := strings.TrimPrefix(words[1], "-chdir=")
		output := filepath.Dir(apptest.Synth(t, apptest.Shipped(t)))
		if _, err := os.Stat(filepath.Join(output, folder, "cdk.tf.json")); err != nil {
			t.Error(err)
		}
		if out, err := exec.Command(path, words[2], "-help").CombinedOutput(); err != nil || !strings.Contains(string(out), "Usage: terraform [global options] "+words[2]) {
			t.Errorf("terraform has no %s: %v\n%s", words[2], err, out)
		}
	}
}

// checkGo runs the command. The tests can't run themselves, so for go test it
// only checks the packages and the flag.
func checkGo(t *testing.T, words []string) {
	switch strings.Join(words[1:], " ") {
	case "build":
		apptest.Build(t)
	case "run .":
		dir := t.TempDir()
		cmd := exec.Command("go", "run", ".")
		cmd.Dir, cmd.Env = apptest.Root(), append(os.Environ(), "CDKTF_OUTDIR="+dir,
			`CDKTF_CONTEXT_JSON={"datalock":{"region":"us-east-1","backend":{"s3":{"bucket":"state"}},"buckets":{"a":{}}}}`)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
			t.Error(err)
		}
	case "build -o bin/datalock ./cmd/datalock", "install ./cmd/datalock":
		bin := t.TempDir()
		args := slices.Clone(words[1:])
		if i := slices.Index(args, "-o"); i >= 0 {
			args[i+1] = filepath.Join(bin, filepath.Base(args[i+1]))
		}
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = apptest.Root(), append(os.Environ(), "GOBIN="+bin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if _, err := os.Stat(filepath.Join(bin, "datalock")); err != nil {
			t.Error(err)
		}
	case "test ./...":
		cmd := exec.Command("go", "list", "-test", "./...")
		cmd.Dir = apptest.Root()
		if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "datalock.test") {
			t.Errorf("go test ./... would not test the app: %v", err)
		}
	case "test . -update":
		cmd := exec.Command("go", "test", ".", "-update", "-run", "^$")
		cmd.Dir = apptest.Root()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	case "run ./cmd/datalock rehearse [stack]", "run ./cmd/datalock client -- COMMAND", "run ./cmd/datalock check PLAN...":
		cmd := exec.Command("go", "run", words[2], words[3], "--help")
		cmd.Dir = apptest.Root()
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "datalock "+words[3]+" ") {
			t.Errorf("datalock has no %s: %v\n%s", words[3], err, out)
		}
	case "run ./cmd/datalock --help":
		cmd := exec.Command("go", "run", words[2], words[3])
		cmd.Dir = apptest.Root()
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Declare and test:") {
			t.Errorf("datalock names no commands: %v\n%s", err, out)
		}
	default:
		t.Errorf("no check is known for %v", words)
	}
}

// checkCdktf checks that the pinned command line has the verb.
func checkCdktf(t *testing.T, verb string) {
	command := apptest.Cdktf(t)
	cmd := exec.Command(command, verb, "--help")
	cmd.Env = append(os.Environ(), "CI=1", "CHECKPOINT_DISABLE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "cdktf "+verb) {
		t.Errorf("cdktf has no %s: %v\n%s", verb, err, out)
	}
}
