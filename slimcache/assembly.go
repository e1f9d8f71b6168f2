package slimcache

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// An assembly is a package's description, its file ".jsii", without what a running
// program doesn't need: documentation, source positions, and the types of
// submodules that the program doesn't import.
type assembly struct {
	name, version string
	// provider reports whether the package is a prebuilt provider, of which only
	// a part is kept. Other packages are kept completely.
	provider bool
	// meta has the members of the description other than its types.
	meta map[string]json.RawMessage
	// types are the descriptions of the kept types, in the order of their names.
	types []namedType
	// folders have the code of the kept submodules, such as "lib/s3-bucket".
	folders map[string]bool
}

type namedType struct {
	name string
	kind string
	json []byte
}

// dropped are the members of a description that only tools read. jsii's own index
// leaves them out too.
var dropped = map[string]bool{"readme": true, "submodules": true}

// readAssembly reads a description. Of a provider it keeps the types of the
// submodules in keep, and adds to keep the submodules that they refer to. If it
// added one, it returns again = true, because types of it may be missing.
func readAssembly(r io.Reader, keep map[string]bool) (a *assembly, again bool, err error) {
	a = &assembly{meta: map[string]json.RawMessage{}, folders: map[string]bool{}}
	before := len(keep)
	// jsii doesn't need these checks for duplicate names and UTF-8, and they take
	// time: the AWS provider's description has 114 MB.
	in := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err = eachMember(in, func(key string) error {
		switch {
		case key == "types":
			if err := a.setName(); err != nil {
				return err
			}
			return eachMember(in, func(name string) error { return a.readType(in, name, keep) })
		case dropped[key]:
			return in.SkipValue()
		}
		value, err := in.ReadValue()
		if err == nil {
			a.meta[key] = bytes.Clone(value)
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("reading .jsii: %w", err)
	}
	if err := json.Unmarshal(a.meta["version"], &a.version); err != nil {
		return nil, false, fmt.Errorf("reading the version in .jsii: %w", err)
	}
	return a, len(keep) > before, nil
}

// eachMember calls member with the name of each member of the next object. member
// must read or skip the member's value.
func eachMember(in *jsontext.Decoder, member func(name string) error) error {
	start, err := in.ReadToken()
	if err != nil {
		return err
	}
	if start.Kind() != '{' {
		return fmt.Errorf("unexpected %s where an object should be", start.Kind())
	}
	for {
		token, err := in.ReadToken()
		if err != nil {
			return err
		}
		if token.Kind() == '}' {
			return nil
		}
		if err := member(token.String()); err != nil {
			return err
		}
	}
}

// setName sets the package's name, which comes before the types because jsii sorts
// the members of a description.
func (a *assembly) setName() error {
	if err := json.Unmarshal(a.meta["name"], &a.name); err != nil {
		return fmt.Errorf("no name before the types: %w", err)
	}
	a.provider = strings.HasPrefix(a.name, "@cdktf/provider-")
	return nil
}

func (a *assembly) readType(in *jsontext.Decoder, name string, keep map[string]bool) error {
	if a.provider {
		submodule, err := submoduleOf(name)
		if err != nil {
			return err
		}
		if !keep[submodule] {
			return in.SkipValue()
		}
	}
	raw, err := in.ReadValue()
	if err != nil {
		return err
	}
	if a.provider {
		for _, m := range reference.FindAllSubmatch(raw, -1) {
			keep[string(m[1])] = true
		}
	}
	var t struct{ Kind, SymbolID string }
	if err := json.Unmarshal(raw, &t); err != nil {
		return fmt.Errorf("type %s: %w", name, err)
	}
	if a.provider {
		folder, err := folderOf(t.SymbolID)
		if err != nil {
			return fmt.Errorf("type %s: %w", name, err)
		}
		a.folders[folder] = true
	}
	slim, err := withoutDocs(raw)
	if err != nil {
		return fmt.Errorf("type %s: %w", name, err)
	}
	a.types = append(a.types, namedType{name, t.Kind, slim})
	return nil
}

// reference matches the name of a provider's type in a description.
var reference = regexp.MustCompile(`"(@cdktf/provider-[a-z0-9-]+\.[A-Za-z0-9_]+)\.[A-Za-z0-9_.]+"`)

// submoduleOf returns "@cdktf/provider-aws.s3Bucket" for
// "@cdktf/provider-aws.s3Bucket.S3BucketConfig".
func submoduleOf(name string) (string, error) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 3 {
		return "", fmt.Errorf("type %s is in no submodule", name)
	}
	return parts[0] + "." + parts[1], nil
}

// folderOf returns "lib/s3-bucket" for "src/s3-bucket/index:S3Bucket": a
// provider's code is compiled from src to lib, a folder for each submodule.
func folderOf(symbolID string) (string, error) {
	path, ok := strings.CutPrefix(symbolID, "src/")
	folder, _, deeper := strings.Cut(path, "/")
	if !ok || !deeper {
		return "", fmt.Errorf("unexpected place %q", symbolID)
	}
	return "lib/" + folder, nil
}

// withoutDocs returns a type's description without the members that are only read
// at compile time. It doesn't change how numbers are written.
func withoutDocs(raw []byte) ([]byte, error) {
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	dropDocs(v)
	return marshal(v)
}

func dropDocs(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "docs")
		delete(v, "locationInModule")
		delete(v, "sourceLine")
		for _, member := range v {
			dropDocs(member)
		}
	case []any:
		for _, member := range v {
			dropDocs(member)
		}
	}
}

// marshal returns JSON without a newline at the end and without HTML escapes.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
