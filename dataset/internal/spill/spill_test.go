package spill

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func TestSorted(t *testing.T) {
	for _, limit := range []int{1 << 20, 5000, 100} {
		s := New()
		s.limit = limit
		var want [][]byte
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 3000 {
			record := fmt.Appendf(nil, "%d-%d", r.IntN(500), i)
			if i%100 == 0 {
				record = bytes.Repeat([]byte("x"), r.IntN(3000))
			}
			want = append(want, record)
			if err := s.Add(record); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortFunc(want, bytes.Compare)
		for range 2 {
			i := 0
			for got, err := range s.Sorted() {
				if err != nil || !bytes.Equal(got, want[i]) {
					t.Fatalf("limit %d: record %d is %q, want %q (%v)", limit, i, got, want[i], err)
				}
				i++
			}
			if i != len(want) || s.Count != int64(i) {
				t.Errorf("limit %d: %d of %d records", limit, i, len(want))
			}
		}
		if spilled := len(s.pieces) > 1; spilled != (limit < 1<<20) {
			t.Errorf("limit %d: %d pieces", limit, len(s.pieces))
		}
		s.Close()
	}
}

// TestNothingLeft looks into the folder for temporary files while one is open:
// a process that is killed leaves none.
func TestNothingLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := New()
	s.limit = 1
	if err := s.Add([]byte("record")); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	s.Close()
}

// TestNoRoom fails where there is no folder to write to.
func TestNoRoom(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/nowhere")
	s := New()
	s.limit = 1
	if err := s.Add([]byte("record")); err == nil {
		t.Error("a record is kept nowhere")
	}
}
