package audit

import (
	"fmt"
	"io"
	"strings"
	"time"

	"datalock/internal/check"

	"github.com/dustin/go-humanize"
)

// Limits of the text.
const (
	examplesShown = 3
	barWidth      = 40
)

// WriteText writes the report as text.
func (r Report) WriteText(w io.Writer) error {
	var t strings.Builder
	for _, b := range r.Buckets {
		b.text(&t)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&t, "note: %s\n", note)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// Against names what the bucket was compared with.
func (b Bucket) Against() string {
	if b.Stack == "" {
		return "Datalock's defaults"
	}
	if b.Kind != Data {
		return "the settings of stack " + b.Stack + " for its " + b.Kind.Says()
	}
	return "the settings of stack " + b.Stack
}

// Headline returns the numbers of findings and unknown parts.
func (b Bucket) Headline() string {
	text := counted(int64(len(b.Findings)), "finding")
	if len(b.Findings) == 0 {
		text = "no findings"
	}
	if n := len(b.unknownLines()); n > 0 {
		text += ", " + counted(int64(n), "part") + " unknown"
	}
	return text
}

func (b Bucket) text(t *strings.Builder) {
	fmt.Fprintf(t, "s3://%s: %s, compared with %s\n", b.Name, b.Headline(), b.Against())
	if b.Failed != "" {
		fmt.Fprintf(t, "  not audited to the end: %s\n", b.Failed)
	}
	for _, f := range b.Findings {
		fmt.Fprintf(t, "  %s %s: %s\n    %s\n    %s\n", f.Rule, f.Address, f.Message, f.Reason, f.Source)
		for i, x := range f.Examples {
			if i == examplesShown {
				fmt.Fprintf(t, "      and %s more\n", humanize.Comma(f.Count-examplesShown))
				break
			}
			fmt.Fprintf(t, "      %s\n", x)
		}
	}
	for _, f := range b.Excepted {
		fmt.Fprintf(t, "  excepted: %s %s: %s (%s)\n", f.Rule, f.Address, f.Message, check.Printable(f.Exception))
	}
	for _, p := range b.Unknown() {
		fmt.Fprintf(t, "  unknown: %s: %s\n", p.Name, p.Reason)
	}
	for _, note := range b.Notes {
		fmt.Fprintf(t, "  note: %s\n", note)
	}
	b.ends(t)
	for _, d := range b.Datasets {
		fmt.Fprintf(t, "  dataset %s: %s\n", d.Location, d.Says())
	}
	t.WriteString("  everything that was looked at\n")
	for _, p := range b.Parts {
		fmt.Fprintf(t, "    %-14s  %-30s  %s\n", p.Status, p.Name, p.Says())
	}
}

// Says describes the part, or why it is unknown or doesn't apply.
func (p Part) Says() string {
	if p.Is == "" {
		return p.Reason
	}
	return p.Is
}

// String returns the version with its detail.
func (x Example) String() string {
	text := x.Key + " version " + x.VersionID
	if x.Detail != "" {
		text += ": " + x.Detail
	}
	return text
}

// ends writes the histogram.
func (b Bucket) ends(t *strings.Builder) {
	if b.Versions == nil || len(b.Versions.Ends.Bars) == 0 {
		return
	}
	most := int64(1)
	for _, bar := range b.Versions.Ends.Bars {
		most = max(most, bar.Versions)
	}
	unit := b.Versions.Ends.Unit
	fmt.Fprintf(t, "  locks that end, by %s (the next at %s)\n", unit, b.Versions.NextAt.Format(time.RFC3339))
	for _, bar := range b.Versions.Ends.Bars {
		width := int(bar.Versions * barWidth / most)
		if bar.Versions > 0 {
			width = max(width, 1)
		}
		line := fmt.Sprintf("    %-10s  %-*s  %s, %s", bar.Label(unit), barWidth, strings.Repeat("#", width),
			counted(bar.Versions, "version"), humanize.IBytes(uint64(bar.Bytes)))
		if bar.Versions == 0 {
			line = "    " + bar.Label(unit)
		}
		fmt.Fprintln(t, line)
	}
}

// Says describes a dataset in one line.
func (d Dataset) Says() string {
	if d.Problem != "" {
		return d.Problem
	}
	text := fmt.Sprintf("%s, %s", counted(d.Files, "file"), humanize.IBytes(uint64(max(d.Bytes, 0))))
	if d.LockedUntil != nil {
		by := "its manifest"
		if d.RenewedUntil != nil && d.RenewedUntil.Equal(*d.LockedUntil) {
			by = "the record of a renewal"
		}
		text += ", according to " + by + " locked until at least " + d.LockedUntil.Format(time.DateOnly)
	}
	if !d.Signed {
		text += ", not signed"
	}
	if d.Verified == nil {
		return text + ", no verification given"
	}
	text += ", verified on " + d.Verified.At.Format(time.DateOnly) + " (" + d.Verified.Level + ")"
	if !d.Verified.SignatureChecked {
		text += " according to a statement whose signature wasn't checked"
	}
	return text
}
