package check

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// stackDocument has the keys of a synthesised stack that are read.
// https://developer.hashicorp.com/terraform/language/syntax/json
type stackDocument struct {
	Terraform object                       `json:"terraform"`
	Resource  map[string]map[string]object `json:"resource"`
	Module    object                       `json:"module"`
	Removed   []object                     `json:"removed"`
	Comment   object                       `json:"//"`
}

// harmlessInStacks are the other sections that a stack may have. None of them
// changes a resource by itself; import.go reads the imports.
// https://developer.hashicorp.com/terraform/language/syntax/json
var harmlessInStacks = []string{
	"action", "check", "data", "ephemeral", "import", "locals", "moved", "output", "provider", "variable",
}

// stack turns a stack into a subject. Its resources have no values before, so
// only the rules for new buckets apply.
func (d stackDocument) stack() (*Subject, error) {
	if len(d.Module) > 0 {
		return nil, errors.New("the stack calls modules, and only a plan shows what is in them; check the plan")
	}
	s := &Subject{Kind: Stack, Version: text(d.Comment, "metadata", "version")}
	for _, kind := range slices.Sorted(maps.Keys(d.Resource)) {
		for _, name := range slices.Sorted(maps.Keys(d.Resource[kind])) {
			s.Total++
			values := d.Resource[kind][name]
			if values == nil {
				return nil, fmt.Errorf("%s.%s has no arguments", Printable(kind), Printable(name))
			}
			if _, guards := guards[kind]; guards {
				s.add(d.resource(kind, name, values))
			}
		}
	}
	for _, r := range d.Removed {
		from := text(r, "from")
		if from == "" {
			return nil, errors.New("a removed block names no resource")
		}
		s.removed = append(s.removed, strings.TrimSuffix(strings.TrimPrefix(from, "${"), "}"))
	}
	return s, nil
}

func (d stackDocument) resource(kind, name string, values object) *resource {
	r := &resource{address: kind + "." + name, kind: kind, after: values, declares: map[string]bool{}}
	r.preventDestroy = boolAt(values, "lifecycle", "prevent_destroy")
	r.unknown = d.templates(values, r)
	r.repeated = values["count"] != nil || values["for_each"] != nil
	r.provisioned = values["provisioner"] != nil
	for range blocks(values, "lifecycle", "action_trigger") {
		r.triggers = append(r.triggers, "an action")
	}
	r.ignored = at(values["lifecycle"], "ignore_changes")
	r.provider = d.source(text(values, "provider"))
	for argument, value := range values {
		r.declares[argument] = value != nil
	}
	for _, name := range dynamicBlocks(values) {
		r.declares[name] = true
	}
	return r
}

// dynamicBlocks returns the names of the blocks that dynamic blocks make.
// https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks
func dynamicBlocks(values object) []string {
	var names []string
	for _, block := range blocks(values, "dynamic") {
		names = slices.AppendSeq(names, maps.Keys(asObject(block)))
	}
	return names
}

// source returns the full source address of the provider that a resource names,
// by default that of aws.
// https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses
func (d stackDocument) source(named string) string {
	local, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(named, "${"), "}"), ".")
	if local == "" {
		local = "aws"
	}
	source := text(d.Terraform, "required_providers", local, "source")
	if source == "" {
		source = local
	}
	switch strings.Count(source, "/") {
	case 0:
		source = "hashicorp/" + source
		fallthrough
	case 1:
		source = "registry.terraform.io/" + source
	}
	return source
}

var (
	template  = regexp.MustCompile(`(^|[^$])(\$\$)*\$\{|(^|[^%])(%%)*%\{`)
	reference = regexp.MustCompile(`\$\{(aws_s3_bucket|aws_kms_key)\.([A-Za-z0-9_-]+)\.([a-z_]+)\}`)
)

// templates returns a tree like after_unknown, with true where a value is an
// expression or a dynamic block, and records the buckets and keys that it refers to.
func (d stackDocument) templates(value any, r *resource) any {
	switch v := value.(type) {
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = d.templates(item, r)
		}
		return all
	case object:
		all := object{}
		for key, item := range v {
			if key != "lifecycle" && key != "//" {
				all[key] = d.templates(item, r)
			}
		}
		for _, name := range dynamicBlocks(v) {
			all[name] = true
		}
		return all
	case string:
		for _, match := range reference.FindAllStringSubmatch(v, -1) {
			r.refersTo = append(r.refersTo, match[1]+"."+match[2])
		}
		return template.MatchString(d.withoutNames(v))
	}
	return false
}

// withoutNames replaces references to a bucket's name that the stack itself
// declares, so that they don't count as unknown.
func (d stackDocument) withoutNames(s string) string {
	return reference.ReplaceAllStringFunc(s, func(match string) string {
		parts := reference.FindStringSubmatch(match)
		if _, named := d.Resource[bucketType][parts[2]]["bucket"]; parts[1] == bucketType && parts[3] == "bucket" && named {
			return "name"
		}
		return match
	})
}
