package jsiihost

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// processes returns the ids of the processes with this temporary folder: node,
// and everything it started, even if their parent has changed. jsii doesn't
// expose the id of its process.
func processes(temp string) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, text...), []byte("\x00"+tempVariable+"="+temp+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid != os.Getpid() {
			found = append(found, pid)
		}
	}
	return found
}
