//go:build !linux

package jsiihost

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// processes returns the ids of the processes with a file below the folder as an
// argument, which is where jsii's runtime is.
func processes(temp string) []int {
	out, err := exec.Command("ps", "-A", "-ww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil // no ps: node exits when its input ends
	}
	var found []int
	for line := range strings.Lines(string(out)) {
		number, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(number); err == nil && pid != os.Getpid() && strings.Contains(command, temp) {
			found = append(found, pid)
		}
	}
	return found
}
