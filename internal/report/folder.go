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

// roomBytes is kept free for the report while a run writes objects that can't
// be removed: a disk that fills up must not lose what came of them.
const roomBytes = 4 << 20

// A Folder is where a run writes its results as they come, and the report at
// the end. A nil one writes nothing.
type Folder struct {
	dir  string
	made bool

	mu      sync.Mutex
	journal *os.File
	err     error
}

// Open makes the folder and keeps room in it. Nothing that is there is changed
// before the first result.
func Open(dir string) (*Folder, error) {
	_, err := os.Stat(dir)
	f := &Folder{dir: dir, made: errors.Is(err, fs.ErrNotExist)}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the report's folder: %w", err)
	}
	if err := os.WriteFile(f.path(roomName), make([]byte, roomBytes), 0o600); err != nil {
		f.Discard()
		return nil, fmt.Errorf("write the report into %s: %w; make room, or name another folder in --report", dir, err)
	}
	return f, nil
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// Discard gives the folder up if there are no results, and removes it if it was
// made for them.
func (f *Folder) Discard() {
	_ = os.Remove(f.path(roomName))
	if f.journal != nil {
		_ = f.journal.Close()
		_ = os.Remove(f.path(journalName))
	}
	if f.made {
		_ = os.Remove(f.dir)
	}
}

// A journalLine is one of results.jsonl.
type journalLine struct {
	// Type is bucket or trial.
	Type   string    `json:"type"`
	Time   time.Time `json:"time"`
	Bucket string    `json:"bucket"`
	// Endpoint, Prefix, ControlBuckets and LockedUntil say what a run that is
	// killed leaves behind, and until when at the latest.
	Endpoint       string     `json:"endpoint,omitempty"`
	Prefix         string     `json:"prefix,omitempty"`
	ControlBuckets []string   `json:"control_buckets,omitempty"`
	LockedUntil    *time.Time `json:"locked_until_at_the_latest,omitempty"`
	Trial          *Trial     `json:"trial,omitempty"`
}

// Begin notes, before the first object is written, what a run will write.
func (f *Folder) Begin(c prove.Config, now time.Time) {
	plan := prove.PlanOf(c, now)
	l := journalLine{
		Type: "bucket", Time: now.UTC(), Bucket: c.Bucket, Endpoint: c.Endpoint.URL, Prefix: plan.Prefix, ControlBuckets: plan.Buckets,
	}
	if !plan.Longest.IsZero() {
		until := plan.Longest.UTC()
		l.LockedUntil = &until
	}
	f.add(l)
}

// Trial notes a result.
func (f *Folder) Trial(bucket string, r prove.Result) {
	t := record(r)
	f.add(journalLine{Type: "trial", Time: time.Now().UTC(), Bucket: bucket, Trial: &t})
}

// add appends a line. Its error is kept for the end: the run goes on.
func (f *Folder) add(l journalLine) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.journal == nil && f.err == nil {
		f.journal, f.err = os.Create(f.path(journalName))
	}
	text, err := json.Marshal(l)
	if err == nil && f.err == nil {
		_, err = f.journal.Write(append(text, '\n'))
	}
	f.err = errors.Join(f.err, err)
}

// A Signer signs an in-toto statement and returns what to write beside it.
type Signer interface {
	Bundle(ctx context.Context, statement []byte) ([]byte, error)
}

// Finish gives up the room that was kept, and writes the report and its
// statement, which is signed if signer isn't nil. It returns the paths,
// report.html first.
func (f *Folder) Finish(ctx context.Context, r *Report, signer Signer) ([]string, error) {
	_ = os.Remove(f.path(roomName))
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.journal != nil {
		f.err = errors.Join(f.err, f.journal.Close())
	}
	paths, err := write(ctx, r, f.dir, signer)
	if f.err != nil {
		err = errors.Join(err, fmt.Errorf("write the results as they came: %w", f.err))
	}
	return paths, err
}
