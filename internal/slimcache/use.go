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
	err := use()
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "slimcache: %v; jsii starts its stock way\n", err)
}

func use() error {
	home, err := cacheHome()
	if err != nil {
		return err
	}
	root := os.Getenv(rootVariable)
	if root != "" && strings.HasPrefix(root, home+string(filepath.Separator)) {
		// Handed down by a program that runs this one, for which it was made.
		if err := environment(rootVariable, ""); err != nil {
			return err
		}
		root = ""
	}
	switch {
	case os.Getenv(Switch) == "stock":
		return nil
	case root != "":
		return fmt.Errorf("%s is set", rootVariable)
	case os.Getenv(enabledVariable) != "":
		return fmt.Errorf("%s is set", enabledVariable)
	}
	b, err := scanSelf()
	if err != nil {
		return err
	}
	dir, err := prepare(home, b)
	if errors.Is(err, errReadOnly) {
		// jsii's own cache lies beside and would make it fail.
		return errors.Join(err, environment(enabledVariable, "disabled"))
	}
	if err != nil {
		return err
	}
	return environment(rootVariable, filepath.Join(dir, packagesName))
}

// cacheHome is the folder of all slim caches, beside jsii's own cache:
// $XDG_CACHE_HOME/cdktf-slimcache or ~/.cache/cdktf-slimcache on Linux.
func cacheHome() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return filepath.Join(base, "cdktf-slimcache"), nil
}

// environment sets a variable, or removes it where the value is empty, for the
// jsii process that is not yet started. jsii took the environment when its Go
// packages were initialised; closed, it takes it again when it is first used.
func environment(name, value string) error {
	jsii.Close()
	if value == "" {
		return os.Unsetenv(name)
	}
	return os.Setenv(name, value)
}
