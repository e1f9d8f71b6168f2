package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The dimensions of a picture, in SVG units.
const (
	barHeight  = 16
	labelWidth = 190
	plotWidth  = 430
	pageWidth  = labelWidth + plotWidth + 150
)

// A picture shows values as bars, in groups. Each group has its own scale, so
// that its ratios are visible; the figures are next to the bars.
type picture struct {
	title, foot string
	groups      []group
}

type group struct {
	title string
	bars  []bar
}

type bar struct {
	label  string
	value  float64
	colour string
	note   string
}

// add adds a bar to the group with a title, which begins if it isn't the last.
func (p *picture) add(title string, b bar) {
	if n := len(p.groups); n == 0 || p.groups[n-1].title != title {
		p.groups = append(p.groups, group{title: title})
	}
	last := &p.groups[len(p.groups)-1]
	last.bars = append(last.bars, b)
}

// svg returns the picture as an SVG document.
func (p picture) svg() string {
	var body strings.Builder
	y := 40
	for _, g := range p.groups {
		y = g.draw(&body, y)
	}
	text(&body, 10, y+6, 11, "#666", p.foot)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" role="img" aria-label="%[4]s">
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="10" y="22" font-size="15" font-weight="bold">%[4]s</text>
%[3]s</svg>
`, pageWidth, y+20, body.String(), html.EscapeString(p.title))
}

func (g group) draw(out *strings.Builder, y int) int {
	longest := 0.0
	for _, b := range g.bars {
		longest = math.Max(longest, b.value)
	}
	y += 12
	fmt.Fprintf(out, `<text x="10" y="%d" font-size="12" font-weight="bold">%s</text>`+"\n", y, html.EscapeString(g.title))
	y += 6
	for _, b := range g.bars {
		width := plotWidth * b.value / longest
		text(out, 10, y+12, 12, "#000", b.label)
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n",
			labelWidth, y, width, barHeight-3, b.colour)
		text(out, labelWidth+int(width)+6, y+12, 11, "#000", b.note)
		y += barHeight
	}
	return y + 10
}

func text(out *strings.Builder, x, y, size int, colour, words string) {
	fmt.Fprintf(out, `<text x="%d" y="%d" font-size="%d" fill="%s">%s</text>`+"\n",
		x, y, size, colour, html.EscapeString(words))
}
