package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeClaims wants README.md to say what the ready line says, no more and
// no less.
func TestReadmeClaims(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for heading, claims := range map[string][]string{
		"Enforced": enforced(), "Kept, not enforced": kept(), "Known gaps": gaps(false),
	} {
		wanted := "## " + heading + "\n\n- " + strings.Join(claims, "\n- ") + "\n\n"
		if !strings.Contains(string(data), wanted) {
			t.Errorf("README.md has no\n%s", wanted)
		}
	}
	if with, without := gaps(true), gaps(false); len(with) != len(without)-1 {
		t.Errorf("%d gaps with TLS, %d without", len(with), len(without))
	}
}
