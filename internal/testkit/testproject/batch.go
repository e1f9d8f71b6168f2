package testproject

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// PlanAll plans many changes of the deployed bucket in few plans, which costs
// little more than one of them, and returns what becomes of each, in their
// order. Each is a module with the stack that the app declares for its settings
// and with the deployed bucket's state; those with the same configuration of the
// provider are planned together. A change that Terraform refuses would take the
// others with it: plan it alone.
func (l Project) PlanAll(t *testing.T, changes []Tree) []Plan {
	t.Helper()
	batches := map[string]*batch{}
	for number, settings := range changes {
		l.Synth(t, settings)
		stack := readJSON(t, filepath.Join(l.Stack("data"), "cdk.tf.json"))
		configuration, err := json.Marshal(stack["provider"])
		if err != nil {
			t.Fatal(err)
		}
		b := batches[string(configuration)]
		if b == nil {
			b = &batch{dir: t.TempDir(), provider: stack["provider"], modules: Tree{}}
			batches[string(configuration)] = b
		}
		delete(stack, "provider")
		delete(stack["terraform"].(Tree), "backend")
		name := fmt.Sprintf("change%d", number)
		writeJSON(t, filepath.Join(b.dir, name, "cdk.tf.json"), stack)
		b.modules[name] = Tree{"source": "./" + name}
		b.addState(t, l.state(t), name)
	}
	plans := make([]Plan, len(changes))
	for _, b := range batches {
		text := l.planBatch(t, b)
		for number := range plans {
			if name := fmt.Sprintf("change%d", number); b.modules[name] != nil {
				plans[number] = readPlan(t, ofModule(t, text, name))
			}
		}
	}
	return plans
}

// planBatch returns the plan of a batch.
func (l Project) planBatch(t *testing.T, b *batch) []byte {
	t.Helper()
	writeJSON(t, filepath.Join(b.dir, "main.tf.json"), Tree{"provider": b.provider, "module": b.modules})
	state := l.state(t)
	state["resources"], state["outputs"] = b.resources, Tree{}
	writeJSON(t, filepath.Join(b.dir, "terraform.tfstate"), state)
	l.Terraform.Run(t, b.dir, "init")
	l.Terraform.Run(t, b.dir, "plan", "-refresh=false", "-out=plan")
	return l.Terraform.Run(t, b.dir, "show", "-json", "plan")
}

// ofModule returns the part of a plan that one module has: the modules' buckets
// have the same name, so that the gate would take them for one.
func ofModule(t *testing.T, text []byte, name string) []byte {
	t.Helper()
	var plan Tree
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	address := "module." + name
	keep := func(holder any, list, key string) {
		values, _ := holder.(Tree)
		items, _ := values[list].([]any)
		values[list] = slices.DeleteFunc(items, func(item any) bool { return item.(Tree)[key] != address })
	}
	keep(plan, "resource_changes", "module_address")
	keep(plan["planned_values"].(Tree)["root_module"], "child_modules", "address")
	keep(plan["prior_state"].(Tree)["values"].(Tree)["root_module"], "child_modules", "address")
	root := plan["configuration"].(Tree)["root_module"].(Tree)
	root["module_calls"] = Tree{name: root["module_calls"].(Tree)[name]}
	part, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// A batch is a configuration with a module for each change.
type batch struct {
	dir       string
	provider  any
	modules   Tree
	resources []any
}

// addState adds the deployed resources to a module.
func (b *batch) addState(t *testing.T, state Tree, module string) {
	t.Helper()
	resources, _ := state["resources"].([]any)
	if len(resources) == 0 {
		t.Fatal("nothing is deployed")
	}
	for _, resource := range resources {
		resource := resource.(Tree)
		resource["module"] = "module." + module
		for _, instance := range resource["instances"].([]any) {
			needs, _ := instance.(Tree)["dependencies"].([]any)
			for i := range needs {
				needs[i] = "module." + module + "." + needs[i].(string)
			}
		}
		b.resources = append(b.resources, resource)
	}
}

// state returns the state of the stack data.
func (l Project) state(t *testing.T) Tree {
	t.Helper()
	return readJSON(t, filepath.Join(l.Dir, "terraform.data.tfstate"))
}

func readJSON(t *testing.T, path string) Tree {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var value Tree
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return value
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// oneLine returns what Terraform printed without its frames.
func oneLine(out []byte) string {
	frames := strings.NewReplacer("│", "", "╷", "", "╵", "")
	return strings.Join(strings.Fields(frames.Replace(string(out))), " ")
}
