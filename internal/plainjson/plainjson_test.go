package plainjson_test

import (
	"testing"

	"datalock/internal/plainjson"
)

func TestForms(t *testing.T) {
	value := map[string]any{"a": "<&>", "b": []int{1}}
	compact, err := plainjson.Compact(value)
	if want := `{"a":"<&>","b":[1]}`; err != nil || string(compact) != want {
		t.Errorf("Compact gives %q, %v, want %q", compact, err, want)
	}
	indented, err := plainjson.Indented(value)
	if want := "{\n  \"a\": \"<&>\",\n  \"b\": [\n    1\n  ]\n}\n"; err != nil || string(indented) != want {
		t.Errorf("Indented gives %q, %v, want %q", indented, err, want)
	}
	if text, err := plainjson.Compact(func() {}); err == nil || text != nil {
		t.Errorf("a function is %q, %v", text, err)
	}
}

func TestWithoutBOM(t *testing.T) {
	for text, want := range map[string]string{"\xef\xbb\xbf{}": "{}", "{}": "{}", "": "", "{}\xef\xbb\xbf": "{}\xef\xbb\xbf"} {
		if got := string(plainjson.WithoutBOM([]byte(text))); got != want {
			t.Errorf("%q without a mark is %q", text, got)
		}
	}
}
