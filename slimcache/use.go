package slimcache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/jsii-runtime-go"
)

// Switch is the environment variable that disables the slim cache if its value is
// "stock".
const Switch = "DATALOCK_JSII"

// The environment variables that set the cache of jsii's kernel.
const (
	rootVariable    = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
	enabledVariable = "JSII_RUNTIME_PACKAGE_CACHE"
)

// Use makes jsii use a slim cache for this program, and creates it if there is
// none. Call it before the first construct.
//
// Use never fails. If there can't be a slim cache, it writes one line with the
// reason to standard error, and jsii starts without it.
func Use() {
	if err := use(); err != nil {
		fmt.Fprintf(os.Stderr, "slimcache: %v; jsii starts without the slim cache\n", err)
	}
	// jsii copied the environment when its Go package was initialized. After
	// Close it copies it again when it is next used.
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
		// jsii's own cache is in the same place and would fail too.
		os.Setenv(enabledVariable, "disabled")
	}
	if err != nil {
		return err
	}
	os.Setenv(rootVariable, filepath.Join(dir, packagesName))
	withoutRelay(dir)
	return nil
}

// forgetParent removes the variables that a program with a slim cache set for
// itself before it started this one.
func forgetParent(home string) {
	for _, name := range []string{rootVariable, nodeVariable} {
		if strings.HasPrefix(os.Getenv(name), home+string(filepath.Separator)) {
			os.Unsetenv(name)
		}
	}
}

// cacheHome returns the folder of all slim caches:
// $XDG_CACHE_HOME/cdktf-slimcache or ~/.cache/cdktf-slimcache on Linux.
func cacheHome() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	if !filepath.IsAbs(base) {
		// node would resolve it in another folder.
		return "", fmt.Errorf("finding the user's cache folder: %s is not an absolute path", base)
	}
	return filepath.Join(base, "cdktf-slimcache"), nil
}
