package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"datalock/internal/prove"
)

//go:embed report.html.tmpl
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"title": title, "moment": moment, "answers": answersText, "control": controlText, "groups": groupsOf,
	"facts": factsOf, "listings": listings, "statement": statementText, "indented": indented, "timeline": timeline,
	"word": verdictWord, "class": verdictClass, "causes": allCauses, "found": foundText, "locked": leftLock,
	"heading": heading, "limits": func() []string { return limits }, "advice": (*Report).advice,
}).Parse(pageText))

// HTML returns report.html: one page without scripts or external files.
func HTML(r *Report) ([]byte, error) {
	var out bytes.Buffer
	if err := page.Execute(&out, r); err != nil {
		return nil, fmt.Errorf("render report.html: %w", err)
	}
	return out.Bytes(), nil
}

// verdictClass returns the CSS class of a verdict.
func verdictClass(s prove.Status) string {
	switch s {
	case prove.Held:
		return "ok"
	case prove.Breached:
		return "bad"
	case prove.Inconclusive:
		return "unsure"
	}
	return "none"
}
