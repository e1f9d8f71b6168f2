package audit

import (
	"fmt"
	"io"
	"slices"

	"datalock/internal/check"
	"datalock/internal/plainjson"
)

// WriteJSON writes the report as JSON.
func (r Report) WriteJSON(w io.Writer) error {
	text, err := plainjson.Indented(r)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// WriteSARIF writes the report for code scanning as check does. Each bucket is a
// file, and each unknown part a notification. source is the file in the
// repository to point to, cdktf.json.
func (r Report) WriteSARIF(w io.Writer, source string) error {
	var files []check.File
	judged := true
	for _, b := range r.Buckets {
		f := check.File{Name: "s3://" + b.Name}
		for _, x := range b.Findings {
			f.Findings = append(f.Findings, x.in(b.Name))
		}
		for _, x := range b.Excepted {
			f.Excepted = append(f.Excepted, x.in(b.Name))
		}
		for _, line := range b.unknownLines() {
			judged = false
			f.Warnings = append(f.Warnings, line)
		}
		files = append(files, f)
	}
	return check.WriteSARIF(w, files, slices.Concat(check.Rules(), Rules()), source, judged)
}

// in adds the bucket to a finding's message: code scanning shows the findings of
// all buckets together.
func (f Finding) in(bucket string) check.Finding {
	one := f.Finding
	if one.Address != "s3://"+bucket {
		one.Message = "s3://" + bucket + ": " + one.Message
	}
	return one
}

// unknownLines list what couldn't be judged.
func (b Bucket) unknownLines() []string {
	var lines []string
	if b.Failed != "" {
		lines = append(lines, "not audited to the end: "+b.Failed)
	}
	for _, p := range b.Unknown() {
		lines = append(lines, fmt.Sprintf("unknown: %s: %s", p.Name, p.Reason))
	}
	return lines
}
