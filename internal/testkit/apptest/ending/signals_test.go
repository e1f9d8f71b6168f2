package ending_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"datalock/internal/testkit/apptest"
)

// signalsVariable says how many signals are sent; few in a plain `go test`.
const signalsVariable = "DATALOCK_TEST_SIGNALS"

// TestSignalsAtAnyTime ends the app at random moments of its first second.
func TestSignalsAtAnyTime(t *testing.T) {
	signalsAtAnyTime(t, apptest.Build(t), 8)
}

// signalsAtAnyTime sends signals to runs of an app, each at a random moment of
// the first second: it says nothing, and leaves no process and no folder.
func signalsAtAnyTime(t *testing.T, binary string, count int) {
	t.Helper()
	if more, err := strconv.Atoi(os.Getenv(signalsVariable)); err == nil {
		count = more
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	w := watch(t, binary, manyBuckets(20))
	ended := map[string]int{}
	for i := range count {
		w = w.again()
		sent := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[i%2]
		after := time.Duration(random.IntN(1000)) * time.Millisecond
		w.start(t)
		time.Sleep(after) // not a wait: any moment must do
		_ = w.Process.Signal(sent)
		_ = w.Wait()
		status, _ := w.ProcessState.Sys().(syscall.WaitStatus)
		switch {
		case status.Signaled() && status.Signal() == sent: // before main; a shell says 128 and the number
			ended["by the signal"]++
		case status.ExitStatus() == 128+int(sent):
			ended["in order"]++
		case status.ExitStatus() == 0:
			ended["done before"]++
		default:
			t.Errorf("%v after %s: it ended with %v", sent, after, w.ProcessState)
		}
		if status.ExitStatus() != 0 && w.told() != "" {
			t.Errorf("%v after %s: it said %q", sent, after, w.told())
		}
		waitFor(t, "no process is left", func() bool { return len(w.processes()) == 0 })
		if left, _ := os.ReadDir(w.temp); len(left) > 0 {
			t.Fatalf("%v after %s: left in the temporary folder: %v", sent, after, left)
		}
	}
	t.Logf("seed %d: %v", seed, ended)
}
