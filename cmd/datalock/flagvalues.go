package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// numbers are the values that flags with a number may have, in every command. A 0
// that would mean the default isn't one of them.
var numbers = map[string]struct{ least, most float64 }{
	"days":     {1, 36500}, // 100 years, S3's limit
	"job-days": {1, unlimited},
	"jobs":     {1, maxJobs},
	"price":    {0, unlimited},
	"sample":   {1, unlimited},
	"seed":     {1, unlimited},
}

const unlimited = math.MaxFloat64

// flagMistakes returns an error for each flag that was passed an empty value or a
// number that can't be right. A script does so if its variable isn't set, and then
// the flag must not mean "don't check". It sets a number to the least that is right,
// so that later checks see the flag and say nothing else about its value.
func flagMistakes(cmd *cobra.Command) error {
	var wrong []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if problem := valueProblem(f); problem != "" {
			wrong = append(wrong, fmt.Errorf("--%s%s", f.Name, problem))
			if list, ok := f.Value.(pflag.SliceValue); ok {
				_ = list.Replace(slices.DeleteFunc(list.GetSlice(), isEmpty))
			} else if may, ok := numbers[f.Name]; ok {
				_ = f.Value.Set(fmt.Sprint(may.least))
			}
		}
	})
	return errors.Join(wrong...)
}

// valueProblem says what is wrong with a value, "" if nothing is.
func valueProblem(f *pflag.Flag) string {
	text := f.Value.String()
	values := []string{text}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		values = list.GetSlice()
	}
	if slices.ContainsFunc(values, isEmpty) {
		return ": is empty; pass a value, or leave out the flag"
	}
	may, ok := numbers[f.Name]
	if !ok {
		return ""
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= may.least && n <= may.most {
		return ""
	}
	must := fmt.Sprintf("from %g to %g", may.least, may.most)
	if may.most == unlimited {
		must = fmt.Sprintf("%g or more", may.least)
	}
	return fmt.Sprintf(" %s: must be %s; leave it out for the default", text, must)
}

func isEmpty(text string) bool { return strings.TrimSpace(text) == "" }

// refusals are mistakes in flags that don't go together.
type refusals []error

// refuse adds a mistake in a case.
func (r *refusals) refuse(when bool, format string, values ...any) {
	if when {
		*r = append(*r, fmt.Errorf(format, values...))
	}
}

func (r *refusals) add(err error) { r.refuse(err != nil, "%w", err) }

func (r *refusals) err() error { return errors.Join(*r...) }
