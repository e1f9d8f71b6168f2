package jsiihost

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPass(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"all but the noise", "a warning\n" + noise, "a warning\n"},
		{"noise in the middle", "one " + noise + "two\n", "one two\n"},
		{"a last line without a break", "one\ntwo", "one\ntwo"},
		{
			"another abnormal exit",
			"Runtime process exited abnormally: signal: killed",
			"Runtime process exited abnormally: signal: killed",
		},
	} {
		var out bytes.Buffer
		pass(&out, strings.NewReader(c.in))
		if out.String() != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.in, out.String(), c.want)
		}
	}
}

func TestFilterDropsWhatIsLate(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	original := os.Stderr
	defer func() { os.Stderr = original }()
	os.Stderr = file
	f := newFilter(file)
	if _, err := io.WriteString(os.Stderr, "kept\n"+noise); err != nil {
		t.Fatal(err)
	}
	f.stop()
	if _, err := io.WriteString(os.Stderr, noise); err == nil {
		t.Error("what comes late was written somewhere")
	}
	text, err := os.ReadFile(file.Name())
	if err != nil || string(text) != "kept\n" {
		t.Errorf("the real standard error has %q, %v; want the line that is no noise", text, err)
	}
}
