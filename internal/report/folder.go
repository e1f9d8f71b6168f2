package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"datalock/internal/prove"
)

// The names of the files in a report's folder.
const (
	journalName = "results.jsonl"
	roomName    = ".room"
)

// roomBytes is reserved on the disk for the report while a run writes objects
// that can't be removed, so a full disk doesn't lose the results.
const roomBytes = 4 << 20

// A Folder receives the results of a run as they arrive, and the report at the
// end. A nil Folder writes nothing.
type Folder struct {
	dir  string
	made bool
	// room reserves the space, and is locked until the folder is no longer used.
	room *os.File
	// aside are the files of an earlier report that were set aside.
	aside []string

	mu      sync.Mutex
	journal *os.File
	// noted has the last written verdict of each trial.
	noted map[[2]string]noted
	err   error
}

type noted struct {
	verdict prove.Status
	found   string
}

// Open creates the folder, reserves space in it and keeps other runs out of it. It
// changes no existing file before the first result.
func Open(dir string) (*Folder, error) {
	_, err := os.Stat(dir)
	f := &Folder{dir: dir, made: errors.Is(err, fs.ErrNotExist)}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the report's folder: %w", err)
	}
	if f.room, err = hold(dir); err != nil {
		return nil, err
	}
	if err := f.reserve(); err != nil {
		f.Discard()
		return nil, fmt.Errorf("write the report into %s: %w; free some disk space, or pass another folder with --report",
			dir, err)
	}
	return f, nil
}

// reserve fills the room.
func (f *Folder) reserve() error {
	if err := f.room.Truncate(0); err != nil {
		return err
	}
	_, err := f.room.Write(make([]byte, roomBytes))
	return err
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// Discard deletes a folder without results, if Open created it. In one that was
// there, the report of an earlier run is again as it was.
func (f *Folder) Discard() {
	if f.journal != nil {
		_ = f.journal.Close()
		_ = os.Remove(f.path(journalName))
	}
	takeBack(f.dir, f.aside)
	release(f.room)
	if f.made {
		_ = os.Remove(f.dir)
	}
}

// A journalLine is one line of results.jsonl.
type journalLine struct {
	// Type is bucket, trial or end.
	Type   string    `json:"type"`
	Time   time.Time `json:"time"`
	Bucket string    `json:"bucket,omitempty"`
	// Endpoint, Prefix, ControlBuckets and LockedUntil say what a killed run
	// leaves behind, and until when it is locked at the latest.
	Endpoint       string     `json:"endpoint,omitempty"`
	Prefix         string     `json:"prefix,omitempty"`
	ControlBuckets []string   `json:"control_buckets,omitempty"`
	LockedUntil    *time.Time `json:"locked_until_at_the_latest,omitempty"`
	// LegalHolds is how many versions are under a legal hold during the run, and
	// WithoutEnd how many have no end if the server doesn't enforce the policy.
	LegalHolds int `json:"legal_holds_during_the_run,omitempty"`
	WithoutEnd int `json:"without_end_if_not_enforced,omitempty"`
	// Provisional says that the rest of the run may change the verdict: a
	// version may be gone when it is read again. The last line of a trial
	// counts.
	Provisional bool   `json:"provisional,omitempty"`
	Trial       *Trial `json:"trial,omitempty"`
	// Verdict and Aborted are the run's, on its last line.
	Verdict prove.Status `json:"verdict,omitempty"`
	Aborted string       `json:"aborted,omitempty"`
}

// Begin records, before the first object is written, what a run will write.
func (f *Folder) Begin(c prove.Config, now time.Time) {
	plan := prove.PlanOf(c, now)
	l := journalLine{
		Type: "bucket", Time: now.UTC(), Bucket: c.Bucket, Endpoint: c.Endpoint.URL,
		Prefix: plan.Prefix, ControlBuckets: plan.Buckets,
	}
	if latest := plan.Latest(); !latest.IsZero() {
		until := latest.UTC()
		l.LockedUntil = &until
	}
	l.LegalHolds, l.WithoutEnd = plan.Holds, plan.WithoutEnd
	f.add(l)
}

// Trial records a result as it arrives.
func (f *Folder) Trial(bucket string, r prove.Result) {
	t := record(r)
	f.add(journalLine{Type: "trial", Time: time.Now().UTC(), Bucket: bucket, Provisional: true, Trial: &t})
}

// end records the final verdict of each trial that changed, and the verdict of
// the run.
func (f *Folder) end(r *Report) {
	for _, s := range r.Subjects {
		for _, t := range s.Trials {
			if f.noted[[2]string{s.Bucket, t.Name}] != (noted{t.Verdict, t.Found}) {
				f.add(journalLine{Type: "trial", Time: r.Ended, Bucket: s.Bucket, Trial: &t})
			}
		}
	}
	f.add(journalLine{Type: "end", Time: r.Ended, Verdict: r.Verdict, Aborted: r.Aborted})
}

// add appends a line. Its error is reported at the end: the run goes on.
func (f *Folder) add(l journalLine) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.journal == nil && f.err == nil {
		if f.aside, f.err = setAside(f.dir); f.err == nil {
			f.journal, f.err = os.OpenFile(f.path(journalName), os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644)
		}
	}
	text, err := json.Marshal(l)
	if err == nil && f.err == nil {
		_, err = f.journal.Write(append(text, '\n'))
	}
	f.err = errors.Join(f.err, err)
	if l.Trial != nil && f.noted == nil {
		f.noted = map[[2]string]noted{}
	}
	if l.Trial != nil {
		f.noted[[2]string{l.Bucket, l.Trial.Name}] = noted{l.Trial.Verdict, l.Trial.Found}
	}
}

// A Signer signs an in-toto statement and returns the signed bundle.
type Signer interface {
	Bundle(ctx context.Context, statement []byte) ([]byte, error)
}

// Finish frees the reserved space and writes the report and its statement,
// signed if signer isn't nil. It returns the paths, report.html first.
func (f *Folder) Finish(ctx context.Context, r *Report, signer Signer) ([]string, error) {
	defer release(f.room)
	_ = f.room.Truncate(0)
	if f.journal != nil {
		f.end(r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.journal != nil {
		f.err = errors.Join(f.err, f.journal.Close())
	}
	if f.journal == nil {
		_, failed := setAside(f.dir)
		f.err = errors.Join(f.err, failed)
	}
	paths, err := write(ctx, r, f.dir, signer)
	if err == nil {
		dropPrevious(f.dir)
	}
	if f.err != nil {
		err = errors.Join(err, fmt.Errorf("write %s: %w", journalName, f.err))
	}
	return paths, err
}
