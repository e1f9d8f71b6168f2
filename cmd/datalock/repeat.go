package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// repeatedFlags are those that another run of renew or verify needs to find the same
// jobs, server and key.
var repeatedFlags = []string{
	"attest", "batch-role", "endpoint", "evidence-bucket", "job-days", "key", "region", "report", "root", "stack",
}

// repeated returns the flags of a command that another run needs too, for a shell.
func repeated(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(repeatedFlags, f.Name) {
			b.WriteString(" --" + f.Name + " " + quoted(f.Value.String()))
		}
	})
	return b.String()
}

// quoted quotes a word for a shell, if it needs quotes.
func quoted(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=@,+%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
