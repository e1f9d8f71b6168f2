package slimcache

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
)

// late has the bundled libraries of a package that are loaded when they are first
// used, not with the package. cdktf needs archiver for assets and semver to check
// Terraform's version; their 240 files take as long to load as all of cdktf.
var late = map[string][]string{"cdktf": {"archiver", "semver"}}

const lateName = "slimcache-late.js"

// lateText has a %s for the quoted path of the library's entry.
//
//go:embed late.js
var lateText string

// loadLate replaces the entries of libraries that are to be loaded late. It leaves
// out a library that isn't there, or whose package.json defines its entry in
// another way than with main.
func loadLate(files map[string][]byte, pkg string) {
	for _, library := range late[pkg] {
		folder := "node_modules/" + library + "/"
		var description map[string]json.RawMessage
		if json.Unmarshal(files[folder+"package.json"], &description) != nil || description["exports"] != nil {
			continue
		}
		var entry string
		if json.Unmarshal(description["main"], &entry) != nil || files[folder+entry] == nil {
			continue
		}
		changed := maps.Clone(description)
		changed["main"] = json.RawMessage(fmt.Sprintf("%q", lateName))
		text, err := marshal(changed)
		if err != nil {
			continue
		}
		files[folder+"package.json"] = text
		files[folder+lateName] = fmt.Appendf(nil, lateText, fmt.Sprintf("%q", "./"+entry))
	}
}
