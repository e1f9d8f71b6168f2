package jsiihost

import (
	"cmp"
	"fmt"
	"os"
	"time"
)

// need is what jsii unpacks, with some to spare, in bytes.
const need = 16 << 20

// CheckTemp returns what is wrong with the system's temporary folder, and what
// to do: an error that comes late if it is found by node.
func CheckTemp() error {
	temp, err := makeTemp("")
	if err == nil {
		removeTemp(temp)
	}
	return err
}

// makeTemp makes a folder of its own below dir, which must have room for what
// jsii and node write.
func makeTemp(dir string) (string, error) {
	dir = cmp.Or(dir, os.TempDir())
	temp, err := os.MkdirTemp(dir, "datalock-")
	if err != nil {
		return "", fmt.Errorf("use the temporary folder %s: %w; set TMPDIR to a folder that can be written", dir, err)
	}
	if free, known := available(temp); known && free < need {
		removeTemp(temp)
		return "", fmt.Errorf("use the temporary folder %s: no space left on device: "+
			"%d MB are free where %d MB are needed; make room, or set TMPDIR to another folder", dir, free>>20, need>>20)
	}
	return temp, nil
}

// removeTemp removes the folder. A process that was just killed may still be
// in the middle of a write there.
func removeTemp(temp string) {
	for range 50 {
		if os.RemoveAll(temp) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
