package slimcache

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestJSONScannerHandsOutValuesAsWritten(t *testing.T) {
	const text = ` { "a" : 1.50 , "b\"}" : [ {"x": "]}"}, "\\" ] ,
		"c": {"inner": true, "skipped": [[[]]], "last": null}, "d": "" , "e" :-0.0e1}`
	want := map[string]string{
		"a": "1.50", `b"}`: `[ {"x": "]}"}, "\\" ]`, "c.inner": "true", "c.last": "null", "d": `""`, "e": "-0.0e1",
	}
	readers := map[string]func(io.Reader) io.Reader{
		"at once":      func(r io.Reader) io.Reader { return r },
		"byte by byte": iotest.OneByteReader,
		"by halves":    iotest.HalfReader,
		"with the end": iotest.DataErrReader,
	}
	for name, reader := range readers {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			in := newJSONScanner(reader(strings.NewReader(text)))
			take := func(key string) error {
				value, err := in.value()
				got[key] = string(value)
				return err
			}
			err := in.object(func(key string) error {
				if key != "c" {
					return take(key)
				}
				return in.object(func(inner string) error {
					if inner == "skipped" {
						return in.skip()
					}
					return take("c." + inner)
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			for key, value := range want {
				if got[key] != value {
					t.Errorf("%s is %s, want %s", key, got[key], value)
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %d values, want %d: %v", len(got), len(want), got)
			}
		})
	}
}

func TestJSONScannerRefusesWhatIsNoObject(t *testing.T) {
	for _, text := range []string{"", "[]", `"a"`, "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":"1`, `{"a":{"b":1}`, `{"a" 1}`, `{a:1}`, `{"a":1,}`} {
		in := newJSONScanner(strings.NewReader(text))
		if err := in.object(func(string) error { return in.skip() }); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func TestJSONScannerPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	in := newJSONScanner(strings.NewReader(`{"a": 1}`))
	if err := in.object(func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
