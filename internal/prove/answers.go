package prove

import (
	"net/http"
	"sync"
	"time"
)

// answers remembers what the answers of a run say of themselves.
type answers struct {
	mu sync.Mutex
	// ids counts the answers with each x-amz-request-id.
	ids map[string]int
	// versions are those that the server said it made, in order.
	versions []written
	states   map[written]made
}

// made is when a version was made, by this machine's clock, and how it was last
// read.
type made struct {
	at    time.Time
	state State
}

// written is a version that the server said it made.
type written struct{ bucket, key, id string }

func newAnswers() *answers { return &answers{ids: map[string]int{}, states: map[written]made{}} }

// tellingIDs is how many ids a server must have given before one that comes
// twice is taken for the sign of a copy: some servers give always the same.
const tellingIDs = 3

// copied notes an answer's id, and reports whether an earlier answer had it: a
// cache says what was true then.
func (a *answers) copied(id string) bool {
	if id == "" {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids[id]++
	return a.ids[id] > 1 && len(a.ids) >= tellingIDs
}

// wrote notes the version that an answer says was made.
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

// saw notes how a version was read.
func (a *answers) saw(bucket string, v version, s State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := written{bucket, v.key, v.id}
	if m, known := a.states[w]; known {
		a.states[w] = made{m.at, s}
	}
}

// in returns the versions that were made in a bucket, and how each was last
// read.
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
