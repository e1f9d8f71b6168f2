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
	// Kept is how many of Files were already in the bucket, for StepSend: they
	// were compared, not sent.
	Kept int64
}

// The steps of a run.
const (
	// StepList lists the folder or the bucket's versions, StepLook reads what the
	// bucket already has.
	StepList   = "list"
	StepLook   = "look"
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
	// kept is nil if nothing is kept.
	kept atomic.Pointer[atomic.Int64]
	to   func(Progress)
	quit chan struct{}
	done sync.WaitGroup
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
	p := Progress{
		Step:  m.step.Load().(string),
		Files: m.files.Load(), FilesTotal: m.filesTotal.Load(),
		Bytes: m.bytes.Load(), BytesTotal: m.bytesTotal.Load(),
	}
	if kept := m.kept.Load(); kept != nil {
		p.Kept = kept.Load()
	}
	return p
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
