package apptest_test

import (
	"maps"
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

// A helpProject has what several commands of the help file are held to.
type helpProject struct {
	// stacks are the stacks of the settings that ship, cdktf what its command
	// line says of itself.
	stacks, cdktf string
	// tool is the path of the tool.
	tool string
}

// TestHelp checks every command in the help file.
func TestHelp(t *testing.T) {
	t.Parallel()
	project := &helpProject{}
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "help"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if match := helpCommand.FindStringSubmatch(strings.TrimRight(line, "\n")); match != nil {
			found[match[1]] = true
			t.Run(match[1], func(t *testing.T) { project.check(t, match[1]) })
		}
	}
	for _, command := range []string{"cat help", "go build", "go run .", "cdktf synth [stack]", "cdktf deploy [stack]"} {
		if !found[command] {
			t.Errorf("the help file doesn't have %q", command)
		}
	}
}

func (l *helpProject) check(t *testing.T, command string) {
	words := strings.Fields(command)
	switch words[0] {
	case "cat":
		if _, err := os.Stat(filepath.Join(apptest.Root(), words[1])); err != nil {
			t.Error(err)
		}
	case "go":
		l.checkGo(t, words)
	case "cdktf":
		l.checkCdktf(t, words[1])
	case "terraform":
		l.checkTerraform(t, strings.TrimPrefix(words[1], "-chdir="), words[2])
	}
}

// checkTerraform checks that the folder is that of the stack that ships, and
// that terraform has the verb.
func (l *helpProject) checkTerraform(t *testing.T, folder, verb string) {
	path, err := exec.LookPath("terraform")
	if err != nil {
		sandbox.Skip(t, "there is no terraform on PATH")
	}
	if l.stacks == "" {
		output := apptest.Files(t, apptest.Synth(t, apptest.Shipped(t)))
		l.stacks = strings.Join(slices.Collect(maps.Keys(output)), " ")
	}
	if below, ok := strings.CutPrefix(folder, "cdktf.out/"); !ok || !strings.Contains(l.stacks, below+"/cdk.tf.json") {
		t.Errorf("%s is not among %s", folder, l.stacks)
	}
	if out, err := exec.Command(path, verb, "-help").CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "Usage: terraform [global options] "+verb) {
		t.Errorf("terraform has no %s: %v\n%s", verb, err, out)
	}
}

// checkGo runs the command. The tests can't run themselves, so for go test it
// only checks the packages and the flag.
func (l *helpProject) checkGo(t *testing.T, words []string) {
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
	case "build -o bin/datalock ./cmd/datalock":
		l.buildTool(t)
	case "install ./cmd/datalock":
		// The go command says what it would do: the tool is linked above.
		bin := t.TempDir()
		cmd := exec.Command("go", "install", "-n", words[2])
		cmd.Dir, cmd.Env = apptest.Root(), append(os.Environ(), "GOBIN="+bin)
		if out, err := cmd.CombinedOutput(); err != nil ||
			!strings.Contains(string(out), " "+filepath.Join(bin, "datalock")+"\n") {
			t.Errorf("it would not install the tool: %v\n%s", err, out)
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
		// As built: go run of each would cost seconds.
		l.buildTool(t)
		cmd := exec.Command(l.tool, words[3], "--help")
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

// buildTool builds the tool as the help file says, unless it is built already.
func (l *helpProject) buildTool(t *testing.T) {
	t.Helper()
	if l.tool != "" {
		return
	}
	dir, err := os.MkdirTemp("", "datalock-help-") //nolint:usetesting // the subtests share it
	if err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(dir, "bin", "datalock")
	cmd := exec.Command("go", "build", "-o", tool, "./cmd/datalock")
	cmd.Dir = apptest.Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(tool); err != nil {
		t.Fatal(err)
	}
	l.tool = tool
}

// checkCdktf checks that the pinned command line has the verb.
func (l *helpProject) checkCdktf(t *testing.T, verb string) {
	if l.cdktf == "" {
		cmd := exec.Command(apptest.Cdktf(t), "--help")
		cmd.Env = append(os.Environ(), "CI=1", "CHECKPOINT_DISABLE=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		l.cdktf = string(out)
	}
	if !strings.Contains(l.cdktf, "\n  cdktf "+verb+" ") {
		t.Errorf("cdktf has no %s:\n%s", verb, l.cdktf)
	}
}
