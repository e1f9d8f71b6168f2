package slimcache

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// noise is what may stand around a tarball: what looks like the start of one.
var noise = append([]byte("\x7fELF"), append(bytes.Repeat([]byte{0x1f, 0x8b, 0x08, 0x00, 7}, 9), 0x1f, 0x8b)...)

func listFiles(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestBuildKeepsWhatIsImported(t *testing.T) {
	data, key := tgz(t, fakeProvider, "@cdktf/provider-fake", "1.2.3")
	p := fakeProgram(t, []string{"@cdktf/provider-fake.user"}, noise, data, noise)
	dir := filepath.Join(t.TempDir(), "cache")
	if err := build(dir, p); err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(dir, "packages", "@cdktf", "provider-fake", "1.2.3", key)
	want := []string{
		".jsii", ".jsii-runtime-package-cache",
		".jsii.runtime-defs.v1.jsonl", ".jsii.runtime-index.v1", ".jsii.runtime.v1.json",
		"lib/group/index.js", "lib/index.js", "lib/user/index-structs/config.js", "lib/user/index.js", "package.json",
	}
	if got := listFiles(t, place); !slices.Equal(got, want) {
		t.Errorf("the package has\n%q, want\n%q", got, want)
	}
	index, err := os.ReadFile(filepath.Join(place, "lib", "index.js"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "// head\nget('group', () => require('./group'));\nget('user', () => " +
		"require('./user'));\n"; string(index) != want {
		t.Errorf("lib/index.js is\n%s, want\n%s", index, want)
	}
	if err := check(dir); err != nil {
		t.Errorf("a new slim cache is not as it was made: %v", err)
	}
}

func TestBuildDescribesWithoutDocs(t *testing.T) {
	data, key := tgz(t, fakeProvider, "@cdktf/provider-fake", "1.2.3")
	dir := filepath.Join(t.TempDir(), "cache")
	if err := build(dir, fakeProgram(t, []string{"@cdktf/provider-fake.user"}, data)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "packages", "@cdktf", "provider-fake", "1.2.3", key, ".jsii"))
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	const want = `{"docs":{"summary":"kept"},"name":"@cdktf/provider-fake","types":{` +
		`"@cdktf/provider-fake.group.Group":{"fqn":"@cdktf/provider-fake.group.Group","kind":"class","symbolId":"src/group/index:Group"},` +
		`"@cdktf/provider-fake.user.User":{"kind":"class","properties":[{"name":"<a>","type":{"fqn":"@cdktf/provider-fake.group.Group"}}],"symbolId":"src/user/index:User"},` +
		`"@cdktf/provider-fake.user.UserConfig":{"kind":"interface","symbolId":"src/user/index-structs/config:UserConfig"}},"version":"1.2.3"}`
	if string(text) != want {
		t.Errorf(".jsii is\n%s, want\n%s", text, want)
	}
}

func TestBuildKeepsOtherPackagesWhole(t *testing.T) {
	files := []fakeFile{
		{".compatignore", "x"},
		{
			".jsii",
			`{"name": "plain", "types": {"plain.Thing": {"kind": "enum", "symbolId": "lib/thing:Thing"}}, "version": "1.0.0"}`,
		},
		{"lib/index.js", "// all"}, {"lib/index.js.map", "{}"}, {"node_modules/deep/dist/esm/a.mjs", "//"},
	}
	data, key := tgz(t, files, "plain", "1.0.0")
	dir := filepath.Join(t.TempDir(), "cache")
	if err := build(dir, fakeProgram(t, nil, data)); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(listFiles(t, filepath.Join(dir, "packages", "plain", "1.0.0", key)), " ")
	const want = ".compatignore .jsii .jsii-runtime-package-cache .jsii.runtime-defs.v1.jsonl .jsii.runtime-index.v1 " +
		".jsii.runtime.v1.json lib/index.js node_modules/deep/dist/esm/a.mjs"
	if got != want {
		t.Errorf("the package has\n%s, want\n%s", got, want)
	}
}

// Only a map at the end of a file is one: a program that writes maps has the same
// text elsewhere.
func TestBuildLeavesOutSourceMaps(t *testing.T) {
	const comment = "\n//# sourceMappingURL=data:application/json;base64,e30="
	const writer = "const map = `" + comment + "`;\nexport { map };"
	for _, c := range []struct{ name, file, text, want string }{
		{"at the end", "lib/a.js", "code();" + comment + "\n", "code();"},
		{"without a last newline", "lib/a.js", "code();" + comment, "code();"},
		{"in the text", "lib/a.js", writer, writer},
		{"in another kind of file", "lib/a.txt", "text" + comment, "text" + comment},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := []fakeFile{{".jsii", `{"name": "plain", "types": {}, "version": "1.0.0"}`}, {c.file, c.text}}
			data, key := tgz(t, files, "plain", "1.0.0")
			dir := filepath.Join(t.TempDir(), "cache")
			if err := build(dir, fakeProgram(t, nil, data)); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, "packages", "plain", "1.0.0", key, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("the file is %q, want %q", got, c.want)
			}
		})
	}
}

func TestBuildRefusesOtherLayouts(t *testing.T) {
	change := func(from, to string) []fakeFile {
		files := slices.Clone(fakeProvider)
		for i := range files {
			files[i].name = strings.ReplaceAll(files[i].name, from, to)
			files[i].text = strings.ReplaceAll(files[i].text, from, to)
		}
		return files
	}
	for name, test := range map[string]struct {
		files []fakeFile
		want  string
	}{
		"no lazy index":     {change("lazy-index.js", "other.js"), "no lib/lazy-index.js"},
		"no submodules":     {change("provider-fake.user.", "provider-fake."), "is in no submodule"},
		"code elsewhere":    {change("src/user/", "source/user/"), "unexpected place"},
		"unknown kind":      {change(`"class"`, `"trait"`), `unexpected kind "trait"`},
		"name after types":  {change(`"name": "@cdktf`, `"zame": "@cdktf`), "no name before the types"},
		"description bad":   {change(`"version": "1.2.3"`, `"version": `), "reading .jsii"},
		"climbs out":        {append(slices.Clone(fakeProvider), fakeFile{"../../evil.js", "//"}), "unexpected file"},
		"nothing to unpack": {nil, "has no jsii package"},
	} {
		t.Run(name, func(t *testing.T) {
			data, _ := tgz(t, test.files, "", "")
			err := build(filepath.Join(t.TempDir(), "cache"), fakeProgram(t, []string{"@cdktf/provider-fake.user"}, data))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, test.want)
			}
		})
	}
}
