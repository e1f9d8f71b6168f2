package slimcache

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// manifestName is the list of a slim cache's files, in the format of sha256sum. Its
// last line has the hash of the lines before it. It is written last.
const manifestName = "manifest.sha256"

// errDamaged is returned if a slim cache is not as it was created.
var errDamaged = errors.New("damaged")

// writeManifest lists the files under dir with their hashes.
func writeManifest(dir string, sums map[string]string) error {
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&out, "%s  %s\n", sums[name], name)
	}
	fmt.Fprintf(&out, "%s\n", sum(out.Bytes()))
	return os.WriteFile(filepath.Join(dir, manifestName), out.Bytes(), 0o644)
}

// readManifest returns the hash of each file by its name.
func readManifest(dir string) (map[string]string, error) {
	path := filepath.Join(dir, manifestName)
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", manifestName, errDamaged)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	body, own := data, ""
	if i := bytes.LastIndexByte(bytes.TrimSuffix(data, []byte("\n")), '\n'); i >= 0 {
		body, own = data[:i+1], strings.TrimSuffix(string(data[i+1:]), "\n")
	}
	if sum(body) != own {
		return nil, fmt.Errorf("%s: %w", manifestName, errDamaged)
	}
	sums := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		hash, name, _ := strings.Cut(lines.Text(), "  ")
		sums[name] = hash
	}
	return sums, nil
}

// check reads every file of the slim cache in dir and returns an error if one is
// missing or changed. It removes files that aren't in the manifest, which only
// another version of jsii would write, because nothing verifies them.
func check(dir string) error {
	sums, err := readManifest(dir)
	if err != nil {
		return err
	}
	if err := onlyKnownFiles(dir, sums); err != nil {
		return err
	}
	names := make(chan string, len(sums))
	for name := range sums {
		names <- name
	}
	close(names)
	errs := make([]error, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			// A new buffer for each file would take as long as reading it.
			buffer := make([]byte, 128<<10)
			for name := range names {
				if got, err := sumFile(filepath.Join(dir, name), buffer); err != nil {
					errs[i] = err
				} else if got != sums[name] {
					errs[i] = fmt.Errorf("%s: %w", name, errDamaged)
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// onlyKnownFiles removes what isn't in the manifest. Everything else has to be a
// regular file: reading a pipe would never end.
func onlyKnownFiles(dir string, sums map[string]string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); name != manifestName && sums[name] == "" {
			return os.Remove(path)
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s: %w", name, errDamaged)
		}
		return nil
	})
}

func sum(data []byte) string {
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}

func sumFile(path string, buffer []byte) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	for {
		n, err := file.Read(buffer)
		hash.Write(buffer[:n])
		switch {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(hash.Sum(nil)), nil
		case err != nil:
			return "", err
		}
	}
}
