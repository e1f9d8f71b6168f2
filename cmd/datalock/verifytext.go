package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"datalock/dataset"
)

// shownFindings is how many findings are printed; --json has more.
const shownFindings = 100

// verificationText says what a verification found, and what it shows.
func verificationText(v dataset.Verification, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s\n", v.Location, count(v.Files, "file"), size(v.Bytes))
	fmt.Fprintf(&b, "  manifest   root digest %s, %s\n", v.RootDigest, manifestText(v))
	fmt.Fprintf(&b, "  checked    %s\n", checkedText(v))
	if v.NextEnd != nil && v.Level != dataset.Local {
		fmt.Fprintf(
			&b,
			"  ends next  %s, at %s, in %d days\n",
			v.NextEnd.Name,
			v.NextEnd.At.Format(time.RFC3339),
			int(v.NextEnd.At.Sub(now).Hours()/24),
		)
	}
	for i, f := range v.Findings {
		if i == shownFindings {
			break
		}
		fmt.Fprintf(&b, "%s\n", f)
	}
	if v.Clean() {
		b.WriteString("everything is as in the manifest\n")
		return b.String()
	}
	var parts []string
	total := 0
	for name, n := range v.Counts {
		parts = append(parts, fmt.Sprintf("%s %d", name, n))
		total += n
	}
	slices.Sort(parts)
	if total > shownFindings {
		fmt.Fprintf(&b, "and %d more\n", total-shownFindings)
	}
	fmt.Fprintf(&b, "%s: %s\n", count(int64(total), "finding"), strings.Join(parts, ", "))
	return b.String()
}

func manifestText(v dataset.Verification) string {
	root, signature := "not compared with one that you kept (--root)", "signature not checked (--key)"
	if v.RootChecked {
		root = "compared with yours"
	}
	if v.SignatureChecked {
		signature = "signature checked"
	}
	return root + ", " + signature
}

func checkedText(v dataset.Verification) string {
	switch v.Level {
	case dataset.Read:
		return fmt.Sprintf("%d read and hashed, %s: these are the bytes now", v.ReadFiles, size(v.ReadBytes))
	case dataset.Sampled:
		return fmt.Sprintf(
			"%d as S3 accepted them, and of these %d read and hashed, a random sample of %d with seed %d",
			v.Checked,
			v.ReadFiles,
			v.Sample.Of,
			v.Sample.Seed,
		)
	case dataset.Local:
		return fmt.Sprintf(
			"%d local files hashed, %s; nothing in S3 but the manifest",
			v.ReadFiles,
			size(v.ReadBytes),
		)
	}
	return fmt.Sprintf("%d as S3 accepted them at upload; their bytes weren't read again (--read)", v.Checked)
}
