package sandbox

import (
	"bytes"
	"os"
	"path/filepath"
)

// processes returns the command lines of all processes that name a folder in
// their environment; none where there is no /proc.
func processes(folder string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte("="+folder)) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, string(bytes.ReplaceAll(bytes.TrimRight(command, "\x00"), []byte{0}, []byte(" "))))
	}
	return found
}
