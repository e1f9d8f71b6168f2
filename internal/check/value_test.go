package check

import (
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		value any
		want  float64
	}{
		{30.0, 30},
		{"30", 30},
		{"1e2", 100},
		{"30 days", 0},
		{"NaN", 0},
		{"", 0},
		{true, 0},
		{nil, 0},
	} {
		if got := number(object{"days": c.value}, "days"); got != c.want {
			t.Errorf("the number of %#v is %v, want %v", c.value, got, c.want)
		}
	}
}

// TestPrintable: control characters, C1 controls, line separators and marks that
// turn the direction of text could hide or forge a line of a report.
func TestPrintable(t *testing.T) {
	for _, hidden := range []rune{
		0, '\t', '\n', '\r', 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f,
		0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069,
	} {
		if got := Printable("a" + string(hidden) + "b"); got != "a\ufffdb" {
			t.Errorf("%U is printed as %q", hidden, got)
		}
	}
	for _, shown := range []rune{' ', '~', 0xa0, 'ö', 0x2027, 0x2030, 0x202f, 0x2065, 0x206a, '桶'} {
		if got := Printable("a" + string(shown) + "b"); got != "a"+string(shown)+"b" {
			t.Errorf("%U is printed as %q", shown, got)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"as long as may be", strings.Repeat("x", 600), strings.Repeat("x", 600)},
		{"longer", strings.Repeat("x", 601), strings.Repeat("x", 600) + "…"},
		{"cut in a character", strings.Repeat("x", 599) + "ö", strings.Repeat("x", 599) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Printable(c.text); got != c.want {
				t.Errorf("got %d bytes that end with %q, want %d", len(got), got[len(got)-5:], len(c.want))
			}
		})
	}
}

// TestMarkdownMentions: GitHub would notify people and link issues.
func TestMarkdownMentions(t *testing.T) {
	if got, want := markdown("raw/@octocat/#12"), "raw/@\u200boctocat/\\#\u200b12"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMarkdownLinks: GitHub would link what a plan names.
func TestMarkdownLinks(t *testing.T) {
	const z = "\u200b"
	for text, want := range map[string]string{
		"see https://example.org/x": "see https:" + z + "//example.org/x", "www.example.org": "www" + z + ".example.org",
		"gh-12": "gh-" + z + "12", "deadbee": "deadbe" + z + "e", "012345678901": "012345678901", "a ghost, www": "a ghost, www",
		"0123456789abcdef": "012345" + z + "6789ab" + z + "cdef", "0123456789012": "012345" + z + "678901" + z + "2",
	} {
		if got := markdown(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestPrintableCommand: GitHub's runner runs ##[command] anywhere in a line.
func TestPrintableCommand(t *testing.T) {
	if got, want := Printable("a ##[add-mask]b #[c]"), "a ##\u200b[add-mask]b #[c]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestURI(t *testing.T) {
	for file, want := range map[string]string{
		"plan.json": "plan.json", "my plan.json": "my%20plan.json", "a:b.json": "./a:b.json", "-": "-", "s3://acme-data": "s3://acme-data",
		"/tmp/a b/plan.json": "file:///tmp/a%20b/plan.json",
	} {
		if got := uri(file); got != want {
			t.Errorf("the URI of %q is %q, want %q", file, got, want)
		}
	}
}
