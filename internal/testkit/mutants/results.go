package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// results are those of an interrupted run, by the text of the change: true if it
// survived.
type results struct {
	path  string
	known map[string]bool
}

const (
	hasSurvived = "survived: "
	isNoticed   = "noticed: "
)

// openResults reads the results in a file, if there is one. Without a path
// nothing is kept.
func openResults(path string) (results, error) {
	r := results{path, map[string]bool{}}
	if path == "" {
		return r, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if change, is := strings.CutPrefix(lines.Text(), hasSurvived); is {
			r.known[change] = true
		} else if change, is := strings.CutPrefix(lines.Text(), isNoticed); is {
			r.known[change] = false
		}
	}
	return r, lines.Err()
}

// add adds a result to the file.
func (r results) add(change string, survived bool) error {
	if r.path == "" {
		return nil
	}
	file, err := os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	start := isNoticed
	if survived {
		start = hasSurvived
	}
	_, err = fmt.Fprintln(file, start+change)
	return errors.Join(err, file.Close())
}
