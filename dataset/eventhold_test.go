package dataset_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// holding returns a client that sees the versions of some keys under an event hold,
// until release is called. The local server has no event holds: a proxy puts them into
// its answers.
func (l testServer) holding(t *testing.T, keys ...string) (client *s3.Client, release func()) {
	t.Helper()
	proxy := s3proxy.Start(t, l.Endpoint)
	var released atomic.Bool
	proxy.Answers(func(r *http.Response) {
		held := slices.ContainsFunc(keys, func(key string) bool { return strings.HasSuffix(r.Request.URL.Path, key) })
		if r.Request.Method == http.MethodHead && held && !released.Load() {
			r.Header.Set("X-Amz-Object-Lock-Event-Hold", "ON")
			r.Header.Del("X-Amz-Object-Lock-Retain-Until-Date")
		}
	})
	return l.as(proxy.URL, l.AccessKey, l.SecretKey), func() { released.Store(true) }
}

// TestEventHold: the retention of a version under an event hold has no end yet.
// Setting one could end the hold, so nothing does.
func TestEventHold(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.adopted(t)
	l.published(t)
	through, _ := l.holding(t, "/raw/twice", "/set/exact")
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
	if err != nil || r.Left != 0 || r.Held != 1 || r.Counts[dataset.EventHold] != 1 || r.Counts[dataset.Unlocked] != 0 ||
		r.Lengthened != int64(len(mixed))+1 {
		t.Errorf("%d left, %d held, %d lengthened, %v, %v", r.Left, r.Held, r.Lengthened, r.Counts, err)
	}
	for key, end := range l.ends(t, "set/exact") {
		if !end.Equal(ends[key]) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	v, err := dataset.Verify(t.Context(), through, at(t, "s3://data/set"), dataset.VerifyOptions{})
	if err != nil || v.RenewedUntil == nil || v.Counts[dataset.EventHold] != 1 || len(v.Counts) != 1 {
		t.Errorf("verify: %v, %v", v.Counts, err)
	}
}

// TestEventHoldDue: a dataset with a version under an event hold isn't renewed each
// day. It is due again when the hold was released and the version ends soon.
func TestEventHoldDue(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	through, release := l.holding(t, "/set/Ünï cödé/ü+%?#&.bin") // beyond the sample that a record must pass
	due := func() int {
		t.Helper()
		due, unread, err := dataset.ListDue(t.Context(), through, "data", func(string) (dataset.RenewPolicy, bool) {
			return dataset.RenewPolicy{KeepDays: 20, WhenLeftDays: 5}, true
		})
		if err != nil || len(unread) > 0 {
			t.Errorf("unread are %v, %v", unread, err)
		}
		return len(due)
	}
	renew := func(days int) dataset.Renewed {
		t.Helper()
		r, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: days})
		must(t, err)
		return r
	}
	if due() != 1 {
		t.Error("nothing is due before a renewal")
	}
	first := renew(20)
	record := string(l.get(t, first.Record))
	if first.Held != 1 || strings.Contains(record, `"left"`) ||
		!strings.Contains(record, `"held":["s3://data/set/%C3%9Cn%C3%AF%20c%C3%B6d%C3%A9/%C3%BC+%25%3F%23&.bin?versionId=`) {
		t.Errorf("%d held, the record is %s", first.Held, record)
	}
	if again := renew(20); again.Lengthened != 0 || again.Record != "" || again.Held != 1 || due() != 0 {
		t.Errorf("another run: %+v", again)
	}
	release()
	if due() != 1 {
		t.Error("nothing is due after the hold was released")
	}
	if last := renew(20); last.Lengthened != 1 || last.Held != 0 || len(last.Counts) > 0 || due() != 0 {
		t.Errorf("after the release: %+v", last)
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); !v.Clean() {
		t.Error(names(v))
	}
}

// TestEventHoldBatch: jobs set no date on a version that was under an event hold at a
// renewal. It is looked at by itself, also after the release.
func TestEventHoldBatch(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	through, release := l.holding(t, "/set/exact")
	_, err := dataset.Renew(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: 3})
	must(t, err)
	before := l.ends(t, "set/exact")
	batch := func(days int) dataset.Renewed {
		t.Helper()
		o := dataset.RenewOptions{Days: days}
		r, err := dataset.RenewBatch(t.Context(), through, at(t, "s3://data/set"), o, l.options())
		must(t, err)
		return r
	}
	r := batch(10)
	if r.Held != 1 || r.Left != 0 || r.Counts[dataset.EventHold] != 1 || r.Jobs[0].Versions != int64(len(mixed))-1 ||
		!strings.Contains(string(l.get(t, r.Record)), `"held":["s3://data/set/exact?`) {
		t.Errorf("%+v", r)
	}
	if again := batch(10); len(again.Jobs) > 0 || !again.ByRecord || again.Held != 1 || again.Record != "" {
		t.Errorf("another run: %+v", again)
	}
	for key, end := range l.ends(t, "set/exact") {
		if !end.Equal(before[key]) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	release()
	last := batch(20)
	if last.Jobs[0].Versions != int64(len(mixed))-1 || last.Left != 0 || last.Held != 0 || len(last.Counts) > 0 {
		t.Errorf("after the release: %+v", last)
	}
}

// TestEventHoldPublish: a version under an event hold isn't part of a dataset, and gets
// no date.
func TestEventHoldPublish(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	for held, o := range map[string]dataset.PublishOptions{
		"/set/a": {Days: 30}, "/manifest.sigstore.json": {Key: key, Days: 30},
	} {
		prefix := strings.Trim(strings.ReplaceAll(held, "/", "-"), "-")
		first := o
		first.Days = 0
		dir := l.uncommitted(t, "s3://data/"+prefix+"/set", first)
		if o.Key != nil {
			o.Days = 0 // the same manifest
		}
		before := l.endsUnder(t, prefix+"/set")
		through, _ := l.holding(t, held)
		_, err := dataset.Publish(t.Context(), through, dir, at(t, "s3://data/"+prefix+"/set"), o)
		if err == nil || !strings.Contains(err.Error(), held+": is under an event hold, so its retention has no end yet") {
			t.Errorf("%s: %v", held, err)
		}
		nothingPublished(t, l, "s3://data/"+prefix+"/set")
		for key, until := range l.endsUnder(t, prefix+"/set") {
			if strings.HasSuffix(key, held) && !until.Equal(before[key]) {
				t.Errorf("%s went from %s to %s", key, before[key], until)
			}
		}
	}
}

// TestEventHoldPartlyReleased: jobs set no date on a version that is still under an event
// hold, though another one of the same record was released.
func TestEventHoldPartlyReleased(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	both, _ := l.holding(t, "/set/exact", "/set/a.txt")
	_, err := dataset.Renew(t.Context(), both, at(t, "s3://data/set"), dataset.RenewOptions{Days: 20})
	must(t, err)
	before := l.ends(t, "set/exact")
	one, _ := l.holding(t, "/set/exact")
	for range 2 {
		r, err := dataset.RenewBatch(t.Context(), one, at(t, "s3://data/set"), dataset.RenewOptions{Days: 30}, l.options())
		if err != nil || r.Left != 0 || r.Held != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if after := l.ends(t, "set/exact"); !maps.Equal(after, before) {
		t.Errorf("the ends went from %v to %v", before, after)
	}
}
