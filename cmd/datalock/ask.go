package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// ask asks the user to type yes. Without a terminal it returns an error that
// suggests --yes.
func ask(question string, yes bool, std streams) error {
	if yes {
		return nil
	}
	if !isTerminal(std.in) {
		return errors.New("locked objects can't be deleted; pass --yes to continue")
	}
	fmt.Fprintf(std.err, "%s [yes/no] ", question)
	answer, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not confirmed; nothing was done")
	}
	return nil
}

// askFor waits for a text to be typed.
func askFor(question, want string, std streams) error {
	fmt.Fprintf(std.err, "%s ", question)
	answer, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(answer) != want {
		return errors.New("not confirmed; nothing was done")
	}
	return nil
}

func isTerminal(file *os.File) bool {
	return isatty.IsTerminal(file.Fd())
}
