package slimcache

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// A fakeFile is a file of a made-up npm package, in the order of the tarball.
type fakeFile struct{ name, text string }

// fakeProvider is as small as a package can be that is laid out as cdktf's
// prebuilt providers are. The submodule "user" refers to "group", nothing to
// "secret".
var fakeProvider = []fakeFile{
	{".jsii", `{
  "docs": {"summary": "kept"},
  "name": "@cdktf/provider-fake",
  "readme": {"markdown": "# much"},
  "submodules": {"@cdktf/provider-fake.user": {}},
  "types": {
    "@cdktf/provider-fake.group.Group": {"kind": "class", "fqn": "@cdktf/provider-fake.group.Group", "symbolId": "src/group/index:Group"},
    "@cdktf/provider-fake.secret.Secret": {"kind": "class", "symbolId": "src/secret/index:Secret"},
    "@cdktf/provider-fake.user.User": {"docs": {"summary": "long"}, "kind": "class", "symbolId": "src/user/index:User",
      "properties": [{"docs": {}, "locationInModule": {"line": 1}, "name": "<a>", "type": {"fqn": "@cdktf/provider-fake.group.Group"}}]},
    "@cdktf/provider-fake.user.UserConfig": {"kind": "interface", "symbolId": "src/user/index-structs/config:UserConfig"}
  },
  "version": "1.2.3"
}`},
	{"lib/group/index.js", "// group"},
	{"lib/index.js", "// loads everything"},
	{
		"lib/lazy-index.js",
		"// head\nget('group', () => require('./group'));\nget('secret', () => require('./secret'));\nget('user', () => " +
			"require('./user'));\n",
	},
	{"lib/secret/index.js", "// secret"},
	{"lib/user/index.js", "// user"},
	{"lib/user/index.d.ts", "// types"},
	{"lib/user/index-structs/config.js", "// config"},
	{"package.json", `{"name": "@cdktf/provider-fake", "main": "lib/index.js"}`},
	{"README.md", "# much"},
}

// tgz packs files as npm does, and returns the key that jsii has for it too.
func tgz(t *testing.T, files []fakeFile, name, version string) (data []byte, key string) {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	tw := tar.NewWriter(gz)
	for _, file := range files {
		header := &tar.Header{Name: "package/" + file.name, Mode: 0o644, Size: int64(len(file.text)), Typeflag: tar.TypeReg}
		if err := tw.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(file.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(out.String() + "\x00" + name + "\x00" + version))
	return out.Bytes(), hex.EncodeToString(digest[:])
}

// fakeProgram writes a file that has the parts given, and returns it as a
// program that imports the submodules.
func fakeProgram(t *testing.T, submodules []string, parts ...[]byte) *program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return &program{path: path, submodules: submodules}
}
