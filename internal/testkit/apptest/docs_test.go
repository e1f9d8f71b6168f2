package apptest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/settings"
)

// TestSettingsAreDocumented checks that docs/settings.md has every key of the
// decoder, which lists its keys in the message about an unknown one.
func TestSettingsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(apptest.Root(), "docs", "settings.md"))
	if err != nil {
		t.Fatal(err)
	}
	for object, c := range map[string]struct{ json, prefix string }{
		"the file":    {`{"%": 0}`, ""},
		"a bucket":    {`{"buckets": {"a": {"%": 0}}}`, ""},
		"retention":   {`{"buckets": {"a": {"retention": {"%": 0}}}}`, ""},
		"encryption":  {`{"buckets": {"a": {"encryption": {"%": 0}}}}`, "encryption."},
		"lifecycle":   {`{"buckets": {"a": {"lifecycle": {"%": 0}}}}`, "lifecycle."},
		"transition":  {`{"buckets": {"a": {"lifecycle": {"transitions": [{"%": 0}]}}}}`, "lifecycle.transitions[]."},
		"evidence":    {`{"buckets": {"a": {"evidence": {"%": 0}}}}`, "evidence."},
		"replica":     {`{"buckets": {"a": {"replica": {"%": 0}}}}`, "replica."},
		"data events": {`{"buckets": {"a": {"dataEvents": {"%": 0}}}}`, "dataEvents."},
		"inventory":   {`{"buckets": {"a": {"inventory": {"%": 0}}}}`, "inventory."},
		"check":       {`{"check": {"%": 0}}`, "check."},
		"exception":   {`{"exceptions": [{"%": 0}]}`, "exceptions[]."},
		"the backend": {`{"backend": {"%": 0}}`, ""},
		"local":       {`{"backend": {"local": {"%": 0}}}`, "local."},
		"s3":          {`{"backend": {"s3": {"%": 0}}}`, "s3."},
		"cloud":       {`{"backend": {"cloud": {"%": 0}}}`, "cloud."},
		"workspaces":  {`{"backend": {"cloud": {"workspaces": {"%": 0}}}}`, "cloud.workspaces."},
	} {
		keys := knownKeys(t, c.json)
		if len(keys) == 0 {
			t.Errorf("the decoder names no keys of %s", object)
		}
		for _, key := range keys {
			if !strings.Contains(string(text), "`"+c.prefix+key) {
				t.Errorf("docs/settings.md has no `%s%s`, a key of %s", c.prefix, key, object)
			}
		}
	}
}

func knownKeys(t *testing.T, json string) []string {
	t.Helper()
	_, err := settings.Decode([]byte(json))
	var mistakes settings.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("%s: %v", json, err)
	}
	for _, m := range mistakes {
		if list, found := strings.CutPrefix(m.Fix, "remove it, or use one of "); found {
			return strings.Split(list, ", ")
		}
	}
	return nil
}
