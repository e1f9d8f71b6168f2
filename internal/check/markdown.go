package check

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// writeMarkdown writes a comment for a pull request: first the verdict, then
// the buckets, what the apply makes irreversible, and the findings.
// https://github.github.com/gfm/
func (r Report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Files {
		fmt.Fprintf(&b, "### datalock check: %s\n\n", code(f.Name))
		if f.Error != "" {
			fmt.Fprintf(&b, "**Could not be judged, so this is not a pass:** %s\n\n", markdown(f.Error))
			continue
		}
		for _, w := range f.Warnings {
			fmt.Fprintf(&b, "> **WARNING:** %s\n\n", markdown(w))
		}
		b.WriteString(f.verdict() + "\n\n")
		f.writeBuckets(&b)
		var imported []Bucket
		for _, bucket := range f.Buckets {
			if len(bucket.Imported) > 0 {
				imported = append(imported, bucket)
			}
		}
		section(&b, "Imported", imported, func(bucket Bucket) string {
			return code(bucket.Name) + ": " + code(strings.Join(bucket.Imported, ", "))
		})
		section(&b, "Permanent from now", f.Permanent, func(p Permanence) string {
			return code(p.Address) + ": " + markdown(p.Says)
		})
		section(&b, "Findings", f.Findings, func(x Finding) string {
			return fmt.Sprintf("**%s** %s: %s. %s [Source](%s)",
				x.Rule, code(x.Address), markdown(x.Message), markdown(x.Reason), x.Source)
		})
		section(&b, "Excepted", f.Excepted, func(x Finding) string {
			return fmt.Sprintf("%s %s: %s (%s)", x.Rule, code(x.Address), markdown(x.Message), markdown(x.Exception))
		})
		section(&b, "Not judged: out of scope", f.LeftOut, code)
	}
	section(&b, "Notes", r.Notes, markdown)
	_, err := io.WriteString(w, strings.TrimSpace(b.String())+"\n")
	return err
}

// verdict is the result in one sentence, with the number of judged resources.
func (f File) verdict() string {
	looked := f.looked()
	looked = strings.ToUpper(looked[:1]) + looked[1:] + "."
	if len(f.Findings) == 0 {
		return "**No findings.** " + looked
	}
	return fmt.Sprintf("**%s: don't apply this %s.** %s", count(len(f.Findings), "finding"), f.Kind, looked)
}

func (f File) writeBuckets(b *strings.Builder) {
	if len(f.Buckets) == 0 {
		return
	}
	b.WriteString("| bucket | address | the apply | default retention | findings |\n| --- | --- | --- | --- | --- |\n")
	for _, bucket := range f.Buckets {
		change := bucket.Change
		if change == "" {
			change = "not known: a stack"
		} else {
			change += " it"
		}
		name := "not known"
		if bucket.Name != "" {
			name = cell(code(bucket.Name))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d |\n",
			name, cell(code(bucket.Address)), change, markdown(bucket.Lock), bucket.Findings)
	}
	b.WriteString("\n")
}

// section writes a heading and a list, or nothing if the list is empty.
func section[T any](b *strings.Builder, heading string, items []T, write func(T) string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "#### %s\n\n", heading)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", write(item))
	}
	b.WriteString("\n")
}

// code returns text as a code span, in which mentions and markup have no
// effect.
func code(text string) string {
	text = Printable(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell escapes bars, which would end a table cell even in a code span.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// markdown escapes Markdown's special characters. GitHub finds mentions, issues,
// commits and addresses in the rendered text, where an escape is gone, so a character
// without width separates their signs.
// https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
func markdown(text string) string {
	text = linked.ReplaceAllString(escaped.Replace(Printable(text)), "$1$3$5\u200b$2$4$6")
	return digest.ReplaceAllStringFunc(text, func(hex string) string {
		if isAccount(hex) {
			return hex
		}
		return sixDigits.ReplaceAllString(hex, "$0\u200b")
	})
}

// isAccount reports whether a text is the ID of an AWS account: 12 digits.
func isAccount(text string) bool {
	const digits = 12
	return len(text) == digits && strings.Trim(text, "0123456789") == ""
}

// What GitHub makes a link: addresses and GH-1, in two parts, and the digests of
// commits, of seven digits or more.
var (
	linked    = regexp.MustCompile(`(?i)([a-z]:)(//)|(www)(\.)|(gh-)([0-9])`)
	digest    = regexp.MustCompile(`[0-9A-Fa-f]{7,}`)
	sixDigits = regexp.MustCompile(`[0-9A-Fa-f]{6}`)
)

var escaped = strings.NewReplacer(
	"\\", `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "#", "\\#\u200b", "!", `\!`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "@\u200b",
)
