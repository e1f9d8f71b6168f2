package check

import (
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	long := strings.Repeat("old-", 63) + "one"
	names := map[string]bool{"acme-data": true, "x.y": true, "zoo-0z9": true, long: true}
	for text, want := range map[string]bool{
		"acme-data": true, `"arn:aws:s3:::acme-data/*"`: true, "acme-data-replica": true, "role/acme-data-copy": true,
		"acme-database": false, "my-acme-data": false, "acme-data.com": false, "ACME-DATA": false, "acme": false, "": false,
		"s3://x.y/": true, "x.y-z": true, "xzy": false, long + "-x": true, "acme-data2 acme-data": true,
		"zoo-0z9": true, "acme-\u00e4acme-data": true,
	} {
		if got := mentions(text, names); got != want {
			t.Errorf("%q mentions a name: %v, want %v", text, got, want)
		}
	}
}

func TestScopePattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "ab", true},
		{"a*", "ab", true}, {"a*", "ba", false}, {"*b", "ab", true}, {"*b", "abc", false}, {"a*b*c", "aXbbYc", true},
		{"a*b*c", "aXc", false}, {"**", "x", true}, {"a?", "ab", false}, {`m["*"].b`, `m["x.y"].b`, true},
		{strings.Repeat("*a", 40) + "b", strings.Repeat("a", 200), false},
	} {
		if got := matches(c.pattern, c.text); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}
