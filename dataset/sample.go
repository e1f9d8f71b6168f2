package dataset

import "math/rand/v2"

// sampleOf chooses distinct numbers below a bound, each choice as likely as
// another, by Floyd's method; the memory is that of the sample.
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
