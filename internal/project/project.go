// Package project reads the cdktf project in a folder: its settings, and the
// values that cdktf's command line passes to the app.
//
// The app can be started in two ways, which must give the same bytes. cdktf's
// command line sets CDKTF_CONTEXT_JSON and CDKTF_OUTDIR from cdktf.json before
// it runs the app. With `go run .` neither is set, so [Load] reads the file.
package project

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"datalock/settings"
)

const (
	// File is the name of the file with the settings.
	File = "cdktf.json"
	// ContextVariable is the variable in which cdktf's command line passes the
	// context of cdktf.json to the app.
	ContextVariable = "CDKTF_CONTEXT_JSON"
	// OutdirVariable is the variable in which cdktf's command line passes the
	// output folder.
	OutdirVariable = "CDKTF_OUTDIR"
)

// Project is what the project's folder and the environment define.
type Project struct {
	Settings settings.Settings
	// Text is the JSON that the settings were read from.
	Text json.RawMessage
	// Context is the rest of the context in cdktf.json, for cdktf itself. It is
	// nil if cdktf reads it from ContextVariable.
	Context map[string]any
	// Outdir is the output folder of the stacks.
	Outdir string
	// UnderCLI reports whether cdktf's command line started the app.
	UnderCLI bool
}

// A SettingsError is a mistake in the settings, which the user has to fix. It
// often wraps [settings.Mistakes].
type SettingsError struct {
	// Source is the file or the environment variable with the mistake.
	Source string
	Err    error
}

// jsonHint follows the message about a syntax error.
const jsonHint = "; fix this line or the one before: JSON requires double quotes and a comma between values, " +
	"and allows no trailing comma and no comments"

// Error returns the source, and each mistake on its own line.
func (e *SettingsError) Error() string {
	var mistakes settings.Mistakes
	if !errors.As(e.Err, &mistakes) {
		text := fmt.Sprintf("%s: %v", e.Source, e.Err)
		if syntax := (*settings.SyntaxError)(nil); errors.As(e.Err, &syntax) {
			text += jsonHint
		}
		return text
	}
	noun := "mistakes"
	if len(mistakes) == 1 {
		noun = "mistake"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d %s in context.datalock, nothing was written:", e.Source, len(mistakes), noun)
	for _, m := range mistakes {
		text.WriteString("\n  " + m.Error())
	}
	return text.String()
}

// Unwrap returns the cause.
func (e *SettingsError) Unwrap() error { return e.Err }

// Load reads the project in dir. getenv is os.Getenv, or replaces it. Load
// returns a [*SettingsError] if there is a mistake in the settings.
func Load(dir string, getenv func(string) string) (Project, error) {
	context, outdir := getenv(ContextVariable), getenv(OutdirVariable)
	p := Project{UnderCLI: context != ""}
	output, err := outputFolder(dir, outdir)
	if err != nil {
		return p, err
	}
	var file settings.File
	text, err := readRegular(filepath.Join(dir, File))
	switch {
	case err == nil:
		inFile := output
		if p.UnderCLI {
			inFile = "" // cdktf's command line may have been given another one
		}
		if file, err = settings.DecodeFile(text, inFile); err != nil {
			return p, &SettingsError{Source: File, Err: err}
		}
		p.Context = file.Context
	case errors.Is(err, fs.ErrNotExist) && !p.UnderCLI:
		return p, fmt.Errorf("read the settings: no %s in this folder; run this in the project's folder, where main.go is",
			File)
	case !errors.Is(err, fs.ErrNotExist):
		return p, fmt.Errorf("read the settings: %w", err)
	}
	if p.UnderCLI {
		// The file was still checked above, because the variable no longer has
		// its duplicate keys.
		if output == "" {
			output = file.Settings.Output
		}
		if file, err = settings.DecodeContext([]byte(context), output); err != nil {
			return p, &SettingsError{Source: ContextVariable, Err: err}
		}
		p.Context = nil // cdktf reads it from the variable
	}
	p.Settings, p.Text = file.Settings, file.Text
	if p.Outdir = outdir; outdir == "" {
		p.Outdir = cmp.Or(p.Settings.Output, settings.DefaultOutput)
	}
	return p, nil
}

// outputFolder returns the output folder as the settings have it, relative to
// the project's folder if it is inside.
func outputFolder(dir, outdir string) (string, error) {
	if !filepath.IsAbs(outdir) {
		return filepath.ToSlash(outdir), nil
	}
	project, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the project's folder: %w", err)
	}
	relative, err := filepath.Rel(project, outdir)
	if err != nil || relative == ".." || strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(outdir), nil
	}
	return filepath.ToSlash(relative), nil
}

// Stacks returns the named stacks in the order of the settings, or all if none is
// named.
func (p Project) Stacks(named []string) ([]string, error) {
	all := p.Settings.Stacks()
	for _, name := range named {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no stack %s in %s; it declares %s", name, File, strings.Join(all, ", "))
		}
	}
	if len(named) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(name string) bool { return !slices.Contains(named, name) }), nil
}

// mostBytes is far more than settings need.
const mostBytes = 16 << 20

// readRegular reads a regular file, and refuses devices and huge files.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file; replace it with one", path)
	case info.Size() > mostBytes:
		return nil, fmt.Errorf("%s has %d bytes, and settings may have %d at most; check that it is the right file",
			path, info.Size(), mostBytes)
	}
	return os.ReadFile(path)
}
