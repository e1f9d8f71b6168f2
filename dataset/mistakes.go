package dataset

import (
	"fmt"
	"strings"
	"sync"

	"datalock/internal/printable"
)

// Mistakes lists everything to fix before a dataset can be published or
// renewed.
type Mistakes struct {
	// List has the first mistakes, one per line.
	List []string
	// More is the number of mistakes that aren't in List.
	More int
	// outcome says that nothing was done.
	outcome string
}

// maxMistakes is how many mistakes are listed.
const maxMistakes = 100

// Error lists the mistakes.
func (m *Mistakes) Error() string {
	var b strings.Builder
	if total := len(m.List) + m.More; total == 1 {
		b.WriteString("1 mistake, " + m.outcome + ":")
	} else {
		fmt.Fprintf(&b, "%d mistakes, %s:", total, m.outcome)
	}
	return b.String() + m.lines()
}

// lines returns the mistakes, one per line.
func (m *Mistakes) lines() string {
	var b strings.Builder
	for _, line := range m.List {
		b.WriteString("\n  " + line)
	}
	if m.More > 0 {
		fmt.Fprintf(&b, "\n  and %d more", m.More)
	}
	return b.String()
}

// collector collects mistakes.
type collector struct {
	mu sync.Mutex
	m  Mistakes
}

func (c *collector) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m.List) == maxMistakes {
		c.m.More++
		return
	}
	c.m.List = append(c.m.List, printable.Line(fmt.Sprintf(format, args...)))
}

// err returns all mistakes as one error, or nil; outcome says what was not
// done.
func (c *collector) err(outcome string) error {
	if len(c.m.List) == 0 {
		return nil
	}
	c.m.outcome = outcome
	return &c.m
}
