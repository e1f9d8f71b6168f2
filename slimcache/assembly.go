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

// An assembly is what jsii knows of a package, its file ".jsii", less what is
// of no use when a program runs: documentation, source positions, and the types
// of submodules that the program does not import.
type assembly struct {
	name, version string
	// provider tells a prebuilt provider, of which only a part is kept, from
	// the packages that are kept whole.
	provider bool
	// meta holds the members of the description beside its types.
	meta map[string]json.RawMessage
	// types are the descriptions of the types that were kept, in the order of
	// their names.
	types []namedType
	// folders are where the kept submodules' code lies, such as "lib/s3-bucket".
	folders map[string]bool
}

type namedType struct {
	name string
	kind string
	json []byte
}

// dropped are the members of a description that only tools read; jsii's own
// index of a description goes without them too.
var dropped = map[string]bool{"readme": true, "submodules": true}

// readAssembly reads a description. Of a provider it keeps the types of the
// submodules in keep, and adds to keep the submodules that they refer to; it
// returns again = true where one was added, so that its types may be missing.
func readAssembly(r io.Reader, keep map[string]bool) (a *assembly, again bool, err error) {
	a = &assembly{meta: map[string]json.RawMessage{}, folders: map[string]bool{}}
	before := len(keep)
	// Whether names are unique and text is UTF-8 is jsii's business, and takes
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

// eachMember calls member with the name of each member of the object that comes
// next. member must read or skip the member's value.
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

// setName takes the package's name, which stands before the types because
// jsii sorts a description's members.
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

// reference matches a provider's type where a description names it.
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

// withoutDocs returns a type's description without the members that are read
// only when a program is compiled. Numbers stay as they are written.
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

// marshal writes JSON without a line's end and without HTML's escapes.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
