package slimcache

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// The files of jsii's index of a description, version 1. jsii 1.140 writes them in
// a worker thread after it has read the whole description (see its
// kernel/src/runtime-index.ts). With the index, it only reads the types that are
// used. A jsii without an index, or with another version of it, reads the whole
// description.
const (
	indexManifestName = ".jsii.runtime.v1.json"
	indexName         = ".jsii.runtime-index.v1"
	definitionsName   = ".jsii.runtime-defs.v1.jsonl"
)

// kinds are the numbers of the kinds of types in jsii's index.
var kinds = map[string]byte{"class": 0, "interface": 1, "enum": 2}

// files returns the description as the files that jsii reads.
func (a *assembly) files() (map[string][]byte, error) {
	description := map[string]any{"types": a.typesByName()}
	for key, value := range a.meta {
		description[key] = value
	}
	whole, err := marshal(description)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{".jsii": whole}
	return files, a.addIndex(files)
}

func (a *assembly) typesByName() map[string]json.RawMessage {
	types := make(map[string]json.RawMessage, len(a.types))
	for _, t := range a.types {
		types[t.name] = t.json
	}
	return types
}

// addIndex writes the index: one line for each type, and three columns with the
// types' names, their kinds, and the offsets of their lines.
func (a *assembly) addIndex(files map[string][]byte) error {
	var names, kindColumn, starts, lines []byte
	for i, t := range a.types {
		kind, ok := kinds[t.kind]
		if !ok {
			return fmt.Errorf("type %s: unexpected kind %q", t.name, t.kind)
		}
		if i > 0 {
			names = append(names, '\n')
		}
		names = append(names, t.name...)
		kindColumn = append(kindColumn, kind)
		starts = binary.LittleEndian.AppendUint32(starts, uint32(len(lines)))
		lines = append(append(lines, t.json...), '\n')
	}
	starts = binary.LittleEndian.AppendUint32(starts, uint32(len(lines)))

	type column struct {
		Start  int `json:"start"`
		Length int `json:"length"`
	}
	manifest, err := marshal(map[string]any{
		"schema":           "jsii/runtime-index",
		"version":          1,
		"index":            indexName,
		"defs":             definitionsName,
		"assemblyMetadata": a.meta,
		"layout": map[string]any{
			"typeCount": len(a.types),
			"names":     column{0, len(names)},
			"kinds":     column{len(names), len(kindColumn)},
			"offsets":   column{len(names) + len(kindColumn), len(starts)},
		},
	})
	files[indexManifestName] = manifest
	files[indexName] = append(append(names, kindColumn...), starts...)
	files[definitionsName] = lines
	return err
}
