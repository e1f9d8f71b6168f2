package report

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// leastContrast is the minimum contrast for text in WCAG.
// https://www.w3.org/TR/WCAG22/#contrast-minimum
const leastContrast = 4.5

// TestContrast checks that the page's colours are readable: light, dark and
// printed.
func TestContrast(t *testing.T) {
	palettes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(pageText, -1)
	if len(palettes) != 3 {
		t.Fatalf("the page has %d palettes, want 3", len(palettes))
	}
	for i, palette := range palettes {
		colors := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]+)`).FindAllStringSubmatch(palette[1], -1) {
			colors[m[1]] = m[2]
		}
		for _, pair := range [][2]string{
			{"ink", "ground"}, {"ink", "paper"}, {"soft", "ground"}, {"soft", "paper"}, {"ok", "paper"}, {"bad", "paper"},
			{"unsure", "paper"}, {"ok", "okground"}, {"bad", "badground"}, {"unsure", "unsureground"}, {"ink", "okground"},
			{"ink", "badground"}, {"ink", "unsureground"}, {"onlock", "lock"},
		} {
			if got := contrast(t, colors[pair[0]], colors[pair[1]]); got < leastContrast {
				t.Errorf("palette %d: %s on %s has a contrast of %.1f", i, pair[0], pair[1], got)
			}
		}
	}
}

func contrast(t *testing.T, one, other string) float64 {
	a, b := luminance(t, one), luminance(t, other)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is WCAG's relative luminance of a colour of 3 or 6 hex digits.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	if len(color) == 3 {
		color = string([]byte{color[0], color[0], color[1], color[1], color[2], color[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		value, err := strconv.ParseUint(color[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(value) / 255
		if c <= 0.03928 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
