package report

import (
	"fmt"
	"html/template"
	"strings"

	"datalock/internal/audit"
)

// Measures of the histogram, in its own units.
const (
	histogramHeight = 180
	histogramTop    = 44
)

// histogram draws how many locks end when, in the colours of the page.
func histogram(v *audit.Versions) template.HTML {
	if v == nil || len(v.Ends.Bars) == 0 {
		return ""
	}
	bars, most := v.Ends.Bars, int64(1)
	for _, bar := range bars {
		most = max(most, bar.Versions)
	}
	var b strings.Builder
	bottom := histogramTop + histogramHeight
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="Locks that end, by %s" `+
		`xmlns="http://www.w3.org/2000/svg">`,
		drawWidth, bottom+24, v.Ends.Unit)
	fmt.Fprintf(&b, `<text x="0" y="16" class="head">Locks that end, by %s</text>`, v.Ends.Unit)
	fmt.Fprintf(&b, `<text x="0" y="%d" class="tick">%d versions</text>`, histogramTop+4, most)
	fmt.Fprintf(&b, `<line x1="0" y1="%d" x2="%d" y2="%d" class="rule"/>`, bottom, drawRight, bottom)
	left, slot := 90.0, float64(drawRight-90)/float64(len(bars))
	width := min(slot*0.8, 60)
	// As many labels as there is room for.
	every := len(bars)/10 + 1
	for i, bar := range bars {
		x := left + slot*float64(i)
		label := bar.Label(v.Ends.Unit)
		if bar.Versions > 0 {
			height := max(histogramHeight*float64(bar.Versions)/float64(most), 2)
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" class="lock"><title>%s: %d versions, `+
				`%d bytes</title></rect>`,
				x, float64(bottom)-height, width, height, label, bar.Versions, bar.Bytes)
		}
		if i%every == 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" class="tick">%s</text>`, x, bottom+16, label)
		}
	}
	b.WriteString("</svg>")
	// It holds numbers, dates and this file's words.
	return template.HTML(b.String())
}
