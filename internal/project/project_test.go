package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/project"
	"datalock/settings"
)

func TestStacks(t *testing.T) {
	p := project.Project{Settings: settings.Settings{Buckets: map[string]settings.Bucket{"b": {}, "a": {}, "c": {}}}}
	for _, c := range []struct{ named, want string }{{"", "a b c"}, {"c a", "a c"}, {"b b", "b"}} {
		got, err := p.Stacks(strings.Fields(c.named))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("named %q: %v, %v; want %q", c.named, got, err, c.want)
		}
	}
	const want = "no stack x in cdktf.json; it declares a, b, c"
	if _, err := p.Stacks([]string{"a", "x"}); err == nil || err.Error() != want {
		t.Errorf("an unknown stack: %v, want %q", err, want)
	}
}

// TestLoad: the settings, their text and cdktf's own context come from one
// reading of the file.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	const text = `{"region": "us-east-1",  "buckets": {"a": {"tags": {"k": "1:"}}}}`
	write(t, dir, "\ufeff"+`{"context": {"first": [1, {"x": null}], "datalock" : `+text+` , "last": "y"}}`)
	p, err := project.Load(dir, func(string) string { return "" })
	if err != nil || string(p.Text) != text || p.Settings.Region != "us-east-1" {
		t.Errorf("got %q, %v, %v", p.Text, p.Settings, err)
	}
	first, _ := p.Context["first"].([]any)
	if len(p.Context) != 2 || p.Context["last"] != "y" || len(first) != 2 || first[0] != 1.0 {
		t.Errorf("cdktf's context is %v", p.Context)
	}
	const other = `{"region":"eu-west-1","buckets":{"b":{}}}`
	p, err = project.Load(dir, func(name string) string {
		return map[string]string{project.ContextVariable: `{"datalock":` + other + `}`}[name]
	})
	if err != nil || string(p.Text) != other || p.Settings.Region != "eu-west-1" || p.Context != nil {
		t.Errorf("under cdktf's command line: %q, %v, %v, %v", p.Text, p.Settings, p.Context, err)
	}
}

func write(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, project.File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
