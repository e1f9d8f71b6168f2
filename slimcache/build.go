package slimcache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	// packagesName is the folder in a slim cache that jsii uses as its cache.
	packagesName = "packages"
	// markerName is the file that tells jsii that a package is complete.
	markerName = ".jsii-runtime-package-cache"
)

// A builder creates a slim cache in a new folder.
type builder struct {
	dir  string
	sums map[string]string
}

// build creates the slim cache of a program in dir, which must be empty. It has
// each jsii package in the binary, and of the providers only the submodules that
// the program imports.
func build(dir string, self *program) error {
	out := &builder{dir: dir, sums: map[string]string{}}
	starts, err := self.gzips()
	if err != nil {
		return err
	}
	packages := 0
	for _, start := range starts {
		err := out.add(self, start)
		if errors.Is(err, errNotTarball) {
			continue
		}
		if err != nil {
			return err
		}
		packages++
	}
	if packages == 0 {
		return errors.New("the program's file has no jsii package")
	}
	if err := out.put(kernelScript, kernelScriptText, 0o755); err != nil {
		return err
	}
	if err := out.put(kernelPreload, kernelPreloadText, 0o644); err != nil {
		return err
	}
	return writeManifest(dir, out.sums)
}

// put writes a file of the slim cache. name has slashes.
func (out *builder) put(name string, data []byte, mode os.FileMode) error {
	path := filepath.Join(out.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out.sums[name] = sum(data)
	return os.WriteFile(path, data, mode)
}

// add unpacks the package at an offset of the binary, if there is one.
func (out *builder) add(self *program, start int64) error {
	a, t, err := describe(self, start)
	if err != nil {
		return err
	}
	defer t.close()
	p := &pkg{builder: out, assembly: a, files: map[string][]byte{}}
	for {
		name, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading package %s: %w", a.name, err)
		}
		if err := p.take(name, t); err != nil {
			return fmt.Errorf("package %s, file %s: %w", a.name, name, err)
		}
	}
	// The package's folder is only known when the whole tarball was read.
	key, err := t.key(a.name, a.version)
	if err != nil {
		return fmt.Errorf("reading package %s: %w", a.name, err)
	}
	return p.write(key)
}

// describe reads the description of the package at an offset, again while it finds
// more submodules whose types are needed. It returns the tarball at its first file
// other than the description.
func describe(self *program, start int64) (*assembly, *tarball, error) {
	keep := map[string]bool{}
	for _, submodule := range self.submodules {
		keep[submodule] = true
	}
	for {
		t, err := openTarball(self.path, start)
		if err != nil {
			return nil, nil, err
		}
		a, again, skipped, err := t.description(keep)
		if err != nil {
			t.close()
			return nil, nil, err
		}
		if !again && skipped == 0 {
			return a, t, nil
		}
		t.close()
		if !again {
			t, err = openTarball(self.path, start)
			return a, t, err
		}
	}
}

// description reads the package's ".jsii". It returns whether that must be read
// again, and the number of files before it: none in a provider, which saves time.
func (t *tarball) description(keep map[string]bool) (a *assembly, again bool, skipped int, err error) {
	for ; ; skipped++ {
		name, err := t.next()
		if err != nil {
			return nil, false, 0, errNotTarball
		}
		if name == ".jsii" {
			a, again, err = readAssembly(t, keep)
			return a, again, skipped, err
		}
	}
}

// A pkg collects the files of one package until its folder is known.
type pkg struct {
	*builder
	assembly *assembly
	files    map[string][]byte
}

// notNeeded matches files that node never loads: TypeScript declarations, source
// maps and documents.
var notNeeded = regexp.MustCompile(`(\.d\.[cm]?ts|\.map|\.md|\.markdown|\.tsbuildinfo|\.ya?ml)$`)

// inlineMap matches the source map at the end of a JavaScript file. Such maps are
// half of what node would read, and it doesn't use them.
var inlineMap = regexp.MustCompile(`\n//# sourceMappingURL=data:\S*\s*\z`)

// take reads the next file, if it is needed.
func (p *pkg) take(name string, r io.Reader) error {
	if notNeeded.MatchString(name) || name == ".jsii" {
		return nil
	}
	if p.assembly.provider && strings.HasPrefix(name, "lib/") {
		folder, _, deeper := strings.Cut(strings.TrimPrefix(name, "lib/"), "/")
		switch {
		case deeper && !p.assembly.folders["lib/"+folder]:
			return nil
		case name == "lib/index.js":
			return nil // see lazy-index.js
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, ".js") {
		data = inlineMap.ReplaceAll(data, nil)
	}
	if p.assembly.provider && name == "lib/lazy-index.js" {
		name, data = "lib/index.js", p.index(data)
	}
	p.files[name] = data
	return nil
}

var required = regexp.MustCompile(`require\('\./([^']+)'\)`)

// index returns the lines of a provider's lazy-index.js, which loads a submodule
// when it is first used, without the lines of submodules that were left out.
func (p *pkg) index(lazy []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(lazy) {
		if m := required.FindSubmatch(line); m == nil || p.assembly.folders["lib/"+string(m[1])] {
			out.Write(line)
		}
	}
	return out.Bytes()
}

// write writes the package to where jsii looks for it.
func (p *pkg) write(key string) error {
	if p.assembly.provider && p.files["lib/index.js"] == nil {
		return fmt.Errorf("package %s has no lib/lazy-index.js", p.assembly.name)
	}
	described, err := p.assembly.files()
	if err != nil {
		return fmt.Errorf("package %s: %w", p.assembly.name, err)
	}
	for name, data := range described {
		p.files[name] = data
	}
	p.files[markerName] = nil
	loadLate(p.files, p.assembly.name)
	for name, data := range p.files {
		place := strings.Join([]string{packagesName, p.assembly.name, p.assembly.version, key, name}, "/")
		if err := p.put(place, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
