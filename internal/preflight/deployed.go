package preflight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"datalock/settings"
)

// A Past is the evidence in a project's files that a stack was deployed before.
type Past struct {
	// State is the path of a state file that has something, or empty.
	State string
	// Holds is what the state has, such as "3 resources".
	Holds string
	// Signs say that the stack was initialized before. None is proof.
	Signs []string
}

// PastOf looks for traces of a deploy in dir, the folder of cdktf.json, and in
// outdir, that of the synthesized stacks.
func PastOf(s settings.Settings, stack, dir, outdir string) Past {
	folder := filepath.Join(outdir, "stacks", stack)
	recorded := readRecord(folder)
	beside := settings.Settings{Output: s.Output}.StateFile(stack)
	files := []string{filepath.Join(dir, beside), filepath.Join(folder, "terraform.tfstate")}
	if s.Backend.Local != nil {
		files = append(files, filepath.Join(dir, s.StateFile(stack)))
	}
	if recorded.Backend.Type == "local" {
		files = append(files, filepath.Join(folder, recorded.Backend.Config.Path))
	}
	var past Past
	for _, file := range files {
		state, err := os.ReadFile(file)
		if err == nil && !isEmpty(state) {
			past.State, past.Holds = file, holds(state)
			break
		}
	}
	if kind := recorded.Backend.Type; kind != "" && kind != backendType(s.Backend) {
		past.Signs = append(past.Signs, "the stack was initialized with the backend "+kind+recorded.name())
	}
	if _, err := os.Stat(filepath.Join(folder, ".terraform.lock.hcl")); err == nil {
		past.Signs = append(past.Signs, "the stack was initialized before (it has a .terraform.lock.hcl)")
	}
	return past
}

// askDeployedBefore looks for traces of a deploy of a stack whose state, at
// where, is empty. With an empty state Terraform plans a second bucket beside
// the one that is deployed, without an error.
func askDeployedBefore(r *Report, s settings.Settings, stack, where string, env Environment) {
	past := PastOf(s, stack, env.Dir, env.Outdir)
	if past.State != "" {
		r.find(stack, fmt.Sprintf("the state in %s is empty, but %s has a state with %s; "+
			"Terraform would plan everything as new, a second bucket", where, past.State, past.Holds),
			"move the state first, as docs/changes.md#change-the-backend shows")
		return
	}
	signs := past.Signs
	if slices.ContainsFunc(s.Exceptions, func(e settings.Exception) bool { return e.About(stack) && !e.InModule() }) {
		signs = append(signs, "the settings have exceptions, which are for deployed buckets")
	}
	if len(signs) > 0 {
		r.note(Warning, stack, fmt.Sprintf("the state in %s is empty, but %s: if this stack is deployed, STOP. "+
			"Terraform would plan everything as new, a second bucket; move the state first, "+
			"as docs/changes.md#change-the-backend shows. Before the first apply this is normal", where,
			strings.Join(signs, ", and ")))
	}
}

func backendType(b settings.Backend) string {
	switch {
	case b.Cloud != nil:
		return "cloud"
	case b.S3 != nil:
		return "s3"
	}
	return "local"
}

// A record is what terraform init stores about the backend in .terraform.
type record struct {
	Backend struct {
		Type   string
		Config struct {
			Path, Bucket, Key, Organization string
			Workspaces                      struct{ Name string }
		}
	}
}

func readRecord(folder string) record {
	var one record
	if text, err := os.ReadFile(filepath.Join(folder, ".terraform", "terraform.tfstate")); err == nil {
		_ = json.Unmarshal(text, &one)
	}
	return one
}

// name returns where the recorded backend keeps the state, in parentheses.
func (r record) name() string {
	c := r.Backend.Config
	switch {
	case c.Bucket != "":
		return " (s3://" + c.Bucket + "/" + c.Key + ")"
	case c.Organization != "":
		return " (" + strings.TrimSuffix(c.Organization+"/"+c.Workspaces.Name, "/") + ")"
	}
	return ""
}

// isEmpty reports whether a state has no resources. A state that can't be
// read, such as an encrypted one, isn't empty.
func isEmpty(state []byte) bool { return len(state) == 0 || resources(state) == 0 }

// resources returns the number of resources in a state, or -1 if it can't be
// read.
func resources(state []byte) int {
	var one struct {
		Version   int
		Resources []struct{ Mode string }
	}
	if err := json.Unmarshal(state, &one); err != nil || one.Version == 0 {
		return -1
	}
	managed := 0
	for _, resource := range one.Resources {
		if resource.Mode == "managed" {
			managed++
		}
	}
	return managed
}

// holds says what a state has that isn't empty.
func holds(state []byte) string {
	switch n := resources(state); {
	case n < 0 && bytes.Contains(state, []byte(`"encrypted_data"`)):
		return "content that OpenTofu has encrypted"
	case n < 0:
		return "content that can't be read"
	case n == 1:
		return "1 resource"
	default:
		return fmt.Sprintf("%d resources", n)
	}
}
