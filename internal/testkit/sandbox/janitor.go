package sandbox

import (
	"io"
	"os"
	"os/exec"
)

// script waits for the end of its input, then ends the processes that name the
// folder in their environment and removes it. Signals of the terminal are not
// for it.
const script = `trap '' INT TERM HUP
read -r _
n=0
while [ $n -lt 20 ]; do
	found=$(grep -lsF -- "=$1" /proc/[0-9]*/environ)
	for file in $found; do
		pid=${file%/environ}
		kill -9 "${pid#/proc/}" 2>/dev/null
	done
	rm -rf -- "$1" 2>/dev/null && [ -z "$found" ] && exit
	n=$((n+1))
	[ -z "$found" ] || sleep 0.1
done
`

// startJanitor starts the janitor of a folder, and returns what ends it.
func startJanitor(folder string) (func(), error) {
	shell, err := exec.LookPath("sh")
	if err != nil { // Windows: the next run cleans up
		return func() {}, nil //nolint:nilerr // the tests can do without
	}
	cmd := exec.Command(shell, "-c", script, "janitor", folder)
	// It must not find itself, nor be found where sandboxes are nested.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	apart(cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { closeAndWait(input, cmd) }, nil
}

func closeAndWait(input io.Closer, cmd *exec.Cmd) {
	_ = input.Close()
	_ = cmd.Wait()
}
