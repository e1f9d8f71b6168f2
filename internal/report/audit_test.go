package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/internal/check"
	"datalock/internal/prove"
)

// audited is an audit with everything that a report shows, named hostilely.
func audited() audit.Report {
	bar := func(month int, versions int64) audit.Bar {
		from := time.Date(2027, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		return audit.Bar{From: from, To: from.AddDate(0, 1, 0), Versions: versions, Bytes: versions * 10}
	}
	next := time.Date(2027, 1, 3, 4, 5, 6, 0, time.UTC)
	return audit.Report{Schema: audit.Schema, Started: at(0), Ended: at(9), WarnDays: 30, Buckets: []audit.Bucket{{
		Name: "acme-data", Stack: "data", Endpoint: "https://s3.example",
		Parts: []audit.Part{
			{
				Name:   "versioning",
				Status: audit.OK,
				Is:     "Enabled",
			}, {Name: "KMS key", Status: audit.NotApplicable, Reason: "no key"},
			{Name: "bucket policy", Status: audit.Unknown, Reason: hostile},
		},
		Findings: []audit.Finding{{
			Finding: check.Finding{
				Rule:    "ends-soon",
				Address: "s3://acme-data",
				Message: hostile,
				Reason:  "r",
				Source:  "https://s",
			},
			Count: 2, Examples: []audit.Example{{Key: hostile, VersionID: "v1", Detail: "soon"}},
		}},
		Excepted: []audit.Finding{
			{Finding: check.Finding{Rule: "ownership", Address: "a", Message: "m", Exception: hostile}},
		},
		Notes: []string{hostile},
		Versions: &audit.Versions{
			Versions: 3, NextAt: &next, NextEnd: &audit.Example{Key: "k"},
			Ends: audit.Histogram{Unit: "month", Bars: []audit.Bar{bar(1, 1), bar(2, 0), bar(3, 40)}},
		},
		Datasets: []audit.Dataset{{Location: hostile, Files: 3, LockedUntil: &next}},
	}}, Notes: []string{"the exception of " + hostile}}
}

// TestAudit holds that every form says everything, and nothing of it is more
// than text.
func TestAudit(t *testing.T) {
	a := NewAudit(audited())
	if a.Verdict != prove.Breached || a.Headline() != "1 finding in 1 bucket, and 1 part is unknown." {
		t.Errorf("%s: %s", a.Verdict, a.Headline())
	}
	dir := t.TempDir()
	paths, err := a.Write(dir)
	if err != nil || len(paths) != 3 {
		t.Fatal(paths, err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(path)] = string(text)
	}
	html, markdown := texts["report.html"], texts["report.md"]
	for _, want := range []string{
		"ends-soon", "ownership", "versioning", "not-applicable", "unknown", "2027-03", "acme-data",
		"locked until", "https://s3.example, not AWS",
	} {
		if !strings.Contains(html, want) || !strings.Contains(markdown, want) {
			t.Errorf("a form lacks %q", want)
		}
	}
	if strings.Contains(html, "<script") || strings.Contains(markdown, "<script") ||
		strings.Contains(markdown, "\n# [a](b)") {
		t.Error("what a server named is more than text")
	}
	if strings.Count(html, "<rect") != 2 || !strings.Contains(html, "2027-03: 40 versions, 400 bytes") {
		t.Errorf("the drawing has %d bars", strings.Count(html, "<rect"))
	}
	var read Audit
	if err := json.Unmarshal([]byte(texts["report.json"]), &read); err != nil || len(read.Result.Buckets) != 1 {
		t.Error(err)
	}
}

// TestAuditVerdict holds each verdict to its cause.
func TestAuditVerdict(t *testing.T) {
	clean := audited()
	clean.Buckets[0].Findings, clean.Buckets[0].Parts = nil, clean.Buckets[0].Parts[:2]
	unknown := audited()
	unknown.Buckets[0].Findings = nil
	failed := audited()
	failed.Buckets[0].Findings, failed.Buckets[0].Parts, failed.Buckets[0].Failed = nil, nil, "no network"
	for _, c := range []struct {
		report   audit.Report
		verdict  prove.Status
		headline string
	}{
		{clean, prove.Held, "No findings in 1 bucket."},
		{unknown, prove.Inconclusive, "Not a pass: 1 part is unknown in 1 bucket."},
		{failed, prove.Inconclusive, "Not a pass: 1 part is unknown in 1 bucket."},
		{audit.Report{}, prove.Inconclusive, "Nothing was audited."},
	} {
		if a := NewAudit(c.report); a.Verdict != c.verdict || a.Headline() != c.headline {
			t.Errorf("%s: %s, want %s: %s", a.Verdict, a.Headline(), c.verdict, c.headline)
		}
	}
}
