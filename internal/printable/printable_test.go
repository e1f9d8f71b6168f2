package printable_test

import (
	"testing"

	"datalock/internal/printable"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"train/0.bin": "train/0.bin", `a"b\c 'd'`: `a"b\c 'd'`, "Ünï/日本\u3000語 😀": "Ünï/日本\u3000語 😀", "": "",
		"a\nb": `a\nb`, "\x1b[2K\r": `\x1b[2K\r`, "\u0085\u2028\u2029": `\u0085\u2028\u2029`, "\u202egnp": `\u202egnp`,
		"\xff\x00": `\xff\x00`, "\ufffd": "\ufffd", "\x7f": `\x7f`,
	} {
		if got := printable.Line(text); got != want {
			t.Errorf("%+q is printed as %+q, want %+q", text, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "a\n": "a\n", "\n\na\n\tb": "\n\na\n\tb", "a\x1b[2K\n\tb\r\n": "a\\x1b[2K\n\tb\\r\n",
	} {
		if got := printable.Lines(text); got != want {
			t.Errorf("%+q is printed as %+q, want %+q", text, got, want)
		}
	}
}
