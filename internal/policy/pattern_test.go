package policy_test

import (
	"strings"
	"testing"

	"datalock/internal/policy"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"s3:Put*", "s3:PutObject", true},
		{"s3:Put*", "s3:putobject", false},
		{"s3:PutObject", "s3:PutObjectAcl", false},
		{"b/?", "b/x", true},
		{"b/?", "b/xy", false},
		{"b/*/z", "b/x\n/y/z", true},
		{"b.c", "bxc", false},
		{strings.Repeat("*a", 30) + "b", strings.Repeat("a", 100), false},
		{"", "", true},
	} {
		if got := policy.Matches(c.pattern, c.text); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}
