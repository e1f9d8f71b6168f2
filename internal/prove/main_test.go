package prove_test

import (
	"os"
	"testing"

	"datalock/internal/testkit/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.MainWaiting(m, 8)) }
