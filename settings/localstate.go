package settings

import (
	"path"
	"slices"
	"strings"
)

// DefaultOutput is the folder that cdktf writes the stacks to if cdktf.json
// doesn't set output, relative to cdktf.json.
const DefaultOutput = "cdktf.out"

// stateFile is the name of a stack's local state, which cdktf itself uses too.
const stateFile = "terraform." + StackPlaceholder + ".tfstate"

// LocalPath returns the path of the local state, relative to the folder of the
// stack with '/' between folders, with [StackPlaceholder] in it. If the
// settings don't set it, the state is next to cdktf.json, whatever folder the
// stacks are written to.
func (s Settings) LocalPath() string {
	if s.Backend.Local != nil && s.Backend.Local.Path != "" {
		return s.Backend.Local.Path
	}
	return s.defaultLocalPath()
}

// StateFile returns the path of a stack's local state, relative to cdktf.json.
func (s Settings) StateFile(stack string) string {
	return path.Join(s.outputFolder(), "stacks", stack, ForStack(s.LocalPath(), stack))
}

func (s Settings) defaultLocalPath() string {
	folder := path.Join(s.outputFolder(), "stacks", "x")
	if outside(folder) {
		return DefaultLocalPath
	}
	return strings.Repeat("../", strings.Count(folder, "/")+1) + stateFile
}

// outputFolder returns the folder that the stacks are written to.
func (s Settings) outputFolder() string {
	if s.Output == "" {
		return DefaultOutput
	}
	return path.Clean(s.Output)
}

// outside reports whether a path leads out of the folder of cdktf.json.
func outside(file string) bool {
	return path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../") || strings.ContainsAny(file, `\:`)
}

// validateOutput refuses an output folder from which the way back to
// cdktf.json differs from machine to machine. The state would be elsewhere.
func (s Settings) validateOutput() Mistakes {
	if !outside(s.outputFolder()) {
		return nil
	}
	return mistake("output", quote(s.Output),
		"is outside the folder of cdktf.json, so the Terraform state, a local file, can't be next to cdktf.json",
		"use a folder inside it, or set backend.local.path or another backend")
}

func (b LocalBackend) validate(parent string, s Settings) Mistakes {
	if b.Path == "" {
		return nil
	}
	key := join(parent, "path")
	rule, fix := b.pathRule(s), "use a path such as "+quote(s.defaultLocalPath())
	if rule == "" {
		return validatePlaceholder(key, b.Path, "state")
	}
	return mistake(key, quote(b.Path), rule, fix)
}

// pathRule returns the rule that the path breaks, or "".
func (b LocalBackend) pathRule(s Settings) string {
	cdktfs := s.outputFolder()
	if base := path.Base(cdktfs); base == "." || base == ".." {
		cdktfs = path.Join(cdktfs, "stacks")
	}
	isSettings := func(stack string) bool { return s.StateFile(stack) == "cdktf.json" }
	switch {
	case strings.HasPrefix(b.Path, "/") || strings.ContainsAny(b.Path, `\:`):
		return "must be relative to the stack's folder and use '/', so that it means the same on every machine"
	case !objectKey.MatchString(withoutPlaceholder(b.Path)):
		return "may contain only letters, numbers and ! _ . ' ( ) / = -"
	case isFolder(b.Path):
		return "must be the path of a file"
	case strings.HasPrefix(s.StateFile("x"), cdktfs+"/"):
		return "must be outside " + cdktfs + ", where cdktf deletes files that it didn't write"
	case slices.ContainsFunc(s.Stacks(), isSettings):
		return "is the file with these settings, which Terraform would overwrite"
	case strings.Contains(b.Path, StackPlaceholder) && s.StateFile("x") == s.StateFile("y"):
		return "is the same file for every stack, because '..' removes the stack's name again"
	}
	return ""
}

func isFolder(file string) bool {
	return slices.Contains([]string{"", ".", ".."}, path.Base("x/"+file)) ||
		strings.HasSuffix(file, "/") || strings.HasSuffix(file, "..")
}
