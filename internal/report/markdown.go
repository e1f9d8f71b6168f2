package report

import (
	"bytes"
	"fmt"
	"strings"
)

// Markdown returns report.md.
func Markdown(r *Report) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n**%s**\n\n%s to %s, by %s (Go %s, %s). Schema %d.\n", cell(title(r)), cell(r.Headline()),
		moment(r.Started), moment(r.Ended), cell(r.Tool.String()), r.Tool.Go, r.Tool.Platform, r.Schema)
	for _, line := range r.advice() {
		fmt.Fprintf(&b, "\n%s\n", cell(line))
	}
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
	fmt.Fprintf(b, "\n## Bucket %s\n\n%s.\n\n| | |\n| --- | --- |\n", cell(heading(s)), s.Counts.Line())
	for _, f := range factsOf(s) {
		fmt.Fprintf(b, "| %s | %s |\n", f.Name, cell(f.Value))
	}
	if causes := allCauses(s.Trials); len(causes) > 0 {
		b.WriteString("\n### What did not hold, or does not apply\n\n" +
			"| | Verdict | Why | Trials |\n| --- | --- | --- | --- |\n")
		for _, c := range causes {
			fmt.Fprintf(b, "| %d | %s | %s | %s |\n",
				c.Number, verdictWord(c.Verdict), cell(c.Found), cell(strings.Join(c.Trials, ", ")))
		}
	}
	if len(s.Statements) > 0 {
		b.WriteString("\n### Statements of the bucket policy\n\n| Statement | Trials |\n| --- | --- |\n")
		for _, one := range s.Statements {
			fmt.Fprintf(b, "| %s | %s |\n", cell(one.Sid), cell(statementText(one)))
		}
	}
	if d := s.Declared; d != nil {
		fmt.Fprintf(b, "\nSettings as declared:\n\n```json\n%s\n```\n", fenced(indented(d.Settings)))
	}
	for _, l := range listings(s) {
		list(b, l.Title, l.Items)
	}
	for _, g := range groupsOf(s.Trials) {
		g.markdown(b, allCauses(s.Trials))
	}
	s.Left.markdown(b)
}

func (g group) markdown(b *bytes.Buffer, causes []cause) {
	fmt.Fprintf(b, "\n### %s: %s\n\n", g.Title, g.Line())
	b.WriteString("| Trial | Target, attack, principal | Expected | Verdict | The server's answers | Control |\n" +
		"| --- | --- | --- | --- | --- | --- |\n")
	for _, t := range g.Trials {
		fmt.Fprintf(b, "| [%s](%s) | %s: %s, as %s | %s | **%s**: %s | %s | %s |\n",
			cell(t.Name), t.Document, cell(t.Target), cell(t.Attack), t.As, cell(t.Expectation),
			verdictWord(t.Verdict), cell(foundText(t, causes)), cell(answersText(t.Requests)), cell(controlText(t.Control)))
	}
}

// foundText returns what was found, or its number if many trials share it.
func foundText(t Trial, causes []cause) string {
	for _, c := range causes {
		if c.Verdict == t.Verdict && c.Found == t.Found && len(c.Trials) >= manyTrials {
			return fmt.Sprintf("see %d", c.Number)
		}
	}
	text := t.Found
	for _, d := range t.Deviations {
		text += "; " + d
	}
	return text
}

func (l Left) markdown(b *bytes.Buffer) {
	if l.Removed || len(l.Versions)+len(l.Buckets)+len(l.Settings) == 0 {
		return
	}
	b.WriteString("\n### Left behind\n")
	list(b, "Settings that were changed and not restored", l.Settings)
	b.WriteString("\n| Key | Version | Lock |\n| --- | --- | --- |\n")
	for _, v := range l.Versions {
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(v.Key), cell(v.VersionID), leftLock(v))
	}
	list(b, "Control buckets that may still exist", l.Buckets)
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

// cell escapes text, which may come from a server, for a cell of a Markdown
// table.
func cell(text string) string {
	return strings.NewReplacer(
		`\`, `\\`, "|", `\|`, "\n", " ", "<", "&lt;", "&", "&amp;", "\r", "", "[", `\[`, "]", `\]`, "!", `\!`, "*", `\*`,
		"`", "\\`", "_", `\_`,
	).Replace(text)
}

// fenced escapes text for a fenced code block.
func fenced(text string) string { return strings.ReplaceAll(text, "```", "`\u200b``") }
