package check

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// terragrunt is the beginning of a line of Terragrunt's log, in its formats pretty,
// key-value and json, and colour is what it may have around a word.
// https://docs.terragrunt.com/reference/logging/formatting
var (
	terragrunt = regexp.MustCompile(`^(?:\d\d:\d\d:\d\d\.\d{3} +(?:STDOUT|STDERR|ERROR|WARN|INFO|DEBUG|TRACE)\b` +
		`|time=\S+ level=\w+ |\{"time":"[^"]*", ?"level":")`)
	colour = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// recognise returns an error for files that are often passed by mistake and
// that aren't a JSON object, such as saved plans and logs.
func recognise(text []byte) error {
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) == 0:
		return errors.New("empty: the command that should have written it may have failed")
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return errors.New("a saved plan, not its JSON; write it as JSON with terraform show -json FILE")
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		return errors.New("compressed with gzip; decompress it first, as with gunzip -c FILE | datalock check -")
	case utf16(text):
		return errors.New("UTF-16, as PowerShell's > writes it, and JSON is UTF-8; " +
			`write it with cmd /c "terraform show -json FILE > plan.json", which passes the bytes through`)
	case bytes.HasPrefix(text, []byte(`{"@level"`)):
		return errors.New("the log of a command with -json; " +
			"save the plan with -out=FILE and write it with terraform show -json FILE")
	case wrapped(text):
		return errors.New("has lines of the wrapper that hashicorp/setup-terraform puts around terraform; " +
			"set terraform_wrapper: false in that step")
	case terragrunt.MatchString(beginning(trimmed)):
		return fmt.Errorf("has lines of Terragrunt's log, the first %q; the log goes to stderr, so leave out 2>&1, "+
			"or set TG_LOG_DISABLE=true", Printable(shortened(beginning(trimmed))))
	case trimmed[0] == '"':
		return encodedTwice(trimmed)
	case trimmed[0] == '{':
		return nil
	case trimmed[0] == '[' && listsPlan(trimmed):
		return errors.New("a list that holds a plan; write only the plan, such as with jq '.[0]'")
	}
	if bytes.Contains(trimmed, []byte("\n{")) {
		return fmt.Errorf("there is other output before the JSON, the first line %q; "+
			"write only what terraform show -json FILE prints", Printable(shortened(beginning(trimmed))))
	}
	return errors.New("not a JSON object, so not a plan; write one with terraform show -json FILE")
}

// beginning returns the beginning of the first line, without colours.
func beginning(text []byte) string {
	const most = 1000
	line, _, _ := bytes.Cut(text[:min(len(text), most)], []byte("\n"))
	return string(colour.ReplaceAll(line, nil))
}

func shortened(line string) string {
	const longest = 80
	if len(line) > longest {
		return line[:longest] + "…"
	}
	return line
}

// utf16 recognises UTF-16 by its byte order mark or by a brace of two bytes.
func utf16(text []byte) bool {
	for _, beginning := range []string{"\xff\xfe", "\xfe\xff", "{\x00", "\x00{"} {
		if bytes.HasPrefix(text, []byte(beginning)) {
			return true
		}
	}
	return false
}

// wrapped recognises the lines that setup-terraform's wrapper adds to the output
// of terraform. No line of JSON can start like them.
// https://github.com/hashicorp/setup-terraform#known-issues
func wrapped(text []byte) bool {
	for _, beginning := range []string{"[command]", "::debug::", "::set-output "} {
		if bytes.HasPrefix(text, []byte(beginning)) || bytes.Contains(text, []byte("\n"+beginning)) {
			return true
		}
	}
	return false
}

func encodedTwice(text []byte) error {
	var inner string
	is := json.Unmarshal(text, &inner) == nil
	switch {
	case is && wrapped([]byte(inner)):
		return errors.New("encoded twice, with lines of the wrapper that hashicorp/setup-terraform puts around terraform; " +
			"set terraform_wrapper: false in that step, and write the output of terraform show -json FILE itself")
	case is && bytes.HasPrefix(bytes.TrimSpace([]byte(inner)), []byte("{")):
		return errors.New("encoded twice: a JSON string that holds the plan, as toJSON() around a step's output writes it; " +
			"write the output itself, or the file with terraform show -json FILE")
	}
	return errors.New("a JSON string, so not a plan; write one with terraform show -json FILE")
}

// listsPlan reports whether JSON is a list whose first item looks like a plan.
func listsPlan(text []byte) bool {
	var items []jsontext.Value
	return json.Unmarshal(text, &items) == nil && len(items) > 0 && looksLikePlan(items[0])
}

// planUnder returns the first key whose value looks like a plan, or "".
func (d document) planUnder() string {
	for _, key := range slices.Sorted(maps.Keys(d.Rest)) {
		if looksLikePlan(d.Rest[key]) {
			return key
		}
	}
	return ""
}

// looksLikePlan reports whether JSON is an object with the keys that each plan has.
func looksLikePlan(text jsontext.Value) bool {
	var inner struct {
		FormatVersion string         `json:"format_version"`
		Planned       jsontext.Value `json:"planned_values"`
	}
	return json.Unmarshal(text, &inner) == nil && inner.FormatVersion != "" && inner.Planned != nil
}

// confused returns an error for other JSON objects that are often passed by
// mistake, such as states.
func (d document) confused() error {
	has := func(keys ...string) bool {
		for _, key := range keys {
			if _, there := d.Rest[key]; !there {
				return false
			}
		}
		return true
	}
	switch {
	case has("stdout") && (has("exitcode") || has("stderr")):
		return errors.New("the outputs of a step, as toJSON(steps.show.outputs) writes them, not a plan; " +
			"write stdout itself, or the file with terraform show -json FILE")
	case has("plan_format_version"):
		return errors.New("the redacted plan of HCP Terraform (json-output-redacted), which lacks what is judged here; " +
			"take json-output, for which the token needs admin access to the workspace")
	case has("remote_plan_format"):
		return errors.New("a saved plan of HCP Terraform, not its JSON; write it as JSON with terraform show -json FILE")
	case has("encrypted_data"):
		return errors.New("a plan or a state that OpenTofu has encrypted; " +
			"write the plan as JSON with tofu show -json FILE, where its encryption is configured")
	case has("lineage", "serial"), has("values") && d.Planned == nil:
		return errors.New("a state, not a plan; save the plan with -out=FILE and write it with terraform show -json FILE")
	case d.FormatVersion != "" && d.Planned == nil && d.Config == nil && d.Changes == nil && d.Prior == nil:
		return errors.New("the JSON of another command of Terraform, not a plan; " +
			"save the plan with -out=FILE and write it with terraform show -json FILE")
	case d.FormatVersion == "" && (d.Planned != nil || d.Changes != nil):
		return errors.New("not a whole plan, as it lacks format_version, which Terraform always writes: " +
			"something cut it down; check what terraform show -json FILE prints")
	case d.FormatVersion == "" && d.Terraform == nil && d.Resource == nil && d.planUnder() != "":
		return fmt.Errorf("the plan is under the key %q of another object; write only that, such as with jq '.[%[1]q]'",
			Printable(d.planUnder()))
	case d.FormatVersion == "" && d.Terraform == nil && d.Resource == nil && (has("data") || has("errors")):
		return errors.New("an answer of HCP Terraform's API, not a plan; take the plan's json-output")
	}
	return nil
}
