package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// provider6 are plans that Terraform 1.11.4 made with version 6.58.0 of the
// provider; testdata/provider6/README.md says how. Each that must be stopped has
// one near it that must pass.
var provider6 = map[string][]string{
	"retention-shorter":  {"retention-shortened"},
	"tags":               nil,
	"all-move":           {"destroyed", "region-changed"},
	"provider-elsewhere": nil,
	"provider-moves":     {"region-changed"},
	"lock-moves":         {"destroyed"},
	"region-declared":    nil,
}

func TestProvider6(t *testing.T) {
	files, err := filepath.Glob("testdata/provider6/*.json")
	if err != nil || len(files) != len(provider6) {
		t.Fatalf("there are %d plans, %v, and %d are listed", len(files), err, len(provider6))
	}
	for name, want := range provider6 {
		text, err := os.ReadFile(filepath.Join("testdata", "provider6", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := check.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, finding := range s.Judge(check.Rules()) {
			got = append(got, finding.Rule)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s is stopped by %v, want %v", name, got, want)
		}
		if !strings.Contains(string(text), `"region":"us-east-1"`) {
			t.Errorf("%s has no resource with a Region, so it isn't of provider 6", name)
		}
	}
}
