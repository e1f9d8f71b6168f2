package check_test

import (
	"strings"
	"testing"

	"datalock/internal/check"
)

// The lines are those that Terragrunt 1.1.3 wrote before a plan, with 2>&1.
func TestTerragrunt(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"pretty": {
			"\x1b[90m14:21:35.736\x1b[m \x1b[32mINFO  \x1b[m The following units will be run:\n" + planWith(""),
			`Terragrunt's log, the first "14:21:35.736 INFO   The following units will be run:"; the log goes to stderr`,
		},
		"terraform's lines": {
			"\x1b[90m14:20:29.151\x1b[m \x1b[37mSTDOUT\x1b[m \x1b[36mterraform: \x1b[mTerraform used\n",
			`Terragrunt's log, the first "14:20:29.151 STDOUT terraform: Terraform used"`,
		},
		"key-value": {
			"time=2026-11-26UTC14:21:49Z level=info msg=The following units will be run:\n" + planWith(""),
			"has lines of Terragrunt's log",
		},
		"json": {
			`{"time":"2026-11-26UTC14:21:56Z", "level":"info", "msg":"Downloading"}` + "\n" + planWith(""),
			"has lines of Terragrunt's log",
		},
		"a time alone": {`{"time":"2026-11-26UTC14:21:56Z"}`, "neither a plan"},
		"two plans":    {planWith("") + "\n" + planWith(""), "terragrunt run --all plan --json-out-dir FOLDER"},
	} {
		if _, err := check.Decode([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, c.want)
		}
	}
}
