package slimcache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// jsiiModule is the Go module that starts jsii's kernel.
const jsiiModule = "github.com/aws/jsii-runtime-go"

// layout is incremented whenever the same input gives another slim cache.
const layout = 3

// identity returns the name of a program's slim cache. Programs with the same jsii
// packages and the same imports have the same name; any other program has
// another. It doesn't have to be perfect: jsii uses a package only if the hash of
// its tarball is right, and otherwise unpacks it.
func identity(submodules []string) (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("the program was built without module information")
	}
	id := sha256.New()
	fmt.Fprintf(id, "layout %d\n", layout)
	for _, module := range info.Deps {
		if !isJSII(module.Path) {
			continue
		}
		if module.Replace != nil {
			module = module.Replace
		}
		fmt.Fprintf(id, "%s %s %s\n", module.Path, module.Version, module.Sum)
	}
	for _, submodule := range submodules {
		fmt.Fprintln(id, submodule)
	}
	return hex.EncodeToString(id.Sum(nil))[:16], nil
}

// isJSII reports whether a module decides what is in the slim cache. With only
// these, a program, its tests and its tools share one.
func isJSII(module string) bool {
	return strings.Contains(module, "cdktf") ||
		strings.HasPrefix(module, "github.com/aws/constructs-go/") ||
		module == jsiiModule
}
