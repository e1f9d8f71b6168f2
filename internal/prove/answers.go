package prove

import (
	"net/http"
	"sync"
	"time"
)

// answers records the request ids and the new versions that the server reports
// during a run.
type answers struct {
	mu sync.Mutex
	// ids counts the answers with each x-amz-request-id.
	ids map[string]int
	// versions are the versions that the server reported creating, in order.
	versions []written
	states   map[written]made
}

// made holds when a version was created, by this machine's clock, and its state
// when it was last read.
type made struct {
	at    time.Time
	state State
}

// written is a version that the server reported creating.
type written struct{ bucket, key, id string }

func newAnswers() *answers { return &answers{ids: map[string]int{}, states: map[written]made{}} }

// tellingIDs is how many different ids a server must have sent before a
// repeated one counts as a copy: some servers always send the same id.
const tellingIDs = 3

// copied records an answer's id and reports whether an earlier answer had it.
// Such an answer can come from a cache and be out of date.
func (a *answers) copied(id string) bool {
	if id == "" {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids[id]++
	return a.ids[id] > 1 && len(a.ids) >= tellingIDs
}

// wrote records the version that an answer reports as created.
func (a *answers) wrote(x exchange, response *http.Response) {
	id := response.Header.Get("X-Amz-Version-Id")
	if id == "" || x.key == "" || response.StatusCode >= http.StatusMultipleChoices ||
		x.method != http.MethodPut && x.method != http.MethodPost {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := written{x.bucket, x.key, id}
	if _, known := a.states[v]; known {
		return
	}
	a.versions = append(a.versions, v)
	a.states[v] = made{time.Now(), State{Unknown: []string{"not read"}}}
}

// saw records a version's state as it was just read.
func (a *answers) saw(bucket string, v version, s State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := written{bucket, v.key, v.id}
	if m, known := a.states[w]; known {
		a.states[w] = made{m.at, s}
	}
}

// in returns the versions created in a bucket, and each one's state when it was
// last read.
func (a *answers) in(bucket string) ([]version, map[version]made) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []version
	states := map[version]made{}
	for _, w := range a.versions {
		if w.bucket == bucket {
			v := version{key: w.key, id: w.id}
			list = append(list, v)
			states[v] = a.states[w]
		}
	}
	return list, states
}
