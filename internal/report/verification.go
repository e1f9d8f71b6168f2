package report

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"

	"datalock/dataset"
	"datalock/internal/plainjson"
	"datalock/internal/prove"
)

// A Verification is the report of comparing a dataset with its manifest.
type Verification struct {
	// Schema is 1.
	Schema int `json:"schema"`
	// Kind is "verification".
	Kind string `json:"kind"`
	// Verdict is held if everything matches the manifest, breached if something
	// doesn't, else inconclusive.
	Verdict prove.Status `json:"verdict"`
	Tool    Tool         `json:"tool"`
	// Server is the server of the dataset, nil if no request was sent to S3.
	Server *Server              `json:"server,omitempty"`
	Result dataset.Verification `json:"verification"`
}

// NewVerification returns the report of a verification.
func NewVerification(v dataset.Verification) *Verification {
	var server *Server
	switch v.Server {
	case "":
	case dataset.AWS:
		server = &Server{Kind: AWS}
	default:
		server = &Server{Endpoint: v.Server, Kind: KindOf(v.Server)}
	}
	verdict := prove.Breached
	switch {
	case v.Clean():
		verdict = prove.Held
	case !v.Judged():
		verdict = prove.Inconclusive
	}
	return &Verification{Schema: 1, Kind: "verification", Verdict: verdict, Tool: ToolNow(), Server: server, Result: v}
}

// Headline states the outcome in a sentence.
func (v *Verification) Headline() string {
	switch v.Verdict {
	case prove.Held:
		return "Everything matches the manifest: " + v.Result.CheckedText() + "."
	case prove.Breached:
		return "Differs from the manifest: " + v.Result.CountsText() + "."
	}
	return "Not judged: " + v.Result.CountsText() + "."
}

// facts are the facts about the dataset.
func (v *Verification) facts() []fact {
	r := v.Result
	list := []fact{
		{"Dataset", r.String()},
		{"Files", fmt.Sprintf("%d, %d bytes", r.Files, r.Bytes)},
		{"Level", string(r.Level)},
		{"Checked", r.CheckedText()},
		{"Root digest", r.RootDigest + ", " + r.ManifestText()},
	}
	if text := r.RenewalsText(); text != "" {
		list = append(list, fact{"Renewals", text})
	}
	if r.Archived > 0 {
		list = append(list, fact{"Archived", r.ArchivedText()})
	}
	if r.NextEnd != nil {
		list = append(list, fact{"Lock that ends next", r.NextEnd.Name + ", at " + moment(r.NextEnd.At)})
	}
	if v.Server != nil {
		list = append(list, fact{"Server", serverText(*v.Server)})
	}
	return list
}

// limits list what a verification of this level doesn't show.
func (v *Verification) limits() []string {
	var list []string
	if v.Result.Level == dataset.Accepted || v.Result.Level == dataset.Sampled {
		list = append(list, "Whether bytes that weren't read are still the same: "+
			"S3 returns the checksum that it stored at the upload.")
	}
	if v.Result.Level == dataset.AtRest {
		list = append(list, "Whether the bytes are the same, except by S3's own account: "+
			"S3 read them and computed their checksums itself (--read downloads them).")
	}
	if v.Result.Level == dataset.Local {
		except := ", except for the manifest"
		if v.Server == nil {
			except = ""
		}
		list = append(list, "The state in S3"+except+": locks, delete markers, newer versions.")
	}
	if !v.Result.RootChecked && !v.Result.SignatureChecked {
		list = append(list, "Whether the manifest is the published one: "+
			"compare its root digest (--root) or check its signature (--key).")
	}
	if !v.Result.SignatureChecked {
		list = append(list, "Who published the dataset.")
	}
	return append(list, "Anything after the end of the verification.")
}

//go:embed verification.html.tmpl
var verificationText string

// verificationPage shares the style of report.html.
var verificationPage = template.Must(template.Must(page.Clone()).Funcs(template.FuncMap{
	"lines": (*Verification).facts, "unshown": (*Verification).limits, "more": (*Verification).more,
}).New("verification").Parse(verificationText))

func (v *Verification) html() ([]byte, error) {
	var out bytes.Buffer
	if err := verificationPage.ExecuteTemplate(&out, "verification", v); err != nil {
		return nil, fmt.Errorf("render report.html: %w", err)
	}
	return out.Bytes(), nil
}

func (v *Verification) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Verification of %s\n\n**%s**\n\n%s to %s, by %s (Go %s, %s).\n\n| | |\n| --- | --- |\n",
		cell(v.Result.String()), cell(v.Headline()), moment(v.Result.Started), moment(v.Result.Ended),
		cell(v.Tool.String()), v.Tool.Go, v.Tool.Platform)
	for _, f := range v.facts() {
		fmt.Fprintf(&b, "| %s | %s |\n", f.Name, cell(f.Value))
	}
	if len(v.Result.Findings) > 0 {
		b.WriteString("\n## Findings\n\n| Finding | Subject | Seen |\n| --- | --- | --- |\n")
		for _, f := range v.Result.Findings {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Name, cell(f.Subject), cell(f.Detail))
		}
		b.WriteString(v.more())
	}
	b.WriteString("\n## What this doesn't show\n\n")
	for _, limit := range v.limits() {
		fmt.Fprintf(&b, "- %s\n", limit)
	}
	return b.Bytes()
}

// more says that there are more findings than listed.
func (v *Verification) more() string {
	total := 0
	for _, n := range v.Result.Counts {
		total += n
	}
	if listed := len(v.Result.Findings); total > listed {
		return fmt.Sprintf("\nThe first %d of %d findings.\n", listed, total)
	}
	return ""
}

// Write writes report.html, report.md, report.json and, if there are no
// findings, an in-toto statement into dir, signed if signer isn't nil. It
// returns the paths of those that were written, in this order, also with an
// error.
func (v *Verification) Write(ctx context.Context, dir string, signer Signer) ([]string, error) {
	page, err := v.html()
	if err != nil {
		return nil, err
	}
	text, err := plainjson.Indented(v)
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	files := []file{{"report.html", page}, {"report.md", v.markdown()}, {"report.json", text}}
	return writeAlone(dir, func() ([]string, error) {
		if v.Verdict != prove.Held {
			return replaceAll(dir, files)
		}
		statement, err := v.Result.Statement()
		if err != nil {
			paths, failed := replaceAll(dir, files)
			return paths, errors.Join(err, failed)
		}
		return writeSigned(ctx, dir, append(files, file{statementName, statement}), statement, signer)
	})
}

const statementName = "report.intoto.json"
