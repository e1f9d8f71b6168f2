package slimcache

import (
	"strings"
	"testing"
	"testing/iotest"
)

const smallAssembly = `{ "bundled": {"a": 1.50}, "name": "small", "readme": {"markdown": "]}"},
	"types": {"small.A": {"kind": "class", "docs": {"summary": "\"}"}, "symbolId": "a:A"}}, "version": "1.0.0"}`

func TestReadAssembly(t *testing.T) {
	a, again, err := readAssembly(iotest.OneByteReader(strings.NewReader(smallAssembly)), map[string]bool{})
	if err != nil || again {
		t.Fatal(again, err)
	}
	if a.name != "small" || a.version != "1.0.0" || string(a.meta["bundled"]) != `{"a": 1.50}` || a.meta["readme"] != nil {
		t.Errorf("got %+v", a)
	}
	if len(a.types) != 1 || a.types[0].name != "small.A" ||
		string(a.types[0].json) != `{"kind":"class","symbolId":"a:A"}` {
		t.Errorf("got the types %+v", a.types)
	}
}

func TestReadAssemblyRefusesWhatIsCutOff(t *testing.T) {
	for end := range smallAssembly {
		if _, _, err := readAssembly(strings.NewReader(smallAssembly[:end]), map[string]bool{}); err == nil {
			t.Errorf("%s: no error", smallAssembly[:end])
		}
	}
	for _, text := range []string{"[]", `"a"`, `{"a" 1}`, `{a:1}`, `{"a":1,}`} {
		if _, _, err := readAssembly(strings.NewReader(text), map[string]bool{}); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
