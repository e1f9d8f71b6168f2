package dataset

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// newSeed returns a random seed that every JSON reader can keep.
func newSeed() uint64 {
	var seed [8]byte
	_, _ = crand.Read(seed[:])
	return binary.BigEndian.Uint64(seed[:])>>12 + 1
}

// sampleOf chooses distinct numbers below a bound, all equally likely, with
// Floyd's algorithm. Its memory is proportional to the sample.
func sampleOf(s *Sample) map[int64]bool {
	r := rand.New(rand.NewPCG(s.Seed, s.Seed))
	chosen := make(map[int64]bool, s.Files)
	for i := s.Of - s.Files; i < s.Of; i++ {
		if n := r.Int64N(i + 1); !chosen[n] {
			chosen[n] = true
		} else {
			chosen[i] = true
		}
	}
	return chosen
}

// sampleBytes returns the size of the sample.
func (v *verifier) sampleBytes(d *opened) (int64, error) {
	var bytes, number int64
	for e, err := range d.entries() {
		if err != nil {
			return 0, err
		}
		if v.sample[number] {
			bytes += e.Annotations.Size
		}
		number++
	}
	return bytes, nil
}
