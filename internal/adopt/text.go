package adopt

import (
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"
)

// WriteText writes the report as text.
func (r Report) WriteText(w io.Writer) error {
	var t strings.Builder
	as := "as stack " + r.Stack
	if r.Declared {
		as = "compared with stack " + r.Stack
	}
	fmt.Fprintf(&t, "s3://%s in %s, %s\n", r.Bucket.Bucket, r.Bucket.Region, as)
	items(&t, "add", r.Add)
	items(&t, "change", r.Change)
	items(&t, "leave as it is", r.Leave)
	if len(r.Permanent) > 0 {
		fmt.Fprintf(&t, "  can never be undone\n")
		for _, line := range r.Permanent {
			fmt.Fprintf(&t, "    %s\n", line)
		}
	}
	r.versionsText(&t)
	for _, u := range r.Unknown {
		fmt.Fprintf(&t, "  unknown: %s: %s\n", u.Part, u.Reason)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func items(t *strings.Builder, title string, list []Item) {
	fmt.Fprintf(t, "  %s\n", title)
	if len(list) == 0 {
		fmt.Fprintf(t, "    nothing\n")
	}
	for _, i := range list {
		text := i.From
		switch {
		case i.From == "":
			text = i.To
		case i.To != "":
			text += " → " + i.To
		}
		fmt.Fprintf(t, "    %-24s  %s\n", i.Part, text)
		if i.Warning != "" {
			fmt.Fprintf(t, "    %-24s  note: %s\n", "", i.Warning)
		}
	}
}

func (r Report) versionsText(t *strings.Builder) {
	v := r.Bucket.Versions
	if v == nil {
		for _, u := range r.Unknown {
			if u.Part == versionsPart {
				return // the line "unknown" has the reason
			}
		}
		fmt.Fprintf(t, "  versions without a lock: unknown, because they weren't looked at\n")
		return
	}
	fmt.Fprintf(t, "  versions without a lock: %s of %s (%s)\n", humanize.Comma(v.Unlocked), humanize.Comma(v.Versions),
		humanize.IBytes(uint64(max(v.Bytes, 0))))
	fmt.Fprintf(t, "    in COMPLIANCE mode %s, in GOVERNANCE mode %s, under a legal hold %s; %s\n",
		humanize.Comma(v.Compliance), humanize.Comma(v.Governance), humanize.Comma(v.LegalHolds),
		counted(v.DeleteMarkers, "delete marker"))
	if v.Unlocked > 0 {
		fmt.Fprintf(t, "    the stack locks only new versions; to lock these after the apply: "+
			"datalock backfill s3://%s --mode %s --days %d --plan\n", r.Bucket.Bucket, r.retention.Mode, r.retention.TotalDays())
	}
}

// counted returns a number with its noun.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}
