package jsiihost

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadyNotesEndOfLife(t *testing.T) {
	for _, c := range []struct {
		name, text string
		major      int
		today      string
		want       string
	}{
		{"on its last day", "v20.20.2", 20, "2026-04-30", ""},
		{"past its end", "v20.20.2", 20, "2026-05-01", "note: node v20.20.2 is past its end of life (2026-04-30); install Node.js 24 when you can\n"},
		{"a current one", "v24.1.0", 24, "2026-11-24", ""},
		{"a short-term release", "v23.1.0", 23, "2026-11-24", "note: node v23.1.0 is past its end of life (it was a short-term release); install Node.js 24 when you can\n"},
		{"one that is newer than this list", "v26.0.0", 26, "2027-11-24", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, topic := range topics {
				t.Setenv("JSII_SILENCE_WARNING_"+topic+"_NODE_VERSION", "")
			}
			var out bytes.Buffer
			today, err := time.Parse(time.DateOnly, c.today)
			if err != nil {
				t.Fatal(err)
			}
			h := &Host{stderr: &out, now: func() time.Time { return today }, found: make(chan error, 1), major: c.major, text: c.text}
			h.found <- nil
			if err := h.Ready(); err != nil || out.String() != c.want {
				t.Errorf("got %q, %v; want %q", out.String(), err, c.want)
			}
			if got, want := os.Getenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"), c.text[1:3]; got != want {
				t.Errorf("jsii's own banner is silenced for %q, want %q", got, want)
			}
		})
	}
}

func TestReadyRespectsTheUsersSwitch(t *testing.T) {
	for _, topic := range topics {
		t.Setenv("JSII_SILENCE_WARNING_"+topic+"_NODE_VERSION", "18,19")
	}
	h := &Host{stderr: io.Discard, now: time.Now, found: make(chan error, 1), major: 24, text: "v24.0.0"}
	h.found <- nil
	if err := h.Ready(); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"); got != "18,19" {
		t.Errorf("the user's variable became %q", got)
	}
}

func TestPass(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"all but the noise", "a warning\n" + noise, "a warning\n"},
		{"noise in the middle", "one " + noise + "two\n", "one two\n"},
		{"a last line without a break", "one\ntwo", "one\ntwo"},
		{"another abnormal exit", "Runtime process exited abnormally: signal: killed", "Runtime process exited abnormally: signal: killed"},
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
