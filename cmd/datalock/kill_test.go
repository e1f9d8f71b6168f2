package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"datalock/internal/testkit/tftest"
)

// kills is how many rehearsals TestKilledAtAnyTime kills.
var kills = flag.Int("kills", 1, "rehearsals to kill at a random moment: the tool, terraform or the server in turn")

// leftWithin is how long after a kill something may still exist.
const leftWithin = 10 * time.Second

// using returns the processes with the folder as their temporary folder, which
// every process of the tool has, including the cleanup process.
func using(temp string) map[int]string {
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, text...), []byte("\x00TMPDIR="+temp)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "comm"))
			found[pid] = string(bytes.TrimSpace(command))
		}
	}
	return found
}

// TestKilledAtAnyTime kills the tool, terraform and the server at a random
// moment of a rehearsal. Ten seconds later no process runs and the temporary
// folder is empty.
func TestKilledAtAnyTime(t *testing.T) {
	t.Parallel()
	tftest.Find(t)
	for i := range *kills {
		victim := []string{"datalock", "terraform", "server"}[i%3]
		// The time since the victim was first seen.
		after := time.Duration(rand.Int64N(int64(15 * time.Second)))
		t.Run(fmt.Sprintf("%d, %s after %s", i+1, victim, after.Round(time.Millisecond)), func(t *testing.T) {
			p := tool(t, settingsOf, "rehearse", "--quick")
			p.start(t)
			p.until(t, victim, func() bool { return p.find(victim) != 0 || p.over() })
			time.Sleep(after)
			if pid := p.find(victim); pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			} else {
				t.Logf("there is no %s at that moment; killing the tool", victim)
				_ = p.Process.Kill()
			}
			code := p.wait(t)
			if code == exitOK && victim != "terraform" {
				t.Logf("it had ended before")
			}
			p.nothingLeft(t)
		})
	}
}

// find returns the process id of the tool, of a terraform or of a server of the
// run, or 0.
func (p *process) find(victim string) int {
	if victim == "datalock" {
		return p.Process.Pid
	}
	for pid, command := range using(p.temp) {
		// The server's name contains the hash of its folder.
		if command == victim || victim == "server" && len(command) > 7 && command[:7] == "server-" {
			return pid
		}
	}
	return 0
}

// nothingLeft waits for the allowed time until the whole run has ended and is
// removed.
func (p *process) nothingLeft(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(leftWithin); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if left, err := os.ReadDir(p.temp); err == nil && len(left) == 0 && len(using(p.temp)) == 0 {
			return
		}
	}
	left, err := os.ReadDir(p.temp)
	t.Errorf("after %s: running %v, left in the temporary folder %v, %v", leftWithin, using(p.temp), left, err)
}
