package report

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// ToolNow describes this program. `go run` doesn't record the commit, so it is
// then read from git in the folder of the sources.
func ToolNow() Tool {
	t := Built()
	if t.Commit == "" {
		t.Commit, t.Modified = commitOf(sources())
	}
	return t
}

// Built describes this program from its build information.
func Built() Tool {
	t := Tool{
		Name: "datalock", Version: "unknown", Go: strings.TrimPrefix(runtime.Version(), "go"),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	t.Version = info.Main.Version
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			t.Commit = setting.Value
		case "vcs.modified":
			t.Modified = setting.Value == "true"
		}
	}
	if t.Version == "" || t.Version == "(devel)" {
		t.Version = "development"
	}
	return t
}

// sources returns the folder of this file at build time, or "" if the build
// doesn't record it.
func sources() string {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) {
		return ""
	}
	return filepath.Dir(file)
}

func commitOf(dir string) (commit string, modified bool) {
	if dir == "" {
		return "", false
	}
	out, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD").Output()
	if err != nil {
		return "", false
	}
	status, err := exec.Command("git", "-C", dir, "status", "--porcelain", "--untracked-files=no").Output()
	return strings.TrimSpace(string(out)), err != nil || len(status) > 0
}

// String returns the version as text.
func (t Tool) String() string {
	text := t.Name + " " + t.Version
	if t.Commit != "" {
		text += ", commit " + t.Commit[:min(len(t.Commit), 12)]
	}
	if t.Modified {
		text += " with changes"
	}
	return text
}
