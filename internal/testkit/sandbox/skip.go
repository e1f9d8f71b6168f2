package sandbox

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// told has the reasons that were told.
var told sync.Map

// Skip skips a test for the lack of something on this machine, and says so
// where a plain `go test ./...` shows it.
//
// The go command drops what a package that passes writes. So the line is
// written to the go command's own standard error; on systems without /proc to
// the terminal. A reason is told once for each package.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	forgetResult()
	reason := fmt.Sprintf(format, args...)
	if _, before := told.LoadOrStore(reason, true); !before {
		tell(fmt.Sprintf("skipped: %s in %s, and what else needs it: %s\n", t.Name(), packageName(), reason))
	}
	t.Skip("skipped: " + reason)
}

// packageName is that of the tests, as the name of their binary has it.
func packageName() string {
	return "package " + strings.TrimSuffix(filepath.Base(os.Args[0]), ".test")
}

// tell writes a line to whoever started the tests.
func tell(line string) {
	parent := fmt.Sprintf("/proc/%d", os.Getppid())
	name, _ := os.ReadFile(parent + "/comm")
	for _, path := range []string{parent + "/fd/2", "/dev/tty"} {
		if path == parent+"/fd/2" && strings.TrimSpace(string(name)) != "go" {
			continue
		}
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			continue
		}
		_, err = file.WriteString(line)
		_ = file.Close()
		if err == nil {
			return
		}
	}
}

// forgetResult keeps the go command from taking this run's result for the next
// one, in which nothing would be said: it caches no result whose log of inputs
// it can't read.
func forgetResult() {
	if log := flag.Lookup("test.testlogfile"); log != nil && log.Value.String() != "" {
		_ = os.Remove(log.Value.String())
	}
}
