package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestAttestTo: what can't be written is refused before the verification, and an earlier
// statement stays until the new one is complete.
func TestAttestTo(t *testing.T) {
	dir := t.TempDir()
	for _, wrong := range []string{dir, filepath.Join(dir, "absent", "s.json")} {
		if err := canAttest(wrong); err == nil {
			t.Errorf("%s can be written", wrong)
		}
	}
	path := filepath.Join(dir, "s.json")
	for _, text := range []string{"one", "two"} {
		if err := canAttest(path); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Stat(path)
		if err := attestTo(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		now, _ := os.Stat(path)
		if err != nil || string(got) != text || os.SameFile(before, now) {
			t.Errorf("the statement is %q, %v", got, err)
		}
	}
	// The file that a link names is replaced, and the link stays.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(canAttest(link), attestTo(link, []byte("three"))); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "three" {
		t.Errorf("through a link, the statement is %q, %v", got, err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link names %q, %v", to, err)
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if err := os.Symlink(filepath.Join(dir, "gone"), nowhere); err != nil {
		t.Fatal(err)
	}
	if err := canAttest(nowhere); err == nil {
		t.Error("a link to nothing can be written")
	}
	// Standard output is written to, also if it is a file that has been removed since.
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	defer func(before *os.File) { os.Stdout = before }(os.Stdout)
	os.Stdout = out
	if _, err := out.WriteString("result\n"); err != nil {
		t.Fatal(err)
	}
	self := fmt.Sprintf("/dev/fd/%d", out.Fd())
	if err := errors.Join(os.Remove(out.Name()), canAttest(self), attestTo(self, []byte("four"))); err != nil {
		t.Error(err)
	}
	text := make([]byte, 20)
	if n, _ := out.ReadAt(text, 0); string(text[:n]) != "result\nfour" {
		t.Errorf("standard output has %q", text[:n])
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v", left, err)
	}
	if err := canAttest(os.DevNull); err != nil || attestTo(os.DevNull, nil) != nil {
		t.Error("a device can't be written")
	}
}

// TestNoDateBefore1970: Go's zero time would mean that none was passed.
func TestNoDateBefore1970(t *testing.T) {
	for _, text := range []string{"0001-01-01", "0001-01-01T00:00:00Z", "1969-12-31"} {
		if at, err := date("--until", text); err == nil {
			t.Errorf("%s is %s", text, at)
		}
	}
	if _, err := date("--until", "1970-01-01"); err != nil {
		t.Error(err)
	}
}
