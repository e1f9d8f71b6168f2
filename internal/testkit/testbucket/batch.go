package testbucket

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// PlanAll plans many changes of the deployed bucket in one plan, which costs
// little more than one of them, and returns what becomes of each, in their
// order. Each is a module with the stack that the app declares for its settings
// and with the deployed bucket's state. A change that Terraform refuses would
// take the others with it: plan it alone.
func (l Lab) PlanAll(t *testing.T, changes []Tree) []Plan {
	t.Helper()
	dir := t.TempDir()
	root := batch{providers: map[string]string{}, modules: Tree{}}
	for number, settings := range changes {
		l.Synth(t, settings)
		stack := readJSON(t, filepath.Join(l.Stack("data"), "cdk.tf.json"))
		alias := root.provider(t, stack)
		delete(stack, "provider")
		delete(stack["terraform"].(Tree), "backend")
		name := fmt.Sprintf("change%d", number)
		writeJSON(t, filepath.Join(dir, name, "cdk.tf.json"), stack)
		root.modules[name] = Tree{"source": "./" + name, "providers": Tree{"aws": "aws." + alias}}
		root.addState(t, l.state(t), name, alias)
	}
	writeJSON(t, filepath.Join(dir, "main.tf.json"), Tree{
		"provider": Tree{"aws": root.configurations}, "module": root.modules,
	})
	state := l.state(t)
	state["resources"], state["outputs"] = root.resources, Tree{}
	writeJSON(t, filepath.Join(dir, "terraform.tfstate"), state)
	// The configurations of the provider differ.
	l.apart.Run(t, dir, "init")
	l.apart.Run(t, dir, "plan", "-refresh=false", "-out=plan")
	text := l.Terraform.Run(t, dir, "show", "-json", "plan")
	plans := make([]Plan, len(changes))
	for number := range plans {
		plans[number] = readPlan(t, ofModule(t, text, fmt.Sprintf("change%d", number)))
	}
	return plans
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
	providers      map[string]string // the alias of each configuration
	configurations []any
	modules        Tree
	resources      []any
}

// provider returns the alias of a stack's provider in the root module.
func (b *batch) provider(t *testing.T, stack Tree) string {
	t.Helper()
	configuration := stack["provider"].(Tree)["aws"].([]any)[0].(Tree)
	text, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	alias, known := b.providers[string(text)]
	if !known {
		alias = fmt.Sprintf("provider%d", len(b.providers))
		b.providers[string(text)] = alias
		configuration["alias"] = alias
		b.configurations = append(b.configurations, configuration)
	}
	return alias
}

// addState adds the deployed resources to a module.
func (b *batch) addState(t *testing.T, state Tree, module, alias string) {
	t.Helper()
	resources, _ := state["resources"].([]any)
	if len(resources) == 0 {
		t.Fatal("nothing is deployed")
	}
	for _, resource := range resources {
		resource := resource.(Tree)
		resource["module"] = "module." + module
		resource["provider"] = resource["provider"].(string) + "." + alias
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
func (l Lab) state(t *testing.T) Tree {
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
