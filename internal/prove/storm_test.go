package prove_test

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestStorms runs trials of each kind over a network that fails at random:
// verdicts are the same as without failures, and nothing is breached.
func TestStorms(t *testing.T) {
	for name, c := range map[string]struct {
		share float64
		fault s3proxy.Fault
		held  int
	}{
		"503":          {0.1, s3proxy.Fault{Status: 503, Code: "SlowDown"}, 20},
		"lost answers": {0.08, s3proxy.Fault{Lose: true}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := s3test.Start(t)
			e := endpointOf(server)
			makeSubject(t, e, types.ObjectLockRetentionModeCompliance, 90)
			proxy := s3proxy.Start(t, server.Endpoint)
			const seed = 7
			random := rand.New(rand.NewPCG(seed, seed))
			var mu sync.Mutex
			proxy.Faults(func(int64, *http.Request) s3proxy.Fault {
				mu.Lock()
				defer mu.Unlock()
				if random.Float64() < c.share {
					return c.fault
				}
				return s3proxy.Fault{}
			})
			e.URL = proxy.URL
			cfg := config(e)
			cfg.Controls = false
			cfg.Only = only("delete-version", "delete-held", "delete-if-match", "shorten", "clear", "lengthen", "race*", "hide*",
				"overwrite-*", "default-*", "suspend-versioning", "hold-outlasts", "ends-in-time", "lengthened-holds",
				"rewrite-if-none", "wrong-*", "empty-and-delete")
			outcome, err := prove.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range outcome.Results {
				if r.Status == prove.Breached {
					t.Errorf("%s: %s %+v", r.Trial.Name, r.Reason, prove.Attacks(r.Requests))
				}
				if r.Status == prove.Inconclusive {
					t.Logf("%s: %s", r.Trial.Name, r.Reason)
				}
			}
			if held := outcome.Count(prove.Held); held < c.held {
				t.Errorf("%d trials held, want %d", held, c.held)
			}
		})
	}
}
