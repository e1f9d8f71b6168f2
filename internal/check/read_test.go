package check_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"datalock/internal/check"
)

// planWith is a plan that passes but for what is put into it.
func planWith(rest string) string {
	return `{"format_version":"1.2","planned_values":{},"configuration":{}` + rest + `}`
}

// priorQueue is a state of something else.
const priorQueue = `,"prior_state":{"values":{"root_module":{"resources":[{"address":"aws_sqs_queue.p","mode":"managed","type":"aws_sqs_queue"}]}}}`

// changeOf is a change of a bucket with the given body.
func changeOf(body string) string {
	return planWith(
		priorQueue + `,"resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","provider_name":"registry.terraform.io/hashicorp/aws","change":` + body + `}]`,
	)
}

// unjudged are files that must give an error, and a part of it.
var unjudged = []struct{ name, text, want string }{
	{"nothing", "", "empty: the command"},
	{"white space", " \n\t", "empty: the command"},
	{"a saved plan", "PK\x03\x04...", "terraform show -json FILE"},
	{"UTF-16", "\xff\xfe{\x00}\x00", `cmd /c "terraform show -json FILE > plan.json"`},
	{"UTF-16, big end first", "\xfe\xff\x00{\x00}", "UTF-16"},
	{"text", "Terraform will perform the following actions:", "not a JSON object, so not a plan"},
	{"a plan under a key", `{"run":{},"tfplan":` + planWith("") + `}`, `under the key "tfplan"`},
	{"a plan under a key like a call", `{"data":{},"my plan":` + planWith("") + `}`, `jq '.["my plan"]'`},
	{"a plan in a list", "[" + planWith("") + "]", "jq '.[0]'"},
	{"no plan under a key", `{"tfplan":{"format_version":"1.2"}}`, "neither a plan"},
	{"a list", "[]", "not a JSON object, so not a plan"},
	{"null", "null", "not a JSON object, so not a plan"},
	{"an empty object", "{}", "neither a plan"},
	{"other JSON", `{"buckets": []}`, "neither a plan"},
	{"UTF-16 without a mark", "{\x00\"\x00", "UTF-16"},
	{"UTF-16 without a mark, big end first", "\x00{\x00\"", "UTF-16"},
	{
		"setup-terraform's wrapper",
		"[command]/opt/terraform-bin show -json plan\n" + planWith(""),
		"terraform_wrapper: false",
	},
	{
		"the wrapper's lines behind the plan",
		planWith("") + "\n::debug::Terraform exited with code 0.\n",
		"terraform_wrapper: false",
	},
	{"the wrapper's output", planWith("") + "\n::set-output name=stdout::x\n", "terraform_wrapper: false"},
	{"encoded twice", strconv.Quote(planWith("")), "encoded twice"},
	{"a string", `"plan"`, "a JSON string, so not a plan"},
	{
		"a log before the plan",
		"now: level=info msg=init\n" + planWith(""),
		`the first line "now: level=info msg=init"`,
	},
	{
		"HCP's redacted plan",
		`{"plan_format_version":"1.2","provider_format_version":"1.0","resource_changes":[]}`,
		"json-output-redacted",
	},
	{
		"HCP's saved plan",
		`{"remote_plan_format":1,"run_id":"run-x","hostname":"app.terraform.io"}`,
		"a saved plan of HCP Terraform",
	},
	{"an answer of HCP's API", `{"errors":[{"status":"404","title":"not found"}]}`, "an answer of HCP Terraform's API"},
	{
		"OpenTofu's encrypted plan",
		`{"meta":{},"encrypted_data":"AAAA","encryption_version":"v0"}`,
		"OpenTofu has encrypted",
	},
	{
		"a state file",
		`{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","resources":[]}`,
		"a state, not a plan",
	},
	{"a log", `{"@level":"info","@message":"Terraform 1.11.4"}` + "\n" + `{"@level":"info"}`, "the log of a command"},
	{"bad UTF-8", "{\"format_version\":\"\xff\"}", "not JSON, line 1"},
	{"behind the last brace", planWith("") + "x", "not JSON, line 1"},
	{"two plans", planWith("") + "\n" + planWith(""), "several JSON objects, the second in line 2"},
	{"gzip", "\x1f\x8b\x08", "gunzip"},
	{
		"encoded twice behind the wrapper",
		strconv.Quote("[command]/opt/terraform-bin show -json plan\n" + planWith("")),
		"encoded twice, with lines of the wrapper",
	},
	{"a step's outputs", `{"stdout":"{}","stderr":"","exitcode":"0"}`, "write stdout itself"},
	{
		"the answer of terraform validate",
		`{"format_version":"1.0","valid":true,"error_count":0,"diagnostics":[]}`,
		"of another command",
	},
	{"the schemas of the providers", `{"format_version":"1.0","provider_schemas":{}}`, "of another command"},
	{"a step's outputs without its errors", `{"stdout":"{}","exitcode":"0"}`, "write stdout itself"},
	{"a step's outputs without its code", `{"stdout":"{}","stderr":""}`, "write stdout itself"},
	{"an output of this name", `{"stdout":"{}"}`, "neither a plan"},
	{"a code and errors of something else", `{"exitcode":"0","stderr":""}`, "neither a plan"},
	{
		"a line of 80 bytes before the plan",
		strings.Repeat("x", 80) + "\n" + planWith(""),
		`the first line "` + strings.Repeat("x", 80) + `"`,
	},
	{
		"a line of 81 bytes before the plan",
		strings.Repeat("x", 81) + "\n" + planWith(""),
		`the first line "` + strings.Repeat("x", 80) + `…"`,
	},
	{"cut off", strings.TrimSuffix(planWith(""), "}"), "ends too early, in line 1"},
	{"key twice", planWith(`,"resource_changes":[],"resource_changes":[]`), "duplicate"},
	{"key twice, deep down", changeOf(`{"actions":["no-op"],"before":{"a":1,"a":2},"after":{}}`), "duplicate"},
	{"key twice where nobody looks", planWith(`,"checks":{"a":1,"a":2}`), "duplicate"},
	{"nested too deeply", planWith(`,"checks":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), "depth"},
	{
		"a huge number",
		changeOf(`{"actions":["update"],"before":{"n":1e999},"after":{}}`),
		"wrong type: value out of range",
	},
	{"format 0.2", strings.Replace(planWith(""), "1.2", "0.2", 1), `format version "0.2", of Terraform 1.0 or earlier`},
	{"format 2.0", strings.Replace(planWith(""), "1.2", "2.0", 1), `"2.0" is unknown`},
	{"format of words", strings.Replace(planWith(""), "1.2", "new", 1), `"new" is unknown`},
	{
		"parts of a plan",
		`{"format_version":"1.2","prior_state":{}}`,
		"as it lacks planned_values and configuration, which",
	},
	{"format a number", strings.Replace(planWith(""), `"1.2"`, "1.2", 1), "/format_version"},
	{
		"a format that is no version",
		strings.Replace(planWith(""), `"1.2"`, `"1.x"`, 1),
		`the format version "1.x" is unknown`,
	},
	{
		"a format without a minor version",
		strings.Replace(planWith(""), `"1.2"`, `"1"`, 1),
		`the format version "1" is unknown`,
	},
	{"a state", `{"format_version":"1.0","values":{"root_module":{}}}`, "a state, not a plan"},
	{"failed", planWith(`,"errored":true`), "the plan failed"},
	{"with -target", planWith(`,"complete":false`), "not complete"},
	{"deferred", planWith(`,"complete":false,"deferred_changes":[{}]`), "defers 1 change to"},
	{"deferred, said complete", planWith(`,"complete":true,"deferred_changes":[{}]`), "defers 1 change to"},
	{"no planned values", `{"format_version":"1.2","configuration":{}}`, "as it lacks planned_values, which"},
	{"no configuration", `{"format_version":"1.2","planned_values":{}}`, "as it lacks configuration, which"},
	{
		"changes alone",
		`{"format_version":"1.2","resource_changes":[]}`,
		"as it lacks planned_values and configuration, which",
	},
	{"no format version", `{"resource_changes":[]}`, "as it lacks format_version"},
	{"no format version, but values", `{"planned_values":{}}`, "as it lacks format_version"},
	{
		"null in its place",
		strings.Replace(planWith(""), `"configuration":{}`, `"configuration":null`, 1),
		"not a whole plan",
	},
	{"a change that is null", planWith(`,"resource_changes":[null]`), "change 1 has no address"},
	{"a change of nothing", changeOf("null"), "change 1 has no address"},
	{
		"a drift of nothing",
		planWith(`,"resource_drift":[{"address":"a.b","mode":"managed","type":"a"}]`),
		"change 1 has no address",
	},
	{
		"a data source",
		planWith(`,"resource_changes":[{"address":"data.a.b","mode":"data","type":"a"}]`),
		"change 1 has no address",
	},
	{"no actions", changeOf(`{"actions":[],"before":{},"after":{}}`), "actions"},
	{"unknown action", changeOf(`{"actions":["vanish"],"before":{},"after":{}}`), "vanish"},
	{"a string for an object", changeOf(`{"actions":["update"],"before":"x","after":{}}`), "/resource_changes/0/change"},
	{"no after", changeOf(`{"actions":["update"],"before":{},"after_unknown":true}`), "lacks what was"},
	{"no before", changeOf(`{"actions":["delete"]}`), "lacks what was"},
	{"nothing of no-op on either side", changeOf(`{"actions":["no-op"]}`), "lacks what was"},
	{"nothing of no-op", changeOf(`{"actions":["no-op"],"after":{}}`), "lacks what was"},
	{"a create of nothing", changeOf(`{"actions":["create"]}`), "lacks what was"},
	{"a stack of modules", `{"terraform":{},"module":{"m":{"source":"./m"}}}`, "calls modules"},
	{"changes that are an object", planWith(`,"resource_changes":{}`), "/resource_changes"},
	{"changed twice", planWith(priorQueue + `,"resource_changes":[` + twice + `,` + twice + `]`), "changed twice"},
	{"drifted twice", planWith(`,"resource_drift":[` + twice + `,` + twice + `]`), "drifted twice"},
	{
		"planned and not changed",
		strings.Replace(
			changeOf(`{"actions":["no-op"],"before":{},"after":{}}`),
			`"planned_values":{}`,
			`"planned_values":{"root_module":{"child_modules":[{"resources":[{"address":"aws_s3_bucket.c","mode":"managed","type":"aws_s3_bucket"}]}]}}`,
			1,
		),
		"aws_s3_bucket.c is planned, and missing",
	},
	{
		"refresh only, or cut down",
		planWith(`,"prior_state":{"values":{"root_module":{"resources":[{"address":"a.b","mode":"managed","type":"a"}]}}}`),
		"though the state has resources: it was made with -refresh-only",
	},
	{
		"of actions alone",
		planWith(`,"action_invocations":[{"address":"action.a.b","invoke_action_trigger":{}}],` +
			`"prior_state":{"values":{"root_module":{"resources":[{"address":"a.b","mode":"managed","type":"a"}]}}}`),
		"the plan was made with -invoke",
	},
	{
		"no state",
		strings.Replace(changeOf(`{"actions":["no-op"],"before":{},"after":{}}`), priorQueue, "", 1),
		"aws_s3_bucket.b exists, and prior_state",
	},
	{
		"a state of nothing",
		strings.Replace(changeOf(`{"actions":["no-op"],"before":{},"after":{}}`), priorQueue,
			`,"prior_state":{"values":{"root_module":{}}}`, 1),
		"aws_s3_bucket.b exists, and prior_state",
	},
	{"a stack of lists", `{"resource":[{"aws_s3_bucket":{}}]}`, "/resource"},
	{"a stack with null", `{"resource":{"aws_s3_bucket":{"b":null}}}`, "aws_s3_bucket.b has no arguments"},
	{"a stack that removes nothing", `{"terraform":{},"removed":[{}]}`, "names no resource"},
}

const twice = `{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","change":{"actions":["no-op"],"before":{},"after":{}}}`

func TestUnjudged(t *testing.T) {
	if _, err := check.Decode([]byte(planWith(""))); err != nil {
		t.Fatalf("the plan that the cases are made from: %v", err)
	}
	for _, c := range unjudged {
		t.Run(c.name, func(t *testing.T) {
			s, err := check.Decode([]byte(c.text))
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", s, err, c.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the message %q has more than one line", err)
			}
		})
	}
}

// TestHarmlessOddities holds that nothing about a resource that guards nothing
// keeps a plan from being judged.
func TestHarmlessOddities(t *testing.T) {
	queue := func(body, more string) string {
		return `{"address":"aws_sqs_queue.q","mode":"managed","type":"aws_sqs_queue","change":` + body + more + `}`
	}
	for name, rest := range map[string]string{
		"a deposed object that is gone": `,"resource_changes":[` + queue(`{"actions":["no-op"]}`, `,"deposed":"abcd1234"`) +
			`]`,
		"nothing of no-op": `,"resource_changes":[` + queue(`{"actions":["no-op"]}`, "") + `]`,
		"unknown actions":  `,"resource_changes":[` + queue(`{"actions":["vanish"]}`, "") + `]`,
		"changed twice": `,"resource_changes":[` + queue(`{"actions":["no-op"]}`, "") + `,` +
			queue(`{"actions":["no-op"]}`, "") + `]`,
		"an action for it":           `,"action_invocations":[{"address":"action.aws_lambda_invoke.a","lifecycle_action_trigger":{"triggering_resource_address":"aws_sqs_queue.q"}}]`,
		"an action for nothing here": `,"action_invocations":[{"address":"action.bufo_print.success","type":"bufo_print","invoke_action_trigger":{}}]`,
		"sections that hold nothing": `,"checks":[{"status":"fail"}],"relevant_attributes":[{"resource":"a.b"}],"output_changes":{"a":{}},"timestamp":"2026-11-25T18:00:00Z","applyable":true,"later":[ ],"much_later":null`,
	} {
		s, err := check.Decode([]byte(planWith(rest)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, x := range s.Judge(check.Rules()) {
			t.Errorf("%s: %s finds %s: %s", name, x.Rule, x.Address, x.Message)
		}
	}
}

// TestHarmlessParts: a resource that guards nothing may be missing from
// resource_changes, and a guard that count leaves out from the whole plan.
func TestHarmlessParts(t *testing.T) {
	const queue = `{"root_module":{"resources":[{"address":"aws_sqs_queue.q","mode":"managed","type":"aws_sqs_queue"}]}}`
	const bucket = `{"root_module":{"resources":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket",` +
		`"name":"b","provider_config_key":"aws","expressions":{},"count_expression":{"constant_value":0}}]}}`
	for name, text := range map[string]string{
		"a queue that is planned and not changed": strings.Replace(planWith(priorQueue+`,"resource_changes":[`+unchanged+`]`),
			`"planned_values":{}`, `"planned_values":`+queue, 1),
		"no state, and all is new": planWith(`,"resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed",` +
			`"type":"aws_s3_bucket","change":{"actions":["create"],"before":null,"after":{}}}]`),
		"no state, and all is imported": planWith(`,"resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed",` +
			`"type":"aws_s3_bucket","change":{"actions":["no-op"],"before":{},"after":{},"importing":{"id":"b"}}}]`),
		"no bucket, by count": strings.Replace(planWith(""), `"configuration":{}`, `"configuration":`+bucket, 1),
	} {
		if _, err := check.Decode([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRealUnjudged has files as Terraform wrote them that are no plans to pass.
func TestRealUnjudged(t *testing.T) {
	for name, want := range map[string]string{
		"errored":  "the plan failed",
		"targeted": "not complete",
		// Of Terraform 1.5.7, with -target for everything but the replication.
		"targeted-without-replication": "It leaves out aws_s3_bucket_replication_configuration.replication",
		"refresh-only":                 "-refresh-only",
		"refresh-only-gone":            "though the configuration has resources: it was made with -refresh-only",
		"state":                        "a state, not a plan",
		"log":                          "the log of a command",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "unjudged", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := check.Decode(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

// TestCutOff ends a real plan at many places: none may pass.
func TestCutOff(t *testing.T) {
	text, err := os.ReadFile(planFile("no-change"))
	if err != nil {
		t.Fatal(err)
	}
	for end := 0; end < len(text)-2; end += 97 {
		if _, err := check.Decode(text[:end]); err == nil {
			t.Errorf("the first %d bytes of %d were judged", end, len(text))
		}
	}
}

// TestOtherCase holds that keys count in their exact case alone: what Terraform
// reads as nothing must not hide a change here.
func TestOtherCase(t *testing.T) {
	text := changeOf(
		`{"actions":["delete"],"before":{"object_lock_enabled":true},"Actions":["no-op"],"ACTIONS":["no-op"]}`,
	)
	s, err := check.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if found := s.Judge(check.Rules()); len(found) != 1 || found[0].Rule != "destroyed" {
		t.Errorf("got %v, want the destruction", found)
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("broken pipe")
	if _, err := check.Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

func TestBOM(t *testing.T) {
	if _, err := check.Decode([]byte("\xef\xbb\xbf" + planWith(""))); err != nil {
		t.Errorf("with a byte order mark: %v", err)
	}
}

// FuzzDecode holds that no text makes a rule or a reader panic.
func FuzzDecode(f *testing.F) {
	for _, c := range unjudged {
		f.Add([]byte(c.text))
	}
	for _, name := range []string{"first-deploy-with-key", "in-modules", "policy-unknown", "drift-mended", "provider"} {
		text, err := os.ReadFile(planFile(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	stack, err := os.ReadFile(filepath.Join(snapshots, "everything-on", "training-data.tf.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stack)
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := check.Decode(text)
		if (s == nil) == (err == nil) {
			t.Fatalf("got %v and %v", s, err)
		}
		if err != nil {
			return
		}
		for _, x := range s.Judge(check.Rules()) {
			if x.Rule == "" || x.Message == "" || strings.ContainsAny(x.Address+x.Message, "\n\r\x1b") {
				t.Errorf("found %+v", x)
			}
		}
	})
}
