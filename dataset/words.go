package dataset

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// ManifestText says what the manifest was checked against.
func (v Verification) ManifestText() string {
	root, signature := "not compared with yours (--root)", "signature not checked (--key)"
	if v.RootChecked {
		root = "compared with yours"
	}
	switch {
	case v.SignatureChecked:
		signature = "signature checked"
	case v.Counts[SignatureWrong] > 0:
		signature = "no valid signature of it by your key"
	}
	return root + ", " + signature
}

// RenewalsText says what was seen of the renewal records, "" if there are none.
func (v Verification) RenewalsText() string {
	if v.Renewals == 0 {
		return ""
	}
	text := plural(v.Renewals, "record") + ", none of which covers all versions"
	if v.RenewedUntil != nil {
		text = fmt.Sprintf("until %s, the latest date for all versions in %s; every lock must reach it",
			v.RenewedUntil.Format(time.RFC3339), plural(v.Renewals, "record"))
	}
	if v.SignatureChecked {
		text += fmt.Sprintf("; your key has signed %d", v.RenewalsSigned)
	}
	return text
}

// CheckedText says how the files were checked.
func (v Verification) CheckedText() string {
	switch v.Level {
	case Read:
		return fmt.Sprintf("%d read and hashed, %s: these are the bytes now", v.ReadFiles, sizeText(v.ReadBytes))
	case Sampled:
		return fmt.Sprintf(
			"%d as S3 accepted them, and of these %d read and hashed, a random sample of %d with seed %d",
			v.Checked,
			v.ReadFiles,
			v.Sample.Of,
			v.Sample.Seed,
		)
	case AtRest:
		a := v.AtRest
		return fmt.Sprintf("%d as S3 accepted them at upload; of these S3 read %d again, %s, between %s and %s, "+
			"and computed their SHA-256", v.Checked, a.Files, sizeText(a.Bytes),
			a.From.Format("2006-01-02T15:04:05Z"), a.To.Format("2006-01-02T15:04:05Z"))
	case Local:
		return fmt.Sprintf("%d local files hashed, %s; objects in S3 not checked", v.ReadFiles, sizeText(v.ReadBytes))
	}
	return fmt.Sprintf("%d as S3 accepted them at upload; their bytes weren't read again (--read)", v.Checked)
}

// ArchivedText says what is in an archive, "" if nothing is.
func (v Verification) ArchivedText() string {
	if v.Archived == 0 {
		return ""
	}
	return fmt.Sprintf("%d of them can't be read until they are restored from an archive storage class", v.Archived)
}

// CountsText returns the number of findings of each name.
func (v Verification) CountsText() string {
	var parts []string
	total := 0
	for name, n := range v.Counts {
		parts = append(parts, fmt.Sprintf("%s %d", name, n))
		total += n
	}
	slices.Sort(parts)
	return plural(total, "finding") + ": " + strings.Join(parts, ", ")
}

func sizeText(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }
