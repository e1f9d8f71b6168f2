package main

import (
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/internal/printable"
)

// shownFindings is how many findings are printed; --json has more.
const shownFindings = 100

// verificationText describes the result of a verification.
func verificationText(v dataset.Verification, now time.Time) string {
	var b strings.Builder
	if v.Bucket != "" {
		fmt.Fprintf(&b, "%s: %s, %s\n", printable.Line(v.String()), count(v.Files, "file"), size(v.Bytes))
	}
	fmt.Fprintf(&b, "  manifest   root digest %s, %s\n", v.RootDigest, v.ManifestText())
	fmt.Fprintf(&b, "  checked    %s\n", v.CheckedText())
	if text := v.ArchivedText(); text != "" {
		fmt.Fprintf(&b, "  archived   %s\n", text)
	}
	if v.NextEnd != nil {
		fmt.Fprintf(
			&b,
			"  ends next  %s, at %s, in %s\n",
			printable.Line(v.NextEnd.Name),
			v.NextEnd.At.Format(time.RFC3339),
			count(int64(v.NextEnd.At.Sub(now).Hours()/24), "day"),
		)
	}
	if text := v.RenewalsText(); text != "" {
		fmt.Fprintf(&b, "  renewed    %s\n", text)
	}
	for i, f := range v.Findings {
		if i == shownFindings {
			break
		}
		fmt.Fprintf(&b, "%s\n", f)
	}
	if v.Clean() {
		b.WriteString("everything matches the manifest\n")
		return b.String()
	}
	total := 0
	for _, n := range v.Counts {
		total += n
	}
	if total > shownFindings {
		fmt.Fprintf(&b, "and %d more\n", total-shownFindings)
	}
	fmt.Fprintf(&b, "%s\n", v.CountsText())
	return b.String()
}
