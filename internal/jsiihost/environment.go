package jsiihost

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// An environment keeps the previous values of variables; nil means that a
// variable was not set.
type environment map[string]*string

// set sets a variable, for this process and those that it starts.
func (e environment) set(name, value string) {
	if _, again := e[name]; !again {
		e[name] = nil
		if was, ok := os.LookupEnv(name); ok {
			e[name] = &was
		}
	}
	_ = os.Setenv(name, value) // fails only for invalid names
}

// undo restores the previous values of all variables.
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

// jsiiOptions are the options with which jsii runs node if NODE_OPTIONS is not
// set.
const jsiiOptions = "--max-old-space-size=4069"

// watch makes every node process exit when the process that started it ends.
func (e environment) watch(temp string) error {
	path := filepath.Join(temp, "watch.js")
	if err := os.WriteFile(path, watchScript, 0o600); err != nil {
		return fmt.Errorf("write the script that stops node: %w", err)
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
