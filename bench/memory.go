package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// watch samples the memory of a process and its children at an interval until
// stop is called, which returns the highest sum in MB. Pages that two of them
// share count twice.
func watch(pid int, every time.Duration) (stop func() float64) {
	done, peak := make(chan struct{}), make(chan float64)
	go func() {
		highest := 0.0
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				highest = max(highest, memoryOf(pid))
			case <-done:
				peak <- highest
				return
			}
		}
	}()
	return func() float64 { close(done); return <-peak }
}

// memoryOf returns the resident memory of a process and its children in MB.
func memoryOf(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0 // it has ended
	}
	sum := 0.0
	if fields := bytes.Fields(text); len(fields) > 1 {
		pages, _ := strconv.Atoi(string(fields[1]))
		sum = float64(pages*os.Getpagesize()) / 1e6
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return sum
	}
	for _, task := range tasks {
		children, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for child := range strings.FieldsSeq(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				sum += memoryOf(id)
			}
		}
	}
	return sum
}

// A machine is where the figures were measured.
type machine struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
	Node  string `json:"node"`
	Date  string `json:"date"`
}

func thisMachine() machine {
	return machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpuModel(), Cores: runtime.NumCPU(),
		Go: runtime.Version(), Node: nodeVersion(), Date: time.Now().UTC().Format(time.DateOnly),
	}
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
