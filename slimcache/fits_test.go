package slimcache

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// TestFindsEveryImport compares the submodules whose names stand in the app's
// binary with the packages that the go command says it imports.
func TestFindsEveryImport(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-deps", ".")
	cmd.Dir = apptest.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for path := range strings.FieldsSeq(string(out)) {
		if m := regexp.MustCompile(`/cdktf-provider-aws-go/aws/v\d+/([a-z0-9]+)$`).FindStringSubmatch(path); m != nil &&
			m[1] != "jsii" {
			want = append(want, m[1])
		}
	}
	self, err := read(apptest.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range self.submodules {
		got = append(got, strings.ToLower(strings.TrimPrefix(name, "@cdktf/provider-aws.")))
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) < 4 || !slices.Equal(got, want) {
		t.Errorf("the binary names\n%q, the go command\n%q", got, want)
	}
}

// TestFitsJSII fails where another version of jsii was taken: what this
// package relies on has then to be read again.
func TestFitsJSII(t *testing.T) {
	info, err := buildinfo.ReadFile(apptest.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range info.Deps {
		if module.Path == jsiiModule && module.Version != triedJSII {
			t.Errorf("go.mod has %s %s, and this package was tried with %s: until triedJSII is changed, "+
				"every run starts jsii's relay; see kernel.go for what to read first", jsiiModule, module.Version, triedJSII)
		}
	}
	dir := moduleDir(t, jsiiModule)
	relay := readText(t, filepath.Join(dir, "internal", "embedded", "resources", "bin", "jsii-runtime.js"))
	for _, part := range []string{
		`"--preserve-symlinks"`, `"..","lib","program.js"`, `stdio:["ignore","pipe","pipe","pipe"]`,
		`.toString("base64")`,
	} {
		if !strings.Contains(strings.ReplaceAll(relay, " ", ""), part) {
			t.Errorf("jsii's relay does not have %s any more: kernel.go no longer does what it does", part)
		}
	}
	kernel := readText(t, filepath.Join(dir, "internal", "embedded", "resources", "lib", "program.js"))
	for _, part := range []string{
		"readFD:3,writeFD:3", rootVariable, markerName, indexManifestName[:len(".jsii.runtime.v")],
	} {
		if !strings.Contains(strings.ReplaceAll(kernel, " ", ""), part) {
			t.Errorf("jsii's kernel does not have %s any more: the slim cache may not be taken", part)
		}
	}
}

// TestIndexIsJSIIs compares the index that this package writes with the one
// that jsii made of the same package.
func TestIndexIsJSIIs(t *testing.T) {
	t.Parallel()
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, "aws", "jsii", "package-cache")
	self, err := read(apptest.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "cache")
	if err := build(dir, self); err != nil {
		t.Fatal(err)
	}
	for _, pkg := range []string{"constructs/10.6.0", "cdktf/0.21.0"} {
		ours := only(t, filepath.Join(dir, packagesName, pkg))
		theirs := filepath.Join(root, pkg, filepath.Base(ours))
		// What an earlier run on this machine made is of the same package: its
		// hash is in the path.
		if _, err := os.Stat(filepath.Join(theirs, definitionsName)); err != nil {
			apptest.Synth(t, apptest.Shipped(t), "DATALOCK_JSII=stock", rootVariable+"="+root)
		}
		for _, name := range []string{indexName, indexManifestName, definitionsName} {
			want, got := readText(t, filepath.Join(theirs, name)), readText(t, filepath.Join(ours, name))
			if sortedJSON(t, name, got) != sortedJSON(t, name, want) {
				t.Errorf("%s, %s is not as jsii writes it", pkg, name)
			}
		}
	}
	if unknown := removedBy(t, dir); len(unknown) > 0 {
		t.Errorf("jsii has written %q beside what this package wrote", unknown)
	}
}

// removedBy lets the app run on a slim cache and returns the files that jsii
// has added to it.
func removedBy(t *testing.T, dir string) []string {
	t.Helper()
	before := listFiles(t, dir)
	apptest.Synth(t, apptest.Shipped(t), rootVariable+"="+filepath.Join(dir, packagesName))
	return slices.DeleteFunc(listFiles(t, dir), func(name string) bool { return slices.Contains(before, name) })
}

// sortedJSON makes lines of JSON comparable: jsii keeps the order of members
// as the description has them.
func sortedJSON(t *testing.T, name, text string) string {
	t.Helper()
	if name == indexName {
		return text
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		var value any
		if err := json.Unmarshal([]byte(line), &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sorted, err := marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(sorted, '\n'))
	}
	return out.String()
}

func moduleDir(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	cmd.Dir = apptest.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// only returns the one folder in dir.
func only(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%s has %d entries, %v", dir, len(entries), err)
	}
	return filepath.Join(dir, entries[0].Name())
}
