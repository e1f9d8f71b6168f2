package prove

import (
	"context"
	"fmt"
	"time"
)

// waitToWatch waits until the latest attack is as long ago as the run watches.
// Some servers confirm a request and act on it later.
func (r *runner) waitToWatch(ctx context.Context, results []*Result) error {
	var last time.Time
	for _, result := range results {
		if result != nil && result.Status == Held && result.ended().After(last) {
			last = result.ended()
		}
	}
	left := r.config.Watch - time.Since(last)
	if last.IsZero() || left <= 0 {
		return nil
	}
	if r.config.Watching != nil {
		r.config.Watching(left)
	}
	return sleep(ctx, left)
}

func (r *Result) ended() time.Time { return r.Started.Add(r.Took) }

// lookAgain reads every version that a trial locked once more: a server may
// keep a lock only for a moment.
func (r *runner) lookAgain(ctx context.Context, results []*Result) error {
	byName := map[string]*Result{}
	for _, result := range results {
		if result != nil {
			byName[result.Trial.Name] = result
		}
	}
	for _, entry := range r.subject.ledger.all() {
		result := byName[entry.trial]
		if result == nil || result.Status != Held {
			continue
		}
		a := &attempt{testBucket: r.subject}
		ctx := to(context.WithValue(ctx, recorderKey{}, a), ToCheck)
		after, err := r.subject.read(ctx, entry.version)
		if err != nil {
			return fmt.Errorf("read again what trial %s locked: %w", entry.trial, err)
		}
		result.Requests = append(result.Requests, a.requests...)
		result.Watched = time.Since(result.ended())
		if f := compare(entry.state, after, entry.version.sum); f.status != Held {
			result.Status, result.After = f.status, &after
			result.Reason = fmt.Sprintf("%s after the attack, %s", result.Watched.Round(time.Second), f.text)
		}
	}
	return nil
}

// watched returns the shortest time after an attack at which its version was
// read again.
func watched(results []Result) time.Duration {
	var least time.Duration
	for _, r := range results {
		if r.Watched > 0 && (least == 0 || r.Watched < least) {
			least = r.Watched
		}
	}
	return least
}
