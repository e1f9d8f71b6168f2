package inventory_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"datalock/internal/inventory"
)

var errClose = errors.New("can't be closed")

// A stuck body fails to close.
type stuck struct{ io.Reader }

func (stuck) Close() error { return errClose }

// stuckFiles opens a report whose files fail to close.
func stuckFiles(t *testing.T, l testBucket) *inventory.Inventory {
	t.Helper()
	i, err := inventory.Open(t.Context(), func(ctx context.Context, bucket, key string) (io.ReadCloser, error) {
		body, err := l.get(ctx, bucket, key)
		if err == nil && !strings.HasPrefix(key, folder) {
			body = stuck{body}
		}
		return body, err
	}, location)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestCloseFails reports that a file fails to close, unless the loop has ended:
// Go panics if another row is yielded then.
func TestCloseFails(t *testing.T) {
	for name, l := range map[string]testBucket{
		"CSV":     report(t, line("a", "v", "true", "false", "", "", "")),
		"Parquet": parquetReport(t, parquetSchema, parquetOf(t, []prow{locked("a", "1")})),
	} {
		i := stuckFiles(t, l)
		for range i.Rows(t.Context()) {
			break
		}
		var last error
		for _, last = range i.Rows(t.Context()) {
		}
		if !errors.Is(last, errClose) {
			t.Errorf("%s: got %v", name, last)
		}
	}
}
