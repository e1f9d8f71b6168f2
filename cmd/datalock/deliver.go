package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"time"

	"datalock/internal/report"
)

// deliver writes the report and says what came out.
func deliver(written report.Report, dir string, asJSON bool, screen *screen, std streams, took time.Duration) error {
	files, err := report.Write(written, dir)
	if err != nil {
		return err
	}
	screen.line("  %-12s%s", "report", filepath.ToSlash(files[0]))
	if asJSON {
		text, err := report.JSON(written)
		if err != nil {
			return err
		}
		if _, err := std.out.Write(text); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	if !written.Passed {
		screen.line("%s", screen.in(red, "NOT PROVEN: see "+filepath.ToSlash(files[0])+" for what failed"))
		return errFound
	}
	screen.line("%s", screen.in(green, fmt.Sprintf("every attack was refused as it must be, in %s", seconds(took))))
	return nil
}

// trimBOM drops the byte order mark that some editors write.
func trimBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }
