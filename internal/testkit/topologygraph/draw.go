package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A plan is what is read of `terraform show -json`.
type plan struct {
	Changes []struct {
		Type, Name string
		Change     struct{ After object }
	} `json:"resource_changes"`
}

type object = map[string]any

// A drawing collects the lines of a graph.
type drawing struct {
	// resources are the planned values by type and name.
	resources    map[string]map[string]object
	nodes, edges []string
}

// draw returns the graph of a plan in Graphviz's language: a box for each bucket,
// role, trail, topic and rule, and an arrow for what the plan connects.
func draw(text []byte) (string, error) {
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return "", err
	}
	d := &drawing{resources: map[string]map[string]object{}}
	for _, c := range p.Changes {
		if d.resources[c.Type] == nil {
			d.resources[c.Type] = map[string]object{}
		}
		d.resources[c.Type][c.Name] = c.Change.After
	}
	if len(d.resources["aws_s3_bucket"]) == 0 {
		return "", errors.New("the plan has no buckets")
	}
	for _, part := range []func(*drawing){
		(*drawing).buckets, (*drawing).reports, (*drawing).copies, (*drawing).roles, (*drawing).trail, (*drawing).alarms,
	} {
		part(d)
	}
	const head = "digraph topology {\n" +
		"  rankdir=LR; bgcolor=white; nodesep=0.35; ranksep=0.9;\n" +
		"  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", fontname=\"Helvetica\", fontsize=11];\n" +
		"  edge [fontname=\"Helvetica\", fontsize=10, color=\"#57606a\"];\n"
	return head + strings.Join(d.nodes, "") + strings.Join(d.edges, "") + "}\n", nil
}

func (d *drawing) node(id, color string, lines ...string) {
	d.nodes = append(d.nodes, fmt.Sprintf("  %q [label=%q, fillcolor=%q];\n", id, strings.Join(lines, "\n"), color))
}

func (d *drawing) edge(from, to, label string) {
	d.edges = append(d.edges, fmt.Sprintf("  %q -> %q [label=%q];\n", from, to, label))
}

// each calls f for the resources of a type, in the order of their names.
func (d *drawing) each(kind string, f func(name string, values object)) {
	for _, name := range slices.Sorted(maps.Keys(d.resources[kind])) {
		f(name, d.resources[kind][name])
	}
}

// at follows a path of keys, through lists with one element.
func at(value any, path ...string) any {
	for _, key := range path {
		if list, is := value.([]any); is && len(list) > 0 {
			value = list[0]
		}
		nested, _ := value.(object)
		value = nested[key]
	}
	return value
}

func text(value any, path ...string) string {
	found := at(value, path...)
	if found == nil {
		return ""
	}
	return fmt.Sprint(found)
}

// named returns the name at the end of an ARN.
func named(arn string) string {
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	name, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "rule/"), "role/"), "/")
	return name
}

// guardsOf returns what a bucket has, in words.
func (d *drawing) guardsOf(bucket string) []string {
	lines := []string{bucket}
	of := func(kind string, say func(values object) string) {
		d.each(kind, func(_ string, values object) {
			if text(values, "bucket") == bucket {
				lines = append(lines, say(values))
			}
		})
	}
	of("aws_s3_bucket_object_lock_configuration", func(v object) string {
		retention, _ := at(v, "rule", "default_retention").([]any)
		return fmt.Sprintf("Object Lock: %s, %s days", text(retention, "mode"), text(retention, "days"))
	})
	of("aws_s3_bucket_server_side_encryption_configuration", func(v object) string {
		return "encryption: " + text(v, "rule", "apply_server_side_encryption_by_default", "sse_algorithm")
	})
	of("aws_s3_bucket_versioning",
		func(v object) string { return "versioning: " + text(v, "versioning_configuration", "status") })
	of("aws_s3_bucket_policy", func(v object) string {
		if strings.Contains(text(v, "policy"), `"DenyEvidenceDeletion"`) {
			return "not locked; its policy denies deletions"
		}
		return "guarded by its policy"
	})
	return lines
}

func (d *drawing) buckets() {
	d.each("aws_s3_bucket", func(name string, values object) {
		bucket, color := text(values, "bucket"), "#ddf4ff"
		switch {
		case values["object_lock_enabled"] != true:
			color = "#fff8c5"
		case name == "bucket":
			color = "#dafbe1"
		}
		lines := d.guardsOf(bucket)
		d.node(bucket, color, lines...)
	})
}

func (d *drawing) reports() {
	d.each("aws_s3_bucket_logging", func(_ string, v object) {
		d.edge(text(v, "bucket"), text(v, "target_bucket"), "access logs: "+text(v, "target_prefix"))
	})
	d.each("aws_s3_bucket_inventory", func(_ string, v object) {
		destination := at(v, "destination", "bucket")
		d.edge(text(v, "bucket"), named(text(destination, "bucket_arn")),
			fmt.Sprintf("inventory: %s/, %s, %s", text(destination, "prefix"), text(destination, "format"),
				text(v, "schedule", "frequency")))
	})
}

func (d *drawing) copies() {
	d.each("aws_s3_bucket_replication_configuration", func(_ string, v object) {
		d.edge(text(v, "bucket"), named(text(v, "rule", "destination", "bucket")),
			"replication: "+text(v, "rule", "status")+"\ndelete markers: "+
				text(v, "rule", "delete_marker_replication", "status"))
	})
}
