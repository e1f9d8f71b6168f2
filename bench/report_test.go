package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"datalock/internal/testkit/sandbox"
)

var sample = &results{
	Machine: machine{OS: "linux", CPU: "Some <CPU> & Co", Cores: 2, Node: "v20"},
	Figures: []figure{
		{Peer: slimName, First: true, Buckets: 1, Seconds: []float64{1, 2, 9}, PeakMB: 130},
		{Peer: pinsName, First: true, Buckets: 1, Seconds: []float64{10, 11, 12}, PeakMB: 1300},
		{Peer: slimName, Buckets: 1000, Seconds: []float64{5}, PeakMB: 150},
		{Peer: pinsName, Buckets: 1000, Seconds: []float64{20}, PeakMB: 1100},
		{Peer: typescriptName, Buckets: 1000, Seconds: []float64{4}, PeakMB: 160},
	},
}

func TestTable(t *testing.T) {
	lines := strings.Split(sample.table(), "\n")
	for i, want := range map[int][]string{
		2: {"first run", slimName, "2.00 s", "1.00 s", "9.00 s", "5.5", "130 MB"},
		3: {"first run", pinsName, "11.00 s", "1.0"},
		4: {"1000 buckets", slimName, "5.00 s", "4.0"},
		6: {"1000 buckets", typescriptName, "4.00 s", "5.0", "160 MB"},
	} {
		for _, word := range want {
			if !strings.Contains(lines[i], word) {
				t.Errorf("line %d is\n%s\nwithout %q", i, lines[i], word)
			}
		}
	}
}

func TestPictureIsXML(t *testing.T) {
	in, texts := xml.NewDecoder(strings.NewReader(sample.picture().svg())), ""
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chars, ok := token.(xml.CharData); ok {
			texts += string(chars)
		}
	}
	for _, want := range []string{"first run", "1000 buckets", "2.00 s, 130 MB", "Some <CPU> & Co", typescriptName} {
		if !strings.Contains(texts, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

func TestProjectHasItsBuckets(t *testing.T) {
	t.Chdir("..")
	for _, buckets := range []int{1, 10} {
		dir := filepath.Join(t.TempDir(), "project")
		if err := writeProject(dir, buckets); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "cdktf.json"))
		if err != nil {
			t.Fatal(err)
		}
		var project struct {
			Context struct {
				Datalock struct{ Buckets map[string]json.RawMessage }
			}
		}
		if err := json.Unmarshal(text, &project); err != nil || len(project.Context.Datalock.Buckets) != buckets {
			t.Errorf("%d buckets, want %d: %v", len(project.Context.Datalock.Buckets), buckets, err)
		}
	}
}

// TestWatchAddsChildren holds that the memory of a child of a child counts.
func TestWatchAddsChildren(t *testing.T) {
	if runtime.GOOS != "linux" {
		sandbox.Skip(t, "only Linux tells the memory of a process and its children in /proc")
	}
	cmd := exec.Command("sh", "-c", `sh -c 'x=$(head -c 60000000 /dev/zero | tr "\0" x); sleep 0.3; echo ${#x}'; true`)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := watch(cmd.Process.Pid, 5*time.Millisecond)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if peak := stop(); peak < 60 || peak > 600 {
		t.Errorf("the peak is %.0f MB, want more than the 60 that the inner shell holds", peak)
	}
	if own := memoryOf(os.Getpid()); own < 1 {
		t.Errorf("this process has %.1f MB", own)
	}
}
