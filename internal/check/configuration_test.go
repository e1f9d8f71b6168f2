package check

import (
	"encoding/json"
	"testing"
)

// TestNull has expressions of a module, and whether each is null for sure: what
// its call hands to it, what its variables default to, and so on outward.
func TestNull(t *testing.T) {
	decode := func(text string, into any) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	root := &scope{given: map[string]any{"absent": nil, "text": "x"}}
	in := &scope{outer: root, module: &configuredModule{}}
	decode(`{"from_null": {"constant_value": null}, "from_text": {"constant_value": "x"}, "from_root": {"references": ["var.absent"]},
		"from_root_text": {"references": ["var.text"]}, "from_two": {"references": ["var.absent", "var.text"]}, "from_data": {"references": ["data.a.b.json"]}}`, &in.call)
	decode(`{"variables": {"with_null": {}, "with_text": {"default": "x"}, "from_text": {}}}`, in.module)
	inner := &scope{outer: in, module: &configuredModule{}}
	decode(`{"through": {"references": ["var.from_root"]}}`, &inner.call)
	for _, c := range []struct {
		in         *scope
		expression string
		want       bool
	}{
		{root, `{"constant_value": null}`, true},
		{root, `{"constant_value": "x"}`, false},
		{root, `{}`, false},
		{root, `{"references": ["var.absent"]}`, true},
		{root, `{"references": ["var.text"]}`, false},
		{root, `{"references": ["var.unset"]}`, false},
		{root, `{"references": ["local.absent"]}`, false},
		{root, `{"references": ["absent"]}`, false},
		{in, `{"references": ["var.from_null"]}`, true},
		{in, `{"references": ["var.from_text"]}`, false},
		{in, `{"references": ["var.from_root"]}`, true},
		{in, `{"references": ["var.from_root_text"]}`, false},
		{in, `{"references": ["var.from_two"]}`, false},
		{in, `{"references": ["var.from_data"]}`, false},
		{in, `{"references": ["var.with_null"]}`, true},
		{in, `{"references": ["var.with_text"]}`, false},
		{in, `{"references": ["var.absent"]}`, false}, // the root's, not the module's
		{inner, `{"references": ["var.through"]}`, true},
	} {
		var expression any
		decode(c.expression, &expression)
		if got := c.in.null(expression); got != c.want {
			t.Errorf("%s: null is %v, want %v", c.expression, got, c.want)
		}
	}
}

// TestUnknownIn has what a plan doesn't know of a resource, the configuration
// beside it, and where a value isn't known that isn't the provider's default.
func TestUnknownIn(t *testing.T) {
	for _, c := range []struct{ name, unknown, written, want string }{
		{"all is known", `{}`, `{"rule": [{}]}`, ""},
		{"left out", `{"policy": true}`, `{}`, ""},
		{"written", `{"policy": true}`, `{"policy": {"references": ["a.b"]}}`, "policy"},
		{"null", `{"policy": true}`, `{"policy": {"constant_value": null}}`, ""},
		{"a function", `{"policy": true}`, `{"policy": {}}`, "policy"},
		{"no configuration", `{"policy": true}`, `null`, "policy"},
		{"a dynamic block", `{"rule": true}`, `{}`, "rule"},
		{"left out of a block", `{"rule": [{"id": true}]}`, `{"rule": [{"status": {}}]}`, ""},
		{"written in a block", `{"rule": [{"id": true}]}`, `{"rule": [{"id": {}}]}`, "rule.id"},
		{"written in one of two", `{"rule": [{}, {"id": true}]}`, `{"rule": [{}, {"id": {}}]}`, "rule.id"},
		{"one block static, one dynamic", `{"rule": [{"id": true}, {}]}`, `{"rule": [{}]}`, "rule.id"},
		{
			"in a block of a block",
			`{"rule": [{"default_retention": [{"days": true}]}]}`,
			`{"rule": [{"default_retention": [{"days": {}}]}]}`,
			"rule.default_retention.days",
		},
		{"a block as an expression", `{"rule": [{"id": true}]}`, `{"rule": {"references": ["a.b"]}}`, "rule.id"},
		{"a block as a constant", `{"rule": [{"id": true}]}`, `{"rule": {"constant_value": [{}]}}`, "rule.id"},
	} {
		r := &resource{}
		if err := json.Unmarshal([]byte(c.unknown), &r.unknown); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.written), &r.expressions); err != nil {
			t.Fatal(err)
		}
		if got := r.unknownIn(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		got := r.unknownIn("rule") + r.unknownIn("policy")
		if got != c.want {
			t.Errorf("%s, below its argument: got %q, want %q", c.name, got, c.want)
		}
	}
	r := &resource{unknown: object{"rule": true}}
	if got := r.unknownIn("rule", "default_retention", "days"); got != "rule" {
		t.Errorf("below what is unknown as a whole: got %q", got)
	}
	r = &resource{unknown: object{"rule": []any{}}}
	if got := r.unknownIn("rule", "default_retention"); got != "" {
		t.Errorf("below no block: got %q", got)
	}
	r = &resource{unknown: true}
	if got := r.unknownIn("rule", "id"); got != "rule.id" {
		t.Errorf("with nothing known: got %q", got)
	}
}

// TestUnknownBelow: on the way to an argument, only the argument counts, and what
// the configuration leaves out only if it has as many blocks as the plan.
func TestUnknownBelow(t *testing.T) {
	written := object{"rule": []any{object{"mode": object{}, "days": object{}}}}
	for _, c := range []struct {
		name           string
		rules          []any
		argument, want string
	}{
		{"unknown", []any{object{"mode": true}}, "mode", "rule.mode"},
		{"known beside it", []any{object{"mode": true}}, "days", ""},
		{"left out", []any{object{"years": true}}, "years", ""},
		{"left out of one block, with two in the plan", []any{object{"years": true}, object{}}, "years", "rule.years"},
	} {
		r := &resource{unknown: object{"rule": c.rules}, expressions: written}
		if got := r.unknownIn("rule", c.argument); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
