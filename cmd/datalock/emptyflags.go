package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noZero are flags whose 0 would mean their default.
var noZero = []string{"days", "job-days", "sample", "seed"}

// emptyFlags returns an error for each flag that was passed an empty value, or a 0
// that would mean the default. A script does so if its variable isn't set, and
// then the flag must not mean "don't check".
func emptyFlags(cmd *cobra.Command) error {
	var wrong []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		isEmpty := func(v string) bool { return strings.TrimSpace(v) == "" }
		switch {
		case slices.ContainsFunc(values, isEmpty):
			wrong = append(wrong, fmt.Errorf("--%s: is empty; pass a value, or leave out the flag", f.Name))
		case f.Value.String() == "0" && slices.Contains(noZero, f.Name):
			wrong = append(wrong, fmt.Errorf("--%s 0: must be 1 or more; leave it out for the default", f.Name))
		}
	})
	return errors.Join(wrong...)
}
