package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal of 100 columns. read returns its output up
// to a text, or all output of the next five seconds; master is where to type.
func terminal(t *testing.T) (tty, master *os.File, read func(to string) string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	unlock := func(fd uintptr) {
		at := int(fd)
		if err = unix.IoctlSetPointerInt(at, unix.TIOCSPTLCK, 0); err != nil {
			return
		}
		if err = unix.IoctlSetWinsize(at, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
			return
		}
		number, err = unix.IoctlGetInt(at, unix.TIOCGPTN)
	}
	// Fd would disable deadlines for reads.
	if raw, failed := master.SyscallConn(); failed != nil || raw.Control(unlock) != nil || err != nil {
		t.Fatal(failed, err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = tty.Close(), master.Close() })
	return tty, master, func(to string) string {
		var said strings.Builder
		buffer := make([]byte, 64<<10)
		if err := master.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for !strings.Contains(said.String(), to) {
			n, err := master.Read(buffer)
			if err != nil {
				break
			}
			said.Write(buffer[:n])
		}
		return said.String()
	}
}

// TestMeterOnATerminal: a bar shows files, bytes, rate and remaining time in
// one line, and disappears at the end.
func TestMeterOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, _, read := terminal(t)
	m := newMeter(tty)
	m.show(dataset.Progress{Step: dataset.StepSend, FilesTotal: 50, BytesTotal: 100 << 20})
	m.show(dataset.Progress{Step: dataset.StepSend, Files: 20, FilesTotal: 50, Bytes: 40 << 20, BytesTotal: 100 << 20})
	said := read("20 of 50 files")
	for _, want := range []string{"sending, 20 of 50 files", "40%", "(40/100 MiB", "iB/s)"} {
		if !strings.Contains(said, want) {
			t.Errorf("the bar doesn't say %q: %q", want, said)
		}
	}
	if strings.Contains(said, "\n") {
		t.Errorf("the bar has more than a line: %q", said)
	}
	m.end()
	if left := read(" \r"); strings.TrimSpace(left) != "" {
		t.Errorf("the bar stays: %q", left)
	}
}

// TestMeterInAFile: a line every ten seconds, with the same numbers.
func TestMeterInAFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m := newMeter(file)
	p := dataset.Progress{Step: dataset.StepSend, Files: 20, FilesTotal: 50, Bytes: 40 << 20, BytesTotal: 100 << 20}
	for range 5 {
		m.show(p)
	}
	m.told, m.began = m.told.Add(-lineEvery), m.began.Add(-20*time.Second)
	for range 5 {
		m.show(p)
	}
	m.end()
	said, err := os.ReadFile(file.Name())
	want := "sending: 20 of 50 files, 40 MiB of 100 MiB, 2.0 MiB/s, 30s left\n"
	if err != nil || string(said) != want {
		t.Errorf("%q, %v, want %q", said, err, want)
	}
}

// TestMeterOnADumbTerminal prints lines, not a bar.
func TestMeterOnADumbTerminal(t *testing.T) {
	t.Setenv("TERM", "dumb")
	tty, _, read := terminal(t)
	m := newMeter(tty)
	p := dataset.Progress{Step: dataset.StepHead, Files: 3, FilesTotal: 9}
	m.show(p)
	m.told = m.told.Add(-lineEvery)
	m.show(p)
	if said := read("\n"); said != "checking: 3 of 9 files\r\n" {
		t.Errorf("a dumb terminal is told %q", said)
	}
}

// TestMeterSaysOnlyWhatItCounts: a step that counts nothing has no number, and
// files that are kept aren't called sent.
func TestMeterSaysOnlyWhatItCounts(t *testing.T) {
	for want, p := range map[string]dataset.Progress{
		"writing the manifest":                {Step: dataset.StepCommit},
		"listing":                             {Step: dataset.StepList},
		"listing: 12 files":                   {Step: dataset.StepList, Files: 12},
		"reading the bucket":                  {Step: dataset.StepLook},
		"sending: 0 of 9 files":               {Step: dataset.StepSend, FilesTotal: 9},
		"sending and comparing: 3 of 9 files": {Step: dataset.StepSend, Files: 3, FilesTotal: 9, Kept: 2},
	} {
		if got := line(p, time.Second); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestMeterPaused: no line lands on a question.
func TestMeterPaused(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m := newMeter(file)
	p := dataset.Progress{Step: dataset.StepList, Files: 3}
	m.show(p)
	m.told = m.told.Add(-2 * lineEvery)
	err = m.pause(func() error {
		m.show(p)
		_, err := file.WriteString("continue? ")
		m.show(p)
		return err
	})
	m.show(p)
	said, failed := os.ReadFile(file.Name())
	if err != nil || failed != nil || string(said) != "continue? " {
		t.Errorf("%q, %v, %v", said, err, failed)
	}
	m.told = m.told.Add(-2 * lineEvery)
	m.show(p)
	if said, err := os.ReadFile(file.Name()); err != nil || string(said) != "continue? listing: 3 files\n" {
		t.Errorf("after the question: %q, %v", said, err)
	}
}
