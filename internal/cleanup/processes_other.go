//go:build !linux

package cleanup

import (
	"errors"
	"fmt"
	"os"
)

func processes() ([]Process, error) {
	return nil, fmt.Errorf("read the process table: %w", errors.ErrUnsupported)
}

// Adopt returns [errors.ErrUnsupported]: only Linux can do it.
func Adopt() error { return fmt.Errorf("adopt the processes of children: %w", errors.ErrUnsupported) }

func markOf(int) string { return "" }

func end(int) {}

func self() (string, error) { return os.Executable() }
