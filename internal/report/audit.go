package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"datalock/internal/audit"
	"datalock/internal/plainjson"
	"datalock/internal/prove"
)

// An Audit is the report of deployed buckets that were compared with their
// settings.
type Audit struct {
	// Schema is 1.
	Schema int `json:"schema"`
	// Kind is "audit".
	Kind string `json:"kind"`
	// Verdict is held if nothing was found and everything is known, breached if
	// something was found, else inconclusive.
	Verdict prove.Status `json:"verdict"`
	Tool    Tool         `json:"tool"`
	Server  Server       `json:"server"`
	Result  audit.Report `json:"audit"`
}

// NewAudit makes the report of an audit.
func NewAudit(r audit.Report) *Audit {
	var server Server
	if len(r.Buckets) > 0 {
		// All buckets of a run are on the same one.
		server = Server{Endpoint: r.Buckets[0].Endpoint, Kind: KindOf(r.Buckets[0].Endpoint)}
	}
	verdict := map[audit.Status]prove.Status{audit.OK: prove.Held, audit.Found: prove.Breached}[r.Status()]
	if verdict == "" {
		verdict = prove.Inconclusive
	}
	return &Audit{Schema: 1, Kind: "audit", Verdict: verdict, Tool: ToolNow(), Server: server, Result: r}
}

// Headline is the outcome in a sentence.
func (a *Audit) Headline() string {
	findings, unknown := 0, 0
	for _, b := range a.Result.Buckets {
		findings += len(b.Findings)
		unknown += len(b.Unknown())
		if b.Failed != "" {
			unknown++
		}
	}
	where := plural(len(a.Result.Buckets), "bucket", "buckets")
	switch {
	case len(a.Result.Buckets) == 0:
		return "Nothing was audited."
	case findings > 0 && unknown > 0:
		return fmt.Sprintf("%s in %s, and %s.", plural(findings, "finding", "findings"), where, unknownText(unknown))
	case findings > 0:
		return fmt.Sprintf("%s in %s.", plural(findings, "finding", "findings"), where)
	case unknown > 0:
		return fmt.Sprintf("Not a pass: %s in %s.", unknownText(unknown), where)
	}
	return fmt.Sprintf("No findings in %s.", where)
}

func unknownText(n int) string {
	if n == 1 {
		return "1 part is unknown"
	}
	return fmt.Sprintf("%d parts are unknown", n)
}

// auditLimits say what an audit doesn't show.
var auditLimits = []string{
	"The bytes of the versions: datalock verify --read reads them.",
	"What IAM policies allow. The bucket policy was compared as it is written, not tried: datalock prove tries it.",
	"Versions that were written after the listing passed their key, or after the inventory was taken.",
	"Anything later than its end.",
}

//go:embed audit.html.tmpl
var auditText string

// It has the style of the other reports.
var auditPage = template.Must(template.Must(page.Clone()).Funcs(template.FuncMap{
	"shown": statusClass, "histogram": histogram, "unshown": func() []string { return auditLimits },
}).New("audit").Parse(auditText))

func (a *Audit) html() ([]byte, error) {
	var out bytes.Buffer
	if err := auditPage.ExecuteTemplate(&out, "audit", a); err != nil {
		return nil, fmt.Errorf("make report.html: %w", err)
	}
	return out.Bytes(), nil
}

// statusClass is the style of a status.
func statusClass(s audit.Status) string {
	return map[audit.Status]string{
		audit.OK: "ok", audit.Found: "bad", audit.Unknown: "unsure", audit.NotApplicable: "none", audit.Excepted: "none",
	}[s]
}

// Write writes report.html, report.md and report.json into dir, and returns their
// paths in this order.
func (a *Audit) Write(dir string) ([]string, error) {
	page, err := a.html()
	if err != nil {
		return nil, err
	}
	text, err := plainjson.Indented(a)
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	files := []file{{"report.html", page}, {"report.md", a.Markdown()}, {"report.json", text}}
	return writeAlone(dir, func() ([]string, error) { return replaceAll(dir, files) })
}

// Markdown returns report.md, which is also the text of an issue.
func (a *Audit) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Audit\n\n**%s**\n\n%s to %s on %s, by %s (Go %s, %s).\n", cell(a.Headline()),
		moment(a.Result.Started), moment(a.Result.Ended), cell(a.Server.Where()),
		cell(a.Tool.String()), a.Tool.Go, a.Tool.Platform)
	for _, bucket := range a.Result.Buckets {
		auditBucket(&b, bucket)
	}
	list(&b, "## Exceptions", a.Result.Notes)
	list(&b, "## What this doesn't show", auditLimits)
	return b.Bytes()
}

func auditBucket(b *bytes.Buffer, bucket audit.Bucket) {
	fmt.Fprintf(b, "\n## s3://%s\n\n%s, compared with %s.\n",
		cell(bucket.Name), cell(bucket.Headline()), cell(bucket.Against()))
	if bucket.Failed != "" {
		fmt.Fprintf(b, "\nNot audited to the end: %s\n", cell(bucket.Failed))
	}
	if len(bucket.Findings)+len(bucket.Excepted) > 0 {
		b.WriteString("\n| Finding | Address | Seen | Why it matters |\n| --- | --- | --- | --- |\n")
		for _, f := range bucket.Findings {
			fmt.Fprintf(b, "| %s | %s | %s | %s [Source](%s) |\n",
				f.Rule, cell(f.Address), cell(f.Message), cell(f.Reason), f.Source)
		}
		for _, f := range bucket.Excepted {
			fmt.Fprintf(b, "| excepted: %s | %s | %s | %s |\n",
				f.Rule, cell(f.Address), cell(f.Message), cell(f.Exception))
		}
	}
	for _, f := range bucket.Findings {
		var lines []string
		for _, x := range f.Examples[:min(len(f.Examples), examplesListed)] {
			lines = append(lines, x.String())
		}
		list(b, "The first versions of "+f.Rule, lines)
	}
	if len(bucket.Parts) > 0 {
		b.WriteString("\n| Part | Status | What there is |\n| --- | --- | --- |\n")
	}
	for _, p := range bucket.Parts {
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(p.Name), p.Status, cell(p.Says()))
	}
	list(b, "Not in the settings", bucket.Notes)
	auditVersions(b, bucket)
}

// examplesListed is how many versions of a finding Markdown and HTML list.
const examplesListed = 20

func auditVersions(b *bytes.Buffer, bucket audit.Bucket) {
	if v := bucket.Versions; v != nil && len(v.Ends.Bars) > 0 {
		fmt.Fprintf(b, "\n| Locks that end, by %s | Versions | Bytes |\n| --- | --- | --- |\n", v.Ends.Unit)
		for _, bar := range v.Ends.Bars {
			if bar.Versions > 0 {
				fmt.Fprintf(b, "| %s | %d | %d |\n", bar.Label(v.Ends.Unit), bar.Versions, bar.Bytes)
			}
		}
	}
	if len(bucket.Datasets) > 0 {
		b.WriteString("\n| Dataset | State |\n| --- | --- |\n")
		for _, d := range bucket.Datasets {
			fmt.Fprintf(b, "| %s | %s |\n", cell(d.Location), cell(d.Says()))
		}
	}
}
