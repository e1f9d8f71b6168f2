package dataset_test

import (
	"net/http"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"
)

// TestEventHold: the retention of a version under an event hold has no end yet.
// Setting one would end the hold, so nothing does. The local server has no event
// holds: a proxy puts them into its answers.
func TestEventHold(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.adopted(t)
	l.published(t)
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Answers(func(r *http.Response) {
		key := r.Request.URL.Path
		if r.Request.Method == http.MethodHead &&
			(strings.HasSuffix(key, "/raw/twice") || strings.HasSuffix(key, "/set/exact")) {
			r.Header.Set("X-Amz-Object-Lock-Event-Hold", "ON")
			r.Header.Del("X-Amz-Object-Lock-Retain-Until-Date")
		}
	})
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	before, ends := l.locks(t), l.ends(t, "set/exact")
	done, err := dataset.Backfill(
		t.Context(),
		through,
		"old",
		"raw/",
		dataset.BackfillOptions{Days: 1, Mode: "GOVERNANCE"},
		nil,
	)
	if err != nil || done.Set != 3 || done.EventHolds != 2 || done.Locked != 3 || len(l.locks(t)) != len(before)+3 {
		t.Errorf("%+v, %v", done, err)
	}
	r, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: 10})
	if err != nil || r.Left != 1 || r.Counts[dataset.EventHold] != 1 || r.Counts[dataset.Unlocked] != 0 ||
		r.Lengthened != int64(len(mixed))+1 {
		t.Errorf("%d left, %d lengthened, %v, %v", r.Left, r.Lengthened, r.Counts, err)
	}
	for key, end := range l.ends(t, "set/exact") {
		if !end.Equal(ends[key]) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	v, err := dataset.Verify(t.Context(), through, at(t, "s3://data/set"), dataset.VerifyOptions{})
	if err != nil || v.RenewedUntil != nil || v.Counts[dataset.EventHold] != 1 || len(v.Counts) != 1 {
		t.Errorf("verify: %v, %v", v.Counts, err)
	}
}
