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
	"title": title, "verdict": verdict, "moment": moment, "lock": lockText, "left": leftText, "answers": answersText,
	"control": controlText, "groups": groupsOf, "guards": guardsText, "versions": versionsText, "plan": secondPlan,
	"indented": indented, "timeline": timeline, "word": statusWord, "limits": func() []string { return limits },
	"bad": func(s prove.Status) bool { return s.Bad() }, "passed": func(s prove.Status) bool { return s == prove.Passed },
}).Parse(pageText))

// HTML returns report.html: one page that fetches nothing and runs no script.
func HTML(r Report) ([]byte, error) {
	var out bytes.Buffer
	if err := page.Execute(&out, r); err != nil {
		return nil, fmt.Errorf("make report.html: %w", err)
	}
	return out.Bytes(), nil
}
