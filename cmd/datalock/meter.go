package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"datalock/dataset"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
)

// A meter shows the progress of files and bytes: as a bar on a terminal, and
// otherwise as a line every ten seconds.
type meter struct {
	file *os.File

	mu     sync.Mutex
	paused bool
	bar    *progressbar.ProgressBar
	step   string
	// began is when the step began, told when the last line was printed.
	began, told time.Time
}

const lineEvery = 10 * time.Second

func newMeter(file *os.File) *meter { return &meter{file: file} }

// steps are the names of the steps.
var steps = map[string]string{
	dataset.StepList:   "listing",
	dataset.StepLook:   "reading the bucket",
	dataset.StepSend:   "sending",
	dataset.StepCommit: "writing the manifest",
	dataset.StepHead:   "checking",
	dataset.StepRead:   "reading",
	dataset.StepLock:   "locking",
	dataset.StepRows:   "listing for a job",
	dataset.StepJob:    "waiting for jobs",
	dataset.StepReport: "reading the reports",
}

// doing says what a step does. Files that are already in the bucket are compared,
// not sent.
func doing(p dataset.Progress) string {
	if p.Step == dataset.StepSend && p.Kept > 0 {
		return "sending and comparing"
	}
	return steps[p.Step]
}

// show shows progress, unless the meter is paused.
func (m *meter) show(p dataset.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.paused {
		return
	}
	if p.Step != m.step {
		m.begin(p)
	}
	if m.bar != nil {
		_ = m.bar.Set64(max(p.Bytes, 0))
		if p.BytesTotal == 0 {
			_ = m.bar.Set64(p.Files)
		}
		// Describe redraws the bar with the new values.
		m.bar.Describe(fmt.Sprintf("%s, %d of %d files", doing(p), p.Files, p.FilesTotal))
		return
	}
	if now := time.Now(); now.Sub(m.told) >= lineEvery {
		m.told = now
		fmt.Fprintln(m.file, line(p, now.Sub(m.began)))
	}
}

func (m *meter) begin(p dataset.Progress) {
	m.clear()
	m.step, m.began, m.told = p.Step, time.Now(), time.Now()
	if !isTerminal(m.file) || os.Getenv("TERM") == "dumb" || p.FilesTotal == 0 {
		return
	}
	total := p.BytesTotal
	if total == 0 {
		total = p.FilesTotal
	}
	m.bar = progressbar.NewOptions64(
		total,
		progressbar.OptionSetWriter(m.file),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionFullWidth(),
		progressbar.OptionShowBytes(
			p.BytesTotal > 0,
		),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
	)
}

// pause shows nothing while a text is printed or a question is open.
func (m *meter) pause(during func() error) error {
	m.mu.Lock()
	m.clear()
	m.paused = true
	m.mu.Unlock()
	err := during()
	m.mu.Lock()
	defer m.mu.Unlock()
	// The step begins anew, so the time that the answer took doesn't count.
	m.paused, m.step = false, ""
	return err
}

// end removes the bar.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

func (m *meter) clear() {
	if m.bar != nil {
		_ = m.bar.Clear()
		m.bar = nil
	}
}

// line describes progress in one line.
func line(p dataset.Progress, since time.Duration) string {
	if p.Files == 0 && p.FilesTotal == 0 {
		return doing(p)
	}
	text := fmt.Sprintf("%s: %d", doing(p), p.Files)
	if p.FilesTotal > 0 {
		text += fmt.Sprintf(" of %d", p.FilesTotal)
	}
	text += " files"
	if p.BytesTotal == 0 {
		return text
	}
	rate := float64(p.Bytes) / max(since.Seconds(), 0.001)
	text += fmt.Sprintf(", %s of %s, %s/s", size(p.Bytes), size(p.BytesTotal), size(int64(rate)))
	if left := p.BytesTotal - p.Bytes; rate > 0 && left > 0 {
		text += ", " + (time.Duration(float64(left) / rate * float64(time.Second))).Round(
			time.Second,
		).String() + " left"
	}
	return text
}

// size formats a number of bytes.
func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }
