package jsiihost

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// An environment keeps what variables were before they were set; nil says that
// there was none.
type environment map[string]*string

// set sets a variable, for this process and those that it starts.
func (e environment) set(name, value string) {
	if _, again := e[name]; !again {
		e[name] = nil
		if was, ok := os.LookupEnv(name); ok {
			e[name] = &was
		}
	}
	_ = os.Setenv(name, value) // fails for impossible names alone
}

// undo gives all variables the values back that they had.
func (e environment) undo() {
	for name, was := range e {
		if was == nil {
			_ = os.Unsetenv(name)
		} else {
			_ = os.Setenv(name, *was)
		}
	}
}

//go:embed watch.js
var watchScript []byte

// jsiiOptions is what jsii runs node with if NODE_OPTIONS is not set.
const jsiiOptions = "--max-old-space-size=4069"

// watch has every node that is started end with the process that started it.
func (e environment) watch(temp string) error {
	path := filepath.Join(temp, "watch.js")
	if err := os.WriteFile(path, watchScript, 0o600); err != nil {
		return fmt.Errorf("write what ends node: %w", err)
	}
	options := os.Getenv(optionsVariable)
	if options == "" {
		options = jsiiOptions
	}
	// https://nodejs.org/api/cli.html#node_optionsoptions
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path)
	e.set(optionsVariable, options+` --require "`+quoted+`"`)
	return nil
}
