package folder

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A pattern excludes files and folders.
type pattern struct {
	// text is as the user wrote it, glob as it is compared.
	text, glob string
	// whole compares the name below the folder, not only its last part; folders
	// compares only folders.
	whole, folders bool
	matched        bool
}

// parsePattern reads a pattern of [Options].
func parsePattern(text string) (pattern, error) {
	if strings.HasPrefix(text, "!") {
		return pattern{}, fmt.Errorf("exclude pattern %q: ! doesn't include files again, as it does in .gitignore; "+
			"write patterns that match only what to leave out, or \\! for a literal one", text)
	}
	p := pattern{text: text, glob: text}
	if below, ok := strings.CutPrefix(p.glob, "./"); ok {
		p.glob = "/" + strings.TrimLeft(below, "/")
	}
	if folder := strings.TrimRight(p.glob, "/"); folder != p.glob {
		p.glob, p.folders = folder, true
	}
	p.whole = strings.Contains(p.glob, "/")
	p.glob = strings.TrimPrefix(p.glob, "/")
	if p.glob == "" || !doublestar.ValidatePattern(p.glob) {
		return p, fmt.Errorf("exclude pattern %q: must be a glob such as *.tmp, raw/ or raw/**", text)
	}
	return p, nil
}

// parsePatterns reads all patterns, and returns all that is wrong with them.
func parsePatterns(texts []string) ([]pattern, []error) {
	var all []pattern
	var wrong []error
	for _, text := range texts {
		p, err := parsePattern(text)
		if err != nil {
			wrong = append(wrong, err)
		}
		all = append(all, p)
	}
	return all, wrong
}

// CheckPatterns returns an error for each invalid pattern.
func CheckPatterns(patterns []string) []error {
	_, wrong := parsePatterns(patterns)
	return wrong
}

func (p *pattern) matches(name string, isFolder bool) bool {
	if p.folders && !isFolder {
		return false
	}
	if !p.whole {
		name = path.Base(name)
	}
	return doublestar.MatchUnvalidated(p.glob, name)
}

// excluded reports whether a pattern matches. It tries all of them, to know those
// that match nothing.
func (w *walker) excluded(name string, isFolder bool) bool {
	found := false
	for i := range w.patterns {
		p := &w.patterns[i]
		if found && p.matched {
			continue
		}
		if p.matches(name, isFolder) {
			p.matched, found = true, true
		}
	}
	return found
}

// unmatched returns the patterns that matched nothing.
func (w *walker) unmatched() []string {
	var all []string
	for _, p := range w.patterns {
		if !p.matched {
			all = append(all, p.text)
		}
	}
	return all
}
