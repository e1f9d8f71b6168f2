package client

import (
	"strings"
	"testing"
	"unicode/utf8"

	"datalock/internal/client/judge"
)

// TestVisible: what a program sent can't clear the screen, start a line that a
// CI system takes for a command, or change the direction of text.
func TestVisible(t *testing.T) {
	const text = "a\x1b[2J\n::error::b\u202ec\r\xff ö"
	r := judge.Report{
		Verdict: judge.Fails, Bucket: "b", Reasons: []string{text}, Handshakes: []string{text}, Requests: 1,
		Kinds: []judge.Kind{{Operation: judge.PutObject, Program: text, Requests: 1}},
		Findings: []judge.Finding{{
			Class: judge.Refused, Program: text, Code: text, Rule: text, Why: text, Examples: []string{text},
			Fix: []string{text},
		}},
		Left:    judge.Left{Problem: text},
		Command: &judge.Command{Program: text, Left: []string{text}},
	}
	for name, shown := range map[string]string{"the text": Text(r), "the Markdown": Markdown(r)} {
		if strings.ContainsAny(shown, "\x1b\r\u202e") || !utf8.ValidString(shown) || strings.Contains(shown, "\n::") {
			t.Errorf("%s is %q", name, shown)
		}
		if !strings.Contains(shown, "ö") {
			t.Errorf("%s lacks a letter: %q", name, shown)
		}
	}
	if got, want := visible(text), `a\x1b[2J\n::error::b\u202ec\r� ö`; got != want {
		t.Errorf("visible is %q, want %q", got, want)
	}
}

// TestMarkdownTable: the table starts after a blank line, or GitHub shows it as
// part of the list.
func TestMarkdownTable(t *testing.T) {
	for _, reasons := range [][]string{nil, {"one", "two"}} {
		r := judge.Report{Verdict: judge.Fails, Reasons: reasons, Findings: []judge.Finding{{Class: judge.Refused}}}
		if text := Markdown(r); !strings.Contains(text, "\n\n| | request |") {
			t.Errorf("with %q: %q", reasons, text)
		}
	}
}
