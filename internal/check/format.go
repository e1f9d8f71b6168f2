package check

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"datalock/internal/plainjson"
)

// Format is how a report is written.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	GitHub   Format = "github"   // workflow commands, which GitHub shows as annotations
	SARIF    Format = "sarif"    // for code scanning
	Markdown Format = "markdown" // for a comment on a pull request
)

// Formats are all of them.
var Formats = []Format{Text, JSON, GitHub, SARIF, Markdown}

// Valid reports whether a report can be written in the format.
func (f Format) Valid() bool { return slices.Contains(Formats, f) }

// Write writes the report in a format. source is the file in the repository
// that fixes a finding, to which GitHub and SARIF point; if it is empty they
// point to the judged file.
func (r Report) Write(w io.Writer, f Format, source string) error {
	switch f {
	case JSON:
		return r.writeJSON(w)
	case GitHub:
		return r.writeGitHub(w, source)
	case SARIF:
		return r.writeSARIF(w, source)
	case Markdown:
		return r.writeMarkdown(w)
	default:
		return r.writeText(w)
	}
}

func (r Report) writeJSON(w io.Writer) error {
	text, err := plainjson.Indented(r)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (r Report) writeText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Files {
		if f.Error != "" {
			fmt.Fprintf(&b, "%s: could not be judged: %s\n", Printable(f.Name), f.Error)
			continue
		}
		fmt.Fprintf(&b, "%s: %s: %s, %s\n", Printable(f.Name), f.Kind, f.looked(), count(len(f.Findings), "finding"))
		for _, w := range f.Warnings {
			fmt.Fprintf(&b, "  WARNING: %s\n", w)
		}
		for _, bucket := range f.Buckets {
			if len(bucket.Imported) > 0 {
				fmt.Fprintf(&b, "  %s\n", bucket.imports())
			}
		}
		for _, p := range f.Permanent {
			fmt.Fprintf(&b, "  permanent from now: %s: %s\n", p.Address, p.Says)
		}
		for _, x := range f.Findings {
			fmt.Fprintf(&b, "  %s %s: %s\n    %s\n    %s\n", x.Rule, x.Address, x.Message, x.Reason, x.Source)
		}
		for _, x := range f.Excepted {
			fmt.Fprintf(&b, "  excepted: %s %s: %s (%s)\n", x.Rule, x.Address, x.Message, Printable(x.Exception))
		}
		if len(f.LeftOut) > 0 {
			fmt.Fprintf(&b, "  %s\n", f.leftOut())
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// leftOut lists what the scope leaves out.
func (f File) leftOut() string {
	return "not judged, as they are out of scope: " + strings.Join(f.LeftOut, ", ")
}

// imports lists the resources of a bucket that are imported.
func (b Bucket) imports() string {
	return "imported from the existing bucket " + b.Name + ": " + strings.Join(b.Imported, ", ")
}

// looked says how many resources there are, and how many were judged.
func (f File) looked() string {
	if f.Guards == 0 {
		return "nothing in it holds or guards locked data"
	}
	looked := fmt.Sprintf("%d of %s may hold or guard locked data", f.Guards+len(f.LeftOut), count(f.Resources, "resource"))
	if len(f.LeftOut) > 0 {
		were := "were"
		if f.Guards == 1 {
			were = "was"
		}
		looked += fmt.Sprintf(", and %d of these %s judged", f.Guards, were)
	}
	return looked
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// writeGitHub writes workflow commands.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
func (r Report) writeGitHub(w io.Writer, source string) error {
	var b strings.Builder
	command := func(level, file, title, message string) {
		if source != "" {
			file = source
		}
		fmt.Fprintf(&b, "::%s file=%s,title=%s::%s\n",
			level, property.Replace(file), property.Replace(title), data.Replace(message))
	}
	for _, f := range r.Files {
		if f.Error != "" {
			command("error", f.Name, "could not be judged", f.Name+": "+f.Error)
		}
		for _, w := range f.Warnings {
			command("warning", f.Name, "deployed before?", w)
		}
		for _, bucket := range f.Buckets {
			if len(bucket.Imported) > 0 {
				command("notice", f.Name, "imported", bucket.imports())
			}
		}
		for _, p := range f.Permanent {
			command("notice", f.Name, "permanent from now", p.Address+": "+p.Says)
		}
		for _, x := range f.Findings {
			command("error", f.Name, x.Rule, x.Address+": "+x.Message+". "+x.Reason+" "+x.Source)
		}
		for _, x := range f.Excepted {
			command("notice", f.Name, x.Rule+" (excepted)", x.Address+": "+x.Message+" ("+x.Exception+")")
		}
		if len(f.LeftOut) > 0 {
			command("warning", f.Name, "left out", f.leftOut())
		}
	}
	for _, note := range r.Notes {
		command("warning", "cdktf.json", "settings of check", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
