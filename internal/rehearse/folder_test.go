package rehearse

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFolders(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	first, err := openFolder("")
	if err != nil {
		t.Fatal(err)
	}
	// Two folders of killed rehearsals, whose locks are free, and two that were
	// kept under such a name, the second after its rehearsal was killed.
	killed, taken := filepath.Join(temp, "datalock-rehearsal-1"), filepath.Join(temp, "datalock-rehearsal-4")
	for _, path := range []string{killed, taken} {
		if err := os.MkdirAll(filepath.Join(path, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{lockName, temporaryName} {
			if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept := filepath.Join(temp, "datalock-rehearsal-3")
	for _, path := range []string{kept, taken} {
		f, err := openFolder(path)
		if err == nil {
			err = f.close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// A folder that has no lock yet, and an unrelated one.
	for _, name := range []string{"datalock-rehearsal-2", "else"} {
		if err := os.Mkdir(filepath.Join(temp, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	second, err := openFolder("")
	if err != nil {
		t.Fatal(err)
	}
	for path, there := range map[string]bool{
		first.path:  true,
		second.path: true,
		killed:      false,
		kept:        true,
		taken:       true,
		filepath.Join(temp, "datalock-rehearsal-2"): true,
		filepath.Join(temp, "else"):                 true,
	} {
		if _, err := os.Stat(path); (err == nil) != there {
			t.Errorf("%s: %v; there must be %v", path, err, there)
		}
	}
	if err := errors.Join(first.close(), second.close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first.path); err == nil {
		t.Error("a closed folder stays")
	}
}

// opener is the variable that makes this binary open a rehearsal's folder,
// print the folder of terraform's temporary files, and wait to be killed.
const opener = "DATALOCK_TEST_OPENER"

func TestOpener(t *testing.T) {
	if os.Getenv(opener) == "" {
		return
	}
	f, err := openFolder(os.Getenv(opener + "_KEEP"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString(f.temp + "\n")
	time.Sleep(time.Hour)
}

// TestLongFolders: if the paths of sockets would be too long, terraform's
// temporary folder is elsewhere, and is removed too, even if the tool is
// killed.
func TestLongFolders(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 20))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, keep := range []string{"", filepath.Join(long, "kept")} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOpener$")
		cmd.Env = append(os.Environ(), opener+"=1", opener+"_KEEP="+keep, "TMPDIR="+long)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		temp := strings.TrimSpace(line)
		if info, missing := os.Stat(temp); err != nil || missing != nil || !info.IsDir() || len(temp) > longestTemp() {
			t.Errorf("terraform's temporary folder is %q, %v, %v", temp, err, missing)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(temp); os.IsNotExist(err) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is left", temp)
			}
		}
		if _, err := os.Stat(keep); keep != "" && err != nil {
			t.Errorf("the kept folder: %v", err)
		}
	}
}

func TestKeptFolder(t *testing.T) {
	keep := filepath.Join(t.TempDir(), "kept")
	f, err := openFolder(keep)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(keep); err == nil || !strings.Contains(err.Error(), "another rehearsal is using it") {
		t.Errorf("two in one folder: %v", err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openFolder(keep)
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Errorf("the kept folder: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}
