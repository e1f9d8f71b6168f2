package settings_test

import (
	"strings"
	"testing"

	"datalock/settings"
)

// TestStateIsNextToTheSettings: whatever the output folder, two projects never
// share a state, and deleting the output deletes no state.
func TestStateIsNextToTheSettings(t *testing.T) {
	const text = `{"region": "us-east-1", "buckets": {"a": {}}}`
	for output, want := range map[string]string{
		"":              "../../../terraform.{stack}.tfstate",
		"cdktf.out":     "../../../terraform.{stack}.tfstate",
		"./cdktf.out/":  "../../../terraform.{stack}.tfstate",
		"./":            "../../terraform.{stack}.tfstate",
		".":             "../../terraform.{stack}.tfstate",
		"build/tf":      "../../../../terraform.{stack}.tfstate",
		"build/../out":  "../../../terraform.{stack}.tfstate",
		"..out":         "../../../terraform.{stack}.tfstate",
		"cdktf.out/a/b": "../../../../../terraform.{stack}.tfstate",
	} {
		file, err := settings.DecodeContext([]byte(`{"datalock": `+text+`}`), output)
		s := file.Settings
		if err != nil || s.LocalPath() != want || s.StateFile("a") != "terraform.a.tfstate" {
			t.Errorf("output %q: %v, path %s, state %s; want %s", output, err, s.LocalPath(), s.StateFile("a"), want)
		}
	}
}

func TestOutputOutsideTheProject(t *testing.T) {
	file := func(output, backend string) []byte {
		return []byte(`{"output": "` + output + `", "context": {"datalock": {"region": "us-east-1", "buckets": {"a": {}}` +
			backend + `}}}`)
	}
	const explicit = `, "backend": {"local": {"path": "../../../elsewhere/{stack}.tfstate"}}`
	for output, backends := range map[string]map[string]bool{
		"..":           {"": false, `, "backend": {"local": {}}`: false, explicit: true},
		"../build":     {"": false, `, "backend": {"s3": {"bucket": "state-bucket"}}`: true},
		"a/../../b":    {"": false, explicit: true},
		"/tmp/out":     {"": false, `, "backend": {"cloud": {"organization": "acme"}}`: true},
		"out/../build": {"": true},
	} {
		for backend, good := range backends {
			_, err := settings.DecodeFile(file(output, backend), "")
			if good != (err == nil) {
				t.Errorf("output %q, backend %q: %v", output, backend, err)
			}
			if !good && (err == nil || !strings.Contains(err.Error(),
				`output = "`+output+`": is outside the folder of cdktf.json`)) {
				t.Errorf("output %q, backend %q: got %v", output, backend, err)
			}
		}
	}
}

// TestExplicitPathIsHeldToTheOutput: the rules for the state's path depend on
// the output folder.
func TestExplicitPathIsHeldToTheOutput(t *testing.T) {
	for output, paths := range map[string]map[string]string{
		"build/tf": {
			"../../../{stack}.tfstate":       "",
			"../../{stack}.tfstate":          "must be outside build/tf",
			"../../../../cdktf.out/{stack}":  "",
			"../../../../{stack}.json":       "is the file with these settings",
			"../../../../{stack}/../x.state": "is the same file for every stack",
		},
		"./": {
			"../../cdktf.out/{stack}.tfstate": "",
			"../{stack}.tfstate":              "must be outside stacks",
		},
	} {
		for path, want := range paths {
			_, err := settings.DecodeFile([]byte(`{"output": "`+output+`", "context": {"datalock": {"region": "us-east-1",
				"backend": {"local": {"path": "`+path+`"}}, "buckets": {"cdktf": {"name": "abc"}}}}}`), "")
			if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("output %q, path %q: got %v, want %q", output, path, err, want)
			}
		}
	}
}
