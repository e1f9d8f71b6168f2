package jsiihost

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// processes returns the ids of the processes that have the folder as their
// temporary one: node, and all that it has started, whoever is their parent by
// now. jsii keeps the id of its process to itself.
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
