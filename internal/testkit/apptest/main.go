package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/testkit/npmtest"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/tftest"
)

// lighten is the first argument with which a test binary lightens the stacks in
// its second one instead of running tests: see [LightApp].
const lighten = "lighten-stacks"

// atOnce is how many of a package's parallel tests run at a time: they wait for
// Terraform, node and the go command more than they work.
const atOnce = 3

// Main runs a package's tests in their sandbox and returns the exit code.
func Main(m *testing.M) int {
	if len(os.Args) == 3 && os.Args[1] == lighten {
		return lightenAll(os.Args[2])
	}
	return sandbox.MainWaiting(m, atOnce)
}

func lightenAll(output string) int {
	stacks, err := filepath.Glob(filepath.Join(output, "stacks", "*", "cdk.tf.json"))
	if err != nil || len(stacks) == 0 {
		fmt.Fprintf(os.Stderr, "find the stacks in %s: %v\n", output, err)
		return 1
	}
	for _, stack := range stacks {
		if err := tftest.Lighten(stack); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// LightApp returns the command, for cdktf.json, that runs the app and then
// takes out of its stacks what [tftest.Lighten] does: cdktf deploys what the
// command leaves. The package's TestMain calls [Main].
func LightApp(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Build(t) + " && " + self + " " + lighten + " \"$CDKTF_OUTDIR\""
}

// Cdktf returns the path of cdktf's own command line, in the version that
// .ci/cdktf pins. The test is skipped if it can't be had.
func Cdktf(t testing.TB) string {
	t.Helper()
	return filepath.Join(npmtest.Install(t, filepath.Join(Root(), ".ci", "cdktf")), "node_modules", ".bin", "cdktf")
}
