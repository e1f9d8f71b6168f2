package check

import (
	"encoding/json"
	"testing"
)

// TestEachValue has expressions of for_each as Terraform 1.11.4 writes them, and
// the instance that each.value names in the instance b.
func TestEachValue(t *testing.T) {
	outer := &scope{given: map[string]any{
		"list": []any{"a", "b"}, "set": map[string]any{"a": "a", "b": "b"}, "map": map[string]any{"a": "b", "b": "a"},
	}}
	in := &scope{
		outer: outer,
		call: object{"list": object{"references": []any{"var.list"}}, "lit": object{"constant_value": []any{"b"}},
			"local": object{"references": []any{"local.x"}}, "part": object{"references": []any{"var.map.a", "var.map"}}},
		module: &configuredModule{Variables: map[string]variableOf{"default": {Default: []any{"b"}}}},
	}
	for _, c := range []struct {
		in         *scope
		expression string
		key        string
		certain    bool
	}{
		{outer, `null`, `["b"]`, true}, // toset(["a", "b"])
		{outer, `{"constant_value": {"a": "b", "b": "a.x"}}`, `["a.x"]`, true},
		{outer, `{"constant_value": {"a": "b"}}`, `["b"]`, false},
		{outer, `{"constant_value": {"b": "${local.x}"}, "references": ["local.x"]}`, `["b"]`, false},
		{outer, `{"constant_value": {"b": {"name": "a"}}}`, `["b"]`, false},
		{outer, `{"constant_value": "${toset([\"a\", \"b\"])}"}`, `["b"]`, true},
		{outer, `{"constant_value": "${tomap({a = \"b\", b = \"b\"})}"}`, `["b"]`, false},
		{outer, `{"constant_value": "${tomap({toset([\"a\"]) = [\"b\"])}"}`, `["b"]`, false},
		{outer, `{"constant_value": "${toset([\"a\"]) == null ? null : tomap({})}"}`, `["b"]`, false},
		{outer, `{"constant_value": "${local.x}", "references": ["local.x"]}`, `["b"]`, false},
		{outer, `{"references": ["var.list"]}`, `["b"]`, true},
		{outer, `{"references": ["var.set"]}`, `["b"]`, true},
		{outer, `{"references": ["var.map"]}`, `["b"]`, false},
		{outer, `{"references": ["var.none"]}`, `["b"]`, false},
		{outer, `{"references": ["var.list", "var.set"]}`, `["b"]`, false},
		{outer, `{"references": ["local.shared"]}`, `["b"]`, true},
		{outer, `{"references": ["local.other"]}`, `["b"]`, false},
		{in, `{"references": ["var.list"]}`, `["b"]`, true},
		{in, `{"references": ["var.lit"]}`, `["b"]`, true},
		{in, `{"references": ["var.default"]}`, `["b"]`, true},
		{in, `{"references": ["var.local"]}`, `["b"]`, false},
		{in, `{"references": ["var.part"]}`, `["b"]`, false},
		{in, `{"references": ["var.list.x", "var.list"]}`, `["b"]`, false},
	} {
		var expression any
		if err := json.Unmarshal([]byte(c.expression), &expression); err != nil {
			t.Fatal(err)
		}
		shared := forEach{references: []string{"local.shared"}}
		if key, certain := c.in.forEach(expression).key(`["b"]`, shared); key != c.key || certain != c.certain {
			t.Errorf("%s: %s, %v, want %s, %v", c.expression, key, certain, c.key, c.certain)
		}
	}
	if key, certain := (forEach{references: []string{"local.x"}}).key("[1]", forEach{}); key != "[1]" || !certain {
		t.Errorf("count: %s, %v", key, certain)
	}
}
