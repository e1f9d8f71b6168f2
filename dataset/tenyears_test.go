package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"datalock/dataset"
)

// TestTenYears renews random datasets weekly for ten years. A third of the runs
// is missed, and another third stops at a random request. After eight such runs
// in a row one works: no renewal helps a 90-day lock if all of its runs fail.
func TestTenYears(t *testing.T) {
	const (
		years, sets = 10, 6
		failInRow   = 8
		week        = 7 * 24 * time.Hour
	)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	s := newSimulated(t, time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC))
	policy := dataset.RenewPolicy{KeepDays: 365, WhenLeftDays: 120}
	published, renewed, broken, inRow := 0, 0, 0, 0
	for range years * 52 {
		if published < sets && (published == 0 || random.IntN(30) == 0) {
			dir, files := t.TempDir(), map[string]int{}
			for n := range 1 + random.IntN(4) {
				files[fmt.Sprintf("%d.bin", n)] = random.IntN(100)
			}
			write(t, dir, files)
			place := at(t, fmt.Sprintf("s3://data/set/%d", published))
			if _, err := dataset.Publish(t.Context(), s.Client, dir, place, dataset.PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			published++
		}
		run := random.IntN(3)
		if inRow++; inRow > failInRow {
			run = 2
		}
		switch run {
		case 0: // missed
		case 1:
			n := random.IntN(40)
			s.fail = func(*http.Request) bool { n--; return n < 0 }
			if _, err := s.renewDue(t, policy); err != nil {
				broken++
			}
			s.fail = nil
		default:
			n, err := s.renewDue(t, policy)
			if err != nil {
				t.Fatal(err)
			}
			renewed += n
			inRow = 0
		}
		s.pass(week + time.Duration(random.IntN(48)-24)*time.Hour)
		if ended := s.unlocked(); len(ended) > 0 {
			t.Fatalf("on %s nothing protects %v", s.now.Format(time.DateOnly), ended)
		}
	}
	if renewed == 0 || broken == 0 {
		t.Fatalf("%d renewals and %d runs that broke off show nothing", renewed, broken)
	}
	s.atMostFourAYear(t)
}

// renewDue does what `datalock renew --due` does.
func (s *simulated) renewDue(t *testing.T, policy dataset.RenewPolicy) (int, error) {
	t.Helper()
	all := func(string) (dataset.RenewPolicy, bool) { return policy, true }
	due, unread, err := dataset.ListDue(t.Context(), s.Client, "data", all)
	if err == nil && len(unread) > 0 {
		err = fmt.Errorf("unread: %v", unread)
	}
	for _, d := range due {
		var r dataset.Renewed
		if err == nil {
			r, err = dataset.Renew(t.Context(), s.Client, d.Location, dataset.RenewOptions{Days: d.Policy.KeepDays})
		}
		if err == nil && len(r.Findings) > 0 {
			err = fmt.Errorf("findings: %v", r.Findings)
		}
	}
	return len(due), err
}

// atMostFourAYear counts the requests for each version.
func (s *simulated) atMostFourAYear(t *testing.T) {
	t.Helper()
	most := 0.0
	for key, versions := range s.versions {
		for _, v := range versions {
			years := max(1, s.now.Sub(v.written).Hours()/24/365)
			perYear := float64(v.renewals) / years
			most = max(most, perYear)
			if perYear > 4 {
				t.Errorf("%s cost %d requests in %.1f years", key, v.renewals, years)
			}
		}
	}
	t.Logf("at most %.1f requests per version and year", most)
}
