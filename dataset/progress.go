package dataset

import (
	"sync"
	"sync/atomic"
	"time"
)

// Progress is the progress of a run.
type Progress struct {
	// Step is the current step, such as "send".
	Step string
	// Files and Bytes are done, of FilesTotal and BytesTotal; the totals are 0
	// while they are unknown.
	Files, FilesTotal int64
	Bytes, BytesTotal int64
}

// The steps of a run.
const (
	StepList   = "list"
	StepSend   = "send"
	StepCommit = "commit"
	StepHead   = "check"
	StepLock   = "lock"
	StepRead   = "read"
	// StepRows writes manifests of jobs, StepJob waits for jobs of S3 Batch
	// Operations, StepReport reads their reports.
	StepRows   = "rows"
	StepJob    = "job"
	StepReport = "report"
)

// tell is the interval between progress reports.
const tell = 100 * time.Millisecond

// meter counts, and regularly calls a function with the counts, never twice at
// the same time.
type meter struct {
	step              atomic.Value
	files, filesTotal atomic.Int64
	bytes, bytesTotal atomic.Int64
	to                func(Progress)
	quit              chan struct{}
	done              sync.WaitGroup
}

func newMeter(to func(Progress)) *meter {
	m := &meter{to: to, quit: make(chan struct{})}
	m.step.Store(StepList)
	if to == nil {
		return m
	}
	m.done.Go(func() {
		tick := time.NewTicker(tell)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				to(m.now())
			case <-m.quit:
				to(m.now())
				return
			}
		}
	})
	return m
}

func (m *meter) now() Progress {
	return Progress{m.step.Load().(string), m.files.Load(), m.filesTotal.Load(), m.bytes.Load(), m.bytesTotal.Load()}
}

// begin starts a step with its totals.
func (m *meter) begin(step string, files, bytes int64) {
	m.files.Store(0)
	m.bytes.Store(0)
	m.filesTotal.Store(files)
	m.bytesTotal.Store(bytes)
	m.step.Store(step)
}

func (m *meter) end() {
	close(m.quit)
	m.done.Wait()
}
