package report

import (
	"bytes"
	"fmt"
	"strings"

	"datalock/internal/prove"
)

// Markdown returns report.md.
func Markdown(r Report) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n**%s**\n\n%s to %s, by datalock %s (%s, %s). Schema %d.\n",
		cell(title(r)), cell(verdict(r)), moment(r.Started), moment(r.Ended), cell(r.Tool.Version), r.Tool.Go, r.Tool.Platform, r.Schema)
	for _, s := range r.Subjects {
		s.markdown(&b)
	}
	b.WriteString("\n## What this doesn't show\n\n")
	for _, limit := range limits {
		fmt.Fprintf(&b, "- %s\n", limit)
	}
	return b.Bytes()
}

func (s Subject) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## Bucket %s\n\n", cell(s.Bucket))
	b.WriteString("| | |\n| --- | --- |\n")
	row := func(name, value string) { fmt.Fprintf(b, "| %s | %s |\n", name, cell(value)) }
	if s.Stack != "" {
		row("Stack", s.Stack)
	}
	row("Region", s.Region)
	row("Default retention", lockText(s.Retention))
	row("Guards of the bucket policy", guardsText(s.Guards))
	row("Server", s.Server.Kind+" "+s.Server.Endpoint+versionsText(s.Server.Versions))
	if t := s.Terraform; t != nil {
		row("Deployed by", fmt.Sprintf("%s %s with hashicorp/aws %s: %d resources", t.Command, t.Version, t.Provider, t.Resources))
		row("Second plan", secondPlan(t))
	}
	if d := s.Declared; d != nil {
		row("SHA-256 of the declared Terraform JSON", d.SHA256)
		row("SHA-256 of what was deployed here", d.Rehearsed)
	}
	row("Left behind", leftText(s.Left))
	if d := s.Declared; d != nil {
		fmt.Fprintf(b, "\nSettings as declared:\n\n```json\n%s\n```\n", indented(d.Settings))
		list(b, "Changed for the rehearsal", d.Changes)
	}
	list(b, "What this server enforces", s.Server.Enforced)
	list(b, "What this server keeps without enforcing it", s.Server.Kept)
	list(b, "In what this server differs from S3", s.Server.Gaps)
	for _, g := range groupsOf(s.Trials) {
		fmt.Fprintf(b, "\n### %s: %d of %d passed\n\n", g.Title, g.Passed(), len(g.Trials))
		b.WriteString("| Trial | Attacked, how, as whom | Must be | Came out | The server's answers | Control |\n| --- | --- | --- | --- | --- | --- |\n")
		for _, t := range g.Trials {
			name := fmt.Sprintf("[%s](%s)", t.Name, t.Document)
			came := cell(t.Found)
			if t.Status != prove.Passed {
				came = "**" + statusWord(t.Status) + "**: " + came
			}
			fmt.Fprintf(b, "| %s | %s: %s, as %s | %s | %s | %s | %s |\n", name, cell(t.Target), cell(t.Attack), t.As, cell(t.Must), came, cell(answersText(t.Answers)), cell(controlText(t.Control)))
		}
	}
}

func list(b *bytes.Buffer, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", title)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", cell(item))
	}
}

// cell keeps a text, which may be a server's, from breaking out of a table's
// cell or of a line, and from being more than text.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", "\r", "", "[", "\\[", "]", "\\]", "!", "\\!", "*", "\\*", "`", "\\`").Replace(text)
}
