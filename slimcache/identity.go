package slimcache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"strings"
)

// jsiiModule is the Go module that starts jsii's kernel.
const jsiiModule = "github.com/aws/jsii-runtime-go"

// layout counts up whenever the same input makes another slim cache.
const layout = 2

// identity names the slim cache of a program: the same name for all programs
// with the same jsii packages and the same imports of them, for any change of
// either another one. It need not be perfect: jsii takes a package from the
// cache only where the hash of its tarball is right, and else unpacks it anew.
func identity(submodules []string) (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("the program was built without module information")
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

// isJSII tells the modules that decide what is in the slim cache from others,
// so that a program, its tests and its tools share one.
func isJSII(module string) bool {
	return strings.Contains(module, "cdktf") ||
		strings.HasPrefix(module, "github.com/aws/constructs-go/") ||
		module == jsiiModule
}
