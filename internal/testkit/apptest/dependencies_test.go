package apptest_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
)

// TestDependencies compares what `go run .` builds with a short list: the app
// must not build what only the tool and the tests need.
func TestDependencies(t *testing.T) {
	want := []string{
		"datalock",
		"github.com/Masterminds/semver/v3", // of jsii
		"github.com/aws/constructs-go/constructs/v10",
		"github.com/aws/jsii-runtime-go",
		"github.com/cdktf/cdktf-provider-aws-go/aws/v19",
		"github.com/go-json-experiment/json",
		"github.com/hashicorp/terraform-cdk-go/cdktf",
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	cmd.Dir = apptest.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("the app is built from %v, want %v", got, want)
	}
}
