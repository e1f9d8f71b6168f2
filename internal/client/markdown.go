package client

import (
	"fmt"
	"strings"

	"datalock/internal/client/judge"

	"github.com/dustin/go-humanize"
)

// Markdown returns the report for a step summary or a comment.
// https://github.github.com/gfm/
func Markdown(r judge.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### datalock client: %s\n\n**%s**\n\n", code(r.Stack), plain(Headline(r)))
	if r.Verdict == judge.Fails {
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "- also: %s\n", plain(reason))
		}
		b.WriteString("\n")
	}
	for _, said := range r.Handshakes {
		fmt.Fprintf(&b, "- a connection failed before it sent a request: %s\n", plain(said))
	}
	if len(r.Handshakes) > 0 {
		b.WriteString("\n")
	}
	if len(r.Findings) > 0 {
		b.WriteString("| | request | answer | rule | why | fix |\n| --- | --- | --- | --- | --- | --- |\n")
	}
	for _, f := range r.Findings {
		request := fmt.Sprintf("%s × %s", f.Operation, humanize.Comma(int64(f.Count)))
		if f.Operation == "" {
			request = humanize.Comma(int64(f.Count)) + " ×"
		}
		if len(f.Examples) > 0 {
			request += "<br>" + code(f.Examples[0])
		}
		answer := ""
		if f.Status >= 300 {
			answer = strings.TrimSpace(fmt.Sprintf("%d %s", f.Status, f.Code))
		}
		rule := plain(f.Rule)
		if f.Document != "" && f.Rule != "none" {
			rule = "[" + rule + "](" + f.Document + ")"
		}
		fixes := make([]string, 0, len(f.Fix))
		for _, fix := range f.Fix {
			fixes = append(fixes, plain(fix))
		}
		fmt.Fprintf(
			&b,
			"| %s | %s | %s | %s | %s | %s |\n",
			f.Class,
			request,
			answer,
			rule,
			plain(f.Why),
			strings.Join(fixes, "<br>"),
		)
	}
	fmt.Fprintf(&b, "\nRequests: %s\n\nLeft: %s\n", plain(kinds(r)), plain(left(r.Left)))
	if r.Command != nil {
		fmt.Fprintf(&b, "\nCommand: %s\n", plain(became(r.Command)))
	}
	return b.String()
}

// plain escapes text for Markdown, also inside a table cell.
func plain(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "[", `\[`).
		Replace(visible(text))
}

// code formats text as code.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(visible(text)) + "`"
}
