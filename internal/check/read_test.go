package check_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"datalock/internal/check"
)

// planWith is a plan that passes but for what is put into it.
func planWith(rest string) string {
	return `{"format_version":"1.2","planned_values":{},"configuration":{}` + rest + `}`
}

// changeOf is a change of a bucket with the given body.
func changeOf(body string) string {
	return planWith(`,"resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","provider_name":"registry.terraform.io/hashicorp/aws","change":` + body + `}]`)
}

// unjudged are files that must give an error, and a part of it.
var unjudged = []struct{ name, text, want string }{
	{"nothing", "", "it is empty"},
	{"white space", " \n\t", "it is empty"},
	{"a saved plan", "PK\x03\x04...", "terraform show -json FILE"},
	{"UTF-16", "\xff\xfe{\x00}\x00", "UTF-16"},
	{"UTF-16, big end first", "\xfe\xff\x00{\x00}", "UTF-16"},
	{"text", "Terraform will perform the following actions:", "no JSON object"},
	{"a list", "[]", "no JSON object"},
	{"null", "null", "no JSON object"},
	{"an empty object", "{}", "neither a plan"},
	{"other JSON", `{"buckets": []}`, "neither a plan"},
	{"a log", `{"@level":"info","@message":"Terraform 1.11.4"}` + "\n" + `{"@level":"info"}`, "the log of a command"},
	{"bad UTF-8", "{\"format_version\":\"\xff\"}", "not JSON, line 1"},
	{"behind the last brace", planWith("") + "{}", "not JSON, line 1"},
	{"cut off", strings.TrimSuffix(planWith(""), "}"), "ends too early, in line 1"},
	{"key twice", planWith(`,"resource_changes":[],"resource_changes":[]`), "duplicate"},
	{"key twice, deep down", changeOf(`{"actions":["no-op"],"before":{"a":1,"a":2},"after":{}}`), "duplicate"},
	{"key twice where nobody looks", planWith(`,"checks":{"a":1,"a":2}`), "duplicate"},
	{"nested too deeply", planWith(`,"checks":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), "depth"},
	{"a huge number", changeOf(`{"actions":["update"],"before":{"n":1e999},"after":{}}`), "can't stand there"},
	{"format 0.2", strings.Replace(planWith(""), "1.2", "0.2", 1), `"0.2" is unknown`},
	{"format 2.0", strings.Replace(planWith(""), "1.2", "2.0", 1), `"2.0" is unknown`},
	{"format of words", strings.Replace(planWith(""), "1.2", "new", 1), `"new" is unknown`},
	{"format a number", strings.Replace(planWith(""), `"1.2"`, "1.2", 1), "/format_version"},
	{"a state", `{"format_version":"1.0","values":{"root_module":{}}}`, "a state and no plan"},
	{"failed", planWith(`,"errored":true`), "the plan failed"},
	{"with -target", planWith(`,"complete":false`), "not complete"},
	{"deferred", planWith(`,"complete":false,"deferred_changes":[{}]`), "defers 1"},
	{"deferred, said complete", planWith(`,"complete":true,"deferred_changes":[{}]`), "defers 1"},
	{"no planned values", `{"format_version":"1.2","configuration":{}}`, "no whole plan"},
	{"no configuration", `{"format_version":"1.2","planned_values":{}}`, "no whole plan"},
	{"null in its place", strings.Replace(planWith(""), `"configuration":{}`, `"configuration":null`, 1), "no whole plan"},
	{"a change that is null", planWith(`,"resource_changes":[null]`), "change 1 has no address"},
	{"a change of nothing", changeOf("null"), "change 1 has no address"},
	{"a drift of nothing", planWith(`,"resource_drift":[{"address":"a.b","mode":"managed","type":"a"}]`), "change 1 has no address"},
	{"a data source", planWith(`,"resource_changes":[{"address":"data.a.b","mode":"data","type":"a"}]`), "change 1 has no address"},
	{"no actions", changeOf(`{"actions":[],"before":{},"after":{}}`), "actions"},
	{"unknown action", changeOf(`{"actions":["vanish"],"before":{},"after":{}}`), "vanish"},
	{"a string for an object", changeOf(`{"actions":["update"],"before":"x","after":{}}`), "/resource_changes/0/change"},
	{"no after", changeOf(`{"actions":["update"],"before":{},"after_unknown":true}`), "lacks what was"},
	{"no before", changeOf(`{"actions":["delete"]}`), "lacks what was"},
	{"nothing of no-op", changeOf(`{"actions":["no-op"],"after":{}}`), "lacks what was"},
	{"a create of nothing", changeOf(`{"actions":["create"]}`), "lacks what was"},
	{"a stack of modules", `{"terraform":{},"module":{"m":{"source":"./m"}}}`, "calls modules"},
	{"changes that are an object", planWith(`,"resource_changes":{}`), "/resource_changes"},
	{"changed twice", planWith(`,"resource_changes":[` + twice + `,` + twice + `]`), "changed twice"},
	{"drifted twice", planWith(`,"resource_drift":[` + twice + `,` + twice + `]`), "drifted twice"},
	{"planned and not changed", strings.Replace(changeOf(`{"actions":["no-op"],"before":{},"after":{}}`), `"planned_values":{}`, `"planned_values":{"root_module":{"child_modules":[{"resources":[{"address":"aws_s3_bucket.c","mode":"managed","type":"aws_s3_bucket"}]}]}}`, 1), "aws_s3_bucket.c is planned, and missing"},
	{"refresh only, or cut down", planWith(`,"prior_state":{"values":{"root_module":{"resources":[{"address":"a.b","mode":"managed","type":"a"}]}}}`), "-refresh-only"},
	{"a stack of lists", `{"resource":[{"aws_s3_bucket":{}}]}`, "/resource"},
	{"a stack with null", `{"resource":{"aws_s3_bucket":{"b":null}}}`, "aws_s3_bucket.b has no arguments"},
	{"a stack that removes nothing", `{"terraform":{},"removed":[{}]}`, "names no resource"},
}

const twice = `{"address":"a.b","mode":"managed","type":"a","change":{"actions":["no-op"],"before":{},"after":{}}}`

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

// TestRealUnjudged has files as Terraform wrote them that are no plans to pass.
func TestRealUnjudged(t *testing.T) {
	for name, want := range map[string]string{
		"errored":           "the plan failed",
		"targeted":          "not complete",
		"refresh-only":      "-refresh-only",
		"refresh-only-gone": "-refresh-only",
		"state":             "a state and no plan",
		"log":               "the log of a command",
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
	text := changeOf(`{"actions":["delete"],"before":{"object_lock_enabled":true},"Actions":["no-op"],"ACTIONS":["no-op"]}`)
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
