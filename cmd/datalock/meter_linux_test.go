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

// terminal opens a pseudo-terminal of 100 columns. read returns what was
// written to it so far.
func terminal(t *testing.T) (tty *os.File, read func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = tty.Close(), master.Close() })
	return tty, func() string {
		buffer := make([]byte, 64<<10)
		n, err := master.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
}

// TestMeterOnATerminal: a bar has files, bytes, rate and what is left, in one
// line, and goes at the end.
func TestMeterOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, read := terminal(t)
	m := newMeter(tty)
	m.show(dataset.Progress{Step: dataset.StepSend, FilesTotal: 50, BytesTotal: 100 << 20})
	time.Sleep(300 * time.Millisecond) // the bar is drawn five times a second at most
	m.show(dataset.Progress{Step: dataset.StepSend, Files: 20, FilesTotal: 50, Bytes: 40 << 20, BytesTotal: 100 << 20})
	said := read()
	for _, want := range []string{"sending, 20 of 50 files", "40%", "(40/100 MiB", "MiB/s"} {
		if !strings.Contains(said, want) {
			t.Errorf("the bar doesn't say %q: %q", want, said)
		}
	}
	if strings.Contains(said, "\n") {
		t.Errorf("the bar has more than a line: %q", said)
	}
	m.end()
	if left := read(); strings.TrimSpace(left[strings.LastIndexAny(left, "\r\x1b"):]) != "" && !strings.HasSuffix(left, "\x1b[2K\r") {
		t.Errorf("the bar stays: %q", left)
	}
}

// TestMeterInAFile: a line every ten seconds, with the same figures.
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

// TestMeterOnADumbTerminal has lines, no bar.
func TestMeterOnADumbTerminal(t *testing.T) {
	t.Setenv("TERM", "dumb")
	tty, read := terminal(t)
	m := newMeter(tty)
	p := dataset.Progress{Step: dataset.StepHead, Files: 3, FilesTotal: 9}
	m.show(p)
	m.told = m.told.Add(-lineEvery)
	m.show(p)
	if said := read(); said != "checking: 3 of 9 files\r\n" {
		t.Errorf("a dumb terminal is told %q", said)
	}
}
