package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The dimensions of the picture, in SVG units.
const (
	barHeight  = 16
	labelWidth = 190
	plotWidth  = 430
	pageWidth  = labelWidth + plotWidth + 150
)

var colours = map[string]string{
	slimName: "#0b7a4b", stockName: "#8fb8a3", pinsName: "#b9bec7", typescriptName: "#3178c6",
}

// svg returns the medians as bars, one group for each situation. Each group has
// its own scale, so that its ratios are visible; the figures are next to the
// bars.
func (r *results) svg() string {
	var body strings.Builder
	y := 40
	for start := 0; start < len(r.Figures); {
		end := start
		for end < len(r.Figures) && r.Figures[end].situation() == r.Figures[start].situation() {
			end++
		}
		y = group(&body, r.Figures[start:end], y)
		start = end
	}
	m := r.Machine
	foot := fmt.Sprintf("Median seconds and peak memory. %s, %d cores, node %s, %s.", m.CPU, m.Cores, m.Node, m.Date)
	text(&body, 10, y+6, 11, "#666", foot)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" role="img" aria-label="Time to synthesise">
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="10" y="22" font-size="15" font-weight="bold">Time to synthesise, by number of buckets</text>
%s</svg>
`, pageWidth, y+20, body.String())
}

func group(out *strings.Builder, figures []figure, y int) int {
	longest := 0.0
	for _, f := range figures {
		longest = math.Max(longest, f.median())
	}
	y += 12
	fmt.Fprintf(out, `<text x="10" y="%d" font-size="12" font-weight="bold">%s</text>`+"\n", y, figures[0].situation())
	y += 6
	for _, f := range figures {
		width := plotWidth * f.median() / longest
		text(out, 10, y+12, 12, "#000", f.Peer)
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", labelWidth, y, width, barHeight-3, colours[f.Peer])
		text(out, labelWidth+int(width)+6, y+12, 11, "#000", fmt.Sprintf("%.2f s, %.0f MB", f.median(), f.PeakMB))
		y += barHeight
	}
	return y + 10
}

func text(out *strings.Builder, x, y, size int, colour, words string) {
	fmt.Fprintf(out, `<text x="%d" y="%d" font-size="%d" fill="%s">%s</text>`+"\n", x, y, size, colour, html.EscapeString(words))
}
