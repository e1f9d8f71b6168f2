package slimcache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/jsii-runtime-go"
)

// Switch is the environment variable that turns the slim cache off where its
// value is "stock".
const Switch = "DATALOCK_JSII"

// The variables by which jsii's kernel takes its cache.
const (
	rootVariable    = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
	enabledVariable = "JSII_RUNTIME_PACKAGE_CACHE"
)

// Use gives jsii a slim cache that fits this program, and makes it first where
// there is none. It must be called before the first construct is made.
//
// It never fails: where a slim cache cannot be had it leaves jsii as it is and
// writes one line to standard error that says why.
func Use() {
	if err := use(); err != nil {
		fmt.Fprintf(os.Stderr, "slimcache: %v; jsii starts its stock way\n", err)
	}
	// jsii took the environment when its Go packages were initialised; closed,
	// it takes it again when it is first used.
	jsii.Close()
}

func use() error {
	home, err := cacheHome()
	if err == nil {
		forgetParent(home)
	}
	switch {
	case os.Getenv(Switch) == "stock":
		return nil
	case err != nil:
		return err
	case os.Getenv(rootVariable) != "":
		return fmt.Errorf("%s is set", rootVariable)
	case os.Getenv(enabledVariable) != "":
		return fmt.Errorf("%s is set", enabledVariable)
	}
	self, err := readSelf()
	if err != nil {
		return err
	}
	dir, err := prepare(home, self)
	if errors.Is(err, errReadOnly) {
		// jsii's own cache lies beside and would make it fail.
		os.Setenv(enabledVariable, "disabled")
	}
	if err != nil {
		return err
	}
	os.Setenv(rootVariable, filepath.Join(dir, packagesName))
	withoutRelay(dir)
	return nil
}

// forgetParent removes what a program that runs this one has set for itself.
func forgetParent(home string) {
	for _, name := range []string{rootVariable, nodeVariable} {
		if strings.HasPrefix(os.Getenv(name), home+string(filepath.Separator)) {
			os.Unsetenv(name)
		}
	}
}

// cacheHome is the folder of all slim caches, beside jsii's own cache:
// $XDG_CACHE_HOME/cdktf-slimcache or ~/.cache/cdktf-slimcache on Linux.
func cacheHome() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	if !filepath.IsAbs(base) {
		// node would look for it below another folder.
		return "", fmt.Errorf("finding the user's cache folder: %s is no absolute path", base)
	}
	return filepath.Join(base, "cdktf-slimcache"), nil
}
