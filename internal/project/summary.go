package project

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"datalock/settings"
)

// WriteSummary prints one line for each stack, and the next command to run.
// Under cdktf's command line, which prints its own, it leaves the command out.
func WriteSummary(w io.Writer, p Project, now time.Time) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	stacks := p.Settings.Stacks()
	for _, stack := range stacks {
		retention := p.Settings.Buckets[stack].Retention
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n",
			stack, p.Settings.RegionOf(stack), retention.Mode, retention, meaning(retention, now))
	}
	_ = table.Flush() // writing to a buffer can't fail
	if p.Settings.AllowPlainHTTP {
		fmt.Fprintf(&text, "warning: allowPlainHTTP: requests to %s aren't encrypted, and the bucket policy allows that\n",
			p.Settings.Endpoint)
	}
	if !p.UnderCLI {
		for _, left := range leftover(p.Outdir, p.Settings) {
			fmt.Fprintf(&text, "note: %s is from an earlier synth; the settings no longer declare this stack\n", left)
		}
		fmt.Fprintf(&text, "next: %s\n", next(p, stacks))
	}
	// Write once: cdktf's command line marks each write.
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return nil
}

// meaning says what a retention does to an object that is written now.
func meaning(r settings.Retention, now time.Time) string {
	until := r.Until(now).Format(time.DateOnly)
	if r.Mode == settings.Governance {
		// The bucket policy denies the bypass, but the policy can be changed.
		return "an object written today can't be deleted until " + until +
			" unless the bucket policy is changed and s3:BypassGovernanceRetention is used"
	}
	return "an object written today can't be deleted by anyone until " + until
}

// next returns the command to run next, with and without cdktf's command line.
func next(p Project, stacks []string) string {
	target := "'*'"
	if len(stacks) == 1 {
		target = stacks[0]
	}
	folder := filepath.Join(p.Outdir, "stacks", stacks[0])
	return fmt.Sprintf("cdktf deploy %s (without cdktf: terraform -chdir=%s init, then apply)", target, word(folder))
}

var plain = regexp.MustCompile(`^[\w./\\:@%+,=-]+$`)

// word quotes text for a shell if necessary.
func word(text string) string {
	if plain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// leftover returns the folders of stacks that the settings no longer declare.
// They are not deleted, because Terraform may have written to them.
func leftover(outdir string, s settings.Settings) []string {
	entries, err := os.ReadDir(filepath.Join(outdir, "stacks"))
	if err != nil {
		return nil
	}
	var left []string
	for _, entry := range entries {
		if _, declared := s.Buckets[entry.Name()]; entry.IsDir() && !declared {
			left = append(left, filepath.Join(outdir, "stacks", entry.Name()))
		}
	}
	return left
}
