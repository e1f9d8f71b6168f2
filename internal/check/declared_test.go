package check_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// leftOut takes a resource out of a plan, as -exclude does, and leaves it in the
// configuration.
func leftOut(address string) func(planJSON) {
	return func(p planJSON) {
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			stackJSON(p).set(path, slices.DeleteFunc(stackJSON(p).get(path).([]any),
				func(item any) bool { return item.(map[string]any)["address"] == address }))
		}
	}
}

// neverMade has the state have no resource with an address.
func neverMade(address string) func(planJSON) {
	return func(p planJSON) {
		const path = "prior_state.values.root_module.resources"
		stackJSON(p).set(path, slices.DeleteFunc(stackJSON(p).get(path).([]any),
			func(item any) bool { return item.(map[string]any)["address"] == address }))
	}
}

// TestLeftOut has plans of OpenTofu, which don't say whether they are complete,
// without something that the configuration declares.
func TestLeftOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(planJSON)
		want   string // of the error, or "" if the plan is judged
	}{
		{"nothing", func(planJSON) {}, ""},
		{"one that exists", leftOut(theLifecycleAt), "It leaves out " +
			theLifecycleAt},
		{"one that was never made", all(leftOut(theLifecycleAt), neverMade(theLifecycleAt)),
			"It leaves out " + theLifecycleAt},
		{"two", all(leftOut(thePolicyAt), leftOut(theLifecycleAt)), theLifecycleAt + ", " +
			thePolicyAt},
		{"one of none", all(leftOut(theLifecycleAt), neverMade(theLifecycleAt), repeated(theLifecycleAt, "count_expression",
			constant(0))), ""},
		{"one for each of none", all(leftOut(theLifecycleAt), neverMade(theLifecycleAt), repeated(theLifecycleAt,
			"for_each_expression", from("var.names"))), ""},
		{"one that Terraform says is not needed", all(leftOut(theLifecycleAt), neverMade(theLifecycleAt),
			func(p planJSON) { p["complete"] = true }), ""},
		{"a data source", declares("data.aws_s3_bucket.other", "data"), ""},
		{"a new resource", declares("aws_s3_bucket.other", "managed"), "It leaves out aws_s3_bucket.other"},
		{"what isn't judged", all(declares("aws_s3_bucket.other", "managed"), func(p planJSON) {
			last(p)["type"] = "aws_s3_bucket_metric"
		}), ""},
		{"one in a module", inModule(map[string]any{}), "It leaves out module.data.aws_s3_bucket.other"},
		{"one in a module of none", inModule(map[string]any{"count_expression": constant(0)}), ""},
		{"one of an instance of a module", all(inModule(map[string]any{"for_each_expression": from("var.names")}),
			plannedToo(`module.data["a"].aws_sqs_queue.q`)), `It leaves out module.data["a"].aws_s3_bucket.other`},
		{"one for all instances of a module", all(inModule(map[string]any{"for_each_expression": from("var.names")}),
			plannedToo(`module.data["a"].aws_s3_bucket.other`)), ""},
		{"one in a module for each of none", inModule(map[string]any{"for_each_expression": from("var.names")}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := os.ReadFile(planFile("opentofu"))
			if err != nil {
				t.Fatal(err)
			}
			var p planJSON
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			c.change(p)
			if text, err = json.Marshal(p); err != nil {
				t.Fatal(err)
			}
			switch _, err := check.Decode(text); {
			case c.want == "" && err != nil:
				t.Errorf("the plan can't be judged: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func repeated(address, argument string, expression any) func(planJSON) {
	return func(p planJSON) {
		for _, r := range stackJSON(p).get("configuration.root_module.resources").([]any) {
			if r := r.(map[string]any); r["address"] == address {
				r[argument] = expression
			}
		}
	}
}

// declares adds a resource to the configuration only.
func declares(address, mode string) func(planJSON) {
	return func(p planJSON) {
		const path = "configuration.root_module.resources"
		stackJSON(p).set(path, append(stackJSON(p).get(path).([]any), map[string]any{
			"address": address, "mode": mode, "type": "aws_s3_bucket", "name": "other", "provider_config_key": "aws",
		}))
	}
}

// plannedToo adds a resource to the changes only.
func plannedToo(address string) func(planJSON) {
	return func(p planJSON) {
		p["resource_changes"] = append(p["resource_changes"].([]any), map[string]any{
			"address": address, "mode": "managed", "type": "aws_sqs_queue",
			"change": map[string]any{"actions": []any{"create"}, "before": nil, "after": map[string]any{}},
		})
	}
}

// last returns what declares added.
func last(p planJSON) map[string]any {
	all := stackJSON(p).get("configuration.root_module.resources").([]any)
	return all[len(all)-1].(map[string]any)
}

// inModule adds a resource to the configuration of a module, and the call of it.
func inModule(call map[string]any) func(planJSON) {
	return func(p planJSON) {
		call["module"] = map[string]any{"resources": []any{map[string]any{
			"address": "aws_s3_bucket.other", "mode": "managed", "type": "aws_s3_bucket", "name": "other",
		}}}
		stackJSON(p).set("configuration.root_module.module_calls", map[string]any{"data": call})
	}
}
