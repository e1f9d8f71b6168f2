// Package project reads the cdktf project in a folder: the settings, and what
// cdktf's command line would have handed to the app.
//
// The app is started in two ways, and both must give the same bytes. cdktf's
// command line sets CDKTF_CONTEXT_JSON and CDKTF_OUTDIR from cdktf.json before
// it runs the app; `go run .` has neither, so [Load] takes both from the file.
package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"datalock/settings"
)

const (
	// File is the name of the file that holds the settings.
	File = "cdktf.json"
	// ContextVariable is how cdktf's command line hands the context of
	// cdktf.json to the app and to cdktf.
	ContextVariable = "CDKTF_CONTEXT_JSON"
	// OutdirVariable is how cdktf's command line names the output folder.
	OutdirVariable = "CDKTF_OUTDIR"
	// DefaultOutdir is cdktf's output folder where none is named.
	DefaultOutdir = "cdktf.out"
)

// Project is what a project's folder and the environment say.
type Project struct {
	Settings settings.Settings
	// Context is what the context of cdktf.json holds beside the settings, for
	// cdktf itself; nil where cdktf finds it in ContextVariable.
	Context map[string]any
	// Outdir is the folder that the stacks are written to.
	Outdir string
	// UnderCLI reports whether cdktf's command line started the app.
	UnderCLI bool
}

// A SettingsError is a mistake that the user mends in cdktf.json; what is
// wrong is in the error that it wraps, often [settings.Mistakes].
type SettingsError struct {
	// Source is the file or the environment variable that is wrong.
	Source string
	Err    error
}

// Error returns the source, and each mistake on a line of its own.
func (e *SettingsError) Error() string {
	var mistakes settings.Mistakes
	if !errors.As(e.Err, &mistakes) {
		text := fmt.Sprintf("%s: %v", e.Source, e.Err)
		if syntax := (*settings.SyntaxError)(nil); errors.As(e.Err, &syntax) {
			text += "; mend that line or the one before: JSON has text in double quotes, a comma between values and none behind the last, and no comments"
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

// Unwrap returns what is wrong.
func (e *SettingsError) Unwrap() error { return e.Err }

// Load reads the project in dir. getenv is os.Getenv or stands for it. It
// returns a [*SettingsError] where the settings are at fault.
func Load(dir string, getenv func(string) string) (Project, error) {
	context := getenv(ContextVariable)
	p := Project{Outdir: DefaultOutdir, UnderCLI: context != ""}
	text, err := readRegular(filepath.Join(dir, File))
	switch {
	case err == nil:
		if err := p.readFile(text); err != nil {
			return p, &SettingsError{Source: File, Err: err}
		}
	case errors.Is(err, fs.ErrNotExist) && !p.UnderCLI:
		return p, fmt.Errorf("read the settings: there is no %s in this folder; run this in the project's folder, where main.go is", File)
	case !errors.Is(err, fs.ErrNotExist):
		return p, fmt.Errorf("read the settings: %w", err)
	}
	if p.UnderCLI {
		// The file was still held to the rules above: in the variable its
		// duplicate keys are gone.
		if p.Settings, err = settings.DecodeContext([]byte(context)); err != nil {
			return p, &SettingsError{Source: ContextVariable, Err: err}
		}
	}
	if outdir := getenv(OutdirVariable); outdir != "" {
		p.Outdir = outdir
	}
	return p, nil
}

// mostBytes is far more than settings need, and little enough to read at once.
const mostBytes = 16 << 20

// readRegular reads a file, and nothing that has no end.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file; put a file there", path)
	case info.Size() > mostBytes:
		return nil, fmt.Errorf("%s has %d bytes, and settings need far less than %d; put the right file there", path, info.Size(), mostBytes)
	}
	return os.ReadFile(path)
}

// readFile takes the settings from cdktf.json, and from the keys that are
// cdktf's own what its command line takes from them.
func (p *Project) readFile(text []byte) error {
	var err error
	if p.Settings, err = settings.DecodeFile(text); err != nil {
		return err
	}
	// A map, because keys are matched to a struct's fields in any case.
	var file map[string]any
	if err := json.Unmarshal(settings.WithoutBOM(text), &file); err != nil {
		return err
	}
	switch output := file["output"].(type) {
	case nil:
	case string:
		if output != "" {
			p.Outdir = output
		}
	default:
		return errors.New(`output: must be a string, the folder that the stacks are written to; write "output": "cdktf.out", or leave the key out`)
	}
	if context, ok := file["context"].(map[string]any); ok && !p.UnderCLI {
		delete(context, "datalock")
		p.Context = context
	}
	return nil
}
