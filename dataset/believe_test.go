package dataset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// weaken lets the lock of the newest version of a key in GOVERNANCE mode end soon.
func (l testServer) weaken(t *testing.T, key string) time.Time {
	t.Helper()
	soon := time.Now().Add(time.Hour)
	_, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
		Bucket: aws.String("data"), Key: &key, BypassGovernanceRetention: aws.Bool(true),
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeGovernance, RetainUntilDate: &soon},
	})
	must(t, err)
	return soon
}

// forgeRecord writes a record that nobody could keep, with held versions as JSON strings.
func (l testServer) forgeRecord(t *testing.T, p dataset.Published, name, held string) {
	t.Helper()
	l.put(t, ".datalock/set/renewals/"+name, fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1",`+
		`"subject":[{"name":"manifest.json","digest":{"sha256":"%s"}}],"predicateType":"urn:datalock:renewal:v1",`+
		`"predicate":{"schema":1,"bucket":"data","prefix":"set","until":"2100-01-01T00:00:00Z",`+
		`"time":"2026-01-01T00:00:00Z","versions":1,"lengthened":1,"held":[%s]}}`, p.RootDigest, held), nil)
}

// TestForgedRecord: a record that says more than the locks keep stops no renewal, and
// its date isn't used.
func TestForgedRecord(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	p := l.published(t)
	due := func() int {
		t.Helper()
		all, unread, err := dataset.ListDue(t.Context(), l.Client, "data", func(string) (dataset.RenewPolicy, bool) {
			return dataset.RenewPolicy{KeepDays: 30, WhenLeftDays: 14}, true
		})
		if err != nil || len(unread) > 0 {
			t.Fatal(unread, err)
		}
		return len(all)
	}
	forge := func(name string) { t.Helper(); l.forgeRecord(t, p, name, "") }
	forge("20260101T000000.000Z.json")
	if due() != 1 {
		t.Error("because of a forged record nothing is due")
	}
	o := dataset.RenewOptions{Days: 30}
	r := l.renewBatch(t, o, l.options())
	if r.Kept > 1 || r.Record == "" || r.Counts[dataset.RenewalChanged] != 1 {
		t.Errorf("it did %+v", r)
	}
	if due() != 0 {
		t.Error("a renewed dataset is due")
	}
	again := l.renewBatch(t, o, l.options())
	if !again.ByRecord || again.LocksRead != 12 || again.FilesRead != 8 ||
		again.Kept != int64(len(mixed))+4 || len(again.Jobs) > 0 ||
		again.Counts[dataset.RenewalChanged] != 1 {
		t.Errorf("a second run did %+v: %d read, %d kept, %v", again, again.LocksRead, again.Kept, again.Counts)
	}
	hand := l.renew(t, o)
	if hand.Record != "" || hand.Lengthened != 0 || hand.ByRecord || hand.Counts[dataset.RenewalChanged] != 1 {
		t.Errorf("one by one: %+v", hand)
	}
	// The record is in the plan, with the lock that it gets.
	forge("20260101T000000.001Z.json")
	o.Days++
	var plan *dataset.RecordLock
	o.Confirm = func(p dataset.RenewPlan) error { plan = p.RecordLock; return nil }
	hand = l.renew(t, o)
	if ends := l.ends(t, hand.Record); plan == nil || plan.Mode != "COMPLIANCE" || len(ends) != 1 {
		t.Errorf("the plan has the record %+v; its locks: %v", plan, ends)
	}
	for key, end := range l.ends(t, "") {
		if end.After(hand.Until) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
}

// TestRecordOfTheFirst: a record isn't believed because the first files, which its writer
// could have lengthened, are locked as long as it says.
func TestRecordOfTheFirst(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	dir, files := t.TempDir(), map[string]int{}
	for n := range 60 {
		files[fmt.Sprintf("%02d", n)] = 10
	}
	write(t, dir, files)
	p, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	must(t, err)
	l.forgeRecord(t, p, "20260101T000000.000Z.json", "")
	until := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	longer := []string{".datalock/set/"}
	for n := range 8 {
		longer = append(longer, fmt.Sprintf("set/%02d", n))
	}
	for _, below := range longer {
		for key := range l.versions(t, "data", below) {
			_, err := l.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
				Bucket: aws.String("data"), Key: &key,
				Retention: &types.ObjectLockRetention{Mode: compliance, RetainUntilDate: &until},
			})
			must(t, err)
		}
	}
	all, unread, err := dataset.ListDue(t.Context(), l.Client, "data", func(string) (dataset.RenewPolicy, bool) {
		return dataset.RenewPolicy{KeepDays: 30, WhenLeftDays: 14}, true
	})
	if err != nil || len(unread) > 0 || len(all) != 1 {
		t.Errorf("%d are due, %v, %v", len(all), unread, err)
	}
	r := l.renewBatch(t, dataset.RenewOptions{Days: 30}, l.options())
	if r.ByRecord || r.Lengthened != int64(len(files))-8 || r.Record == "" {
		t.Errorf("it did %+v", r.RenewPlan)
	}
}

// TestRenewBatchByRecord: a run that takes a record's word says so, and doesn't write a new
// record of it, even if one of the files that describe the dataset is left to do.
func TestRenewBatchByRecord(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	o := dataset.RenewOptions{Days: 30}
	record := l.renewBatch(t, o, l.options()).Record
	l.put(t, ".datalock/set/renewals/20260101T000000.000Z.json", string(l.get(t, record)), nil)
	b, asked := l.options(), 0
	b.Confirm = func(p dataset.BatchPlan) error {
		if asked++; !p.ByRecord || p.FilesRead == 0 || p.FilesRead >= p.LocksRead ||
			p.RecordLock != nil || p.Versions != 0 {
			t.Errorf("it asks with %+v", p.RenewPlan)
		}
		return nil
	}
	r := l.renewBatch(t, o, b)
	if asked != 1 || !r.ByRecord || r.Record != "" || r.Lengthened != 1 || r.Left != 0 || len(r.Jobs) > 0 {
		t.Errorf("asked %d times, it did %+v", asked, r)
	}
	if again := l.renewBatch(t, o, b); asked != 1 || !again.ByRecord || again.Lengthened != 0 || again.Record != "" {
		t.Errorf("a second run asked %d times, and did %+v", asked, again)
	}
	o.PlanOnly = true
	if plan := l.renewBatch(t, o, b); !plan.ByRecord || plan.RecordLock != nil {
		t.Errorf("the plan is %+v", plan.RenewPlan)
	}
}

// TestRenewBatchMixedModes: a record isn't believed for a part of the versions: all get jobs.
func TestRenewBatchMixedModes(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.retain(t, "data", governance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"compliance": 10, "governance": 10})
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{})
	must(t, err)
	// Publish mixes no modes, but did before.
	far := time.Now().AddDate(0, 0, 20).UTC().Format(time.RFC3339)
	setRetention(t, l.atRest("set/compliance"), "COMPLIANCE", far)
	var before, after [32]byte
	inPlace(t, l.atRest(".datalock/set/entries-00000.jsonl"), func(data []byte) []byte {
		mixed := bytes.Replace(data, []byte("GOVERNANCE"), []byte("COMPLIANCE"), 1)
		before, after = sha256.Sum256(data), sha256.Sum256(mixed)
		return mixed
	})
	inPlace(t, l.atRest(".datalock/set/manifest.json"), func(data []byte) []byte {
		return bytes.ReplaceAll(data, []byte(hex.EncodeToString(before[:])), []byte(hex.EncodeToString(after[:])))
	})
	o := dataset.RenewOptions{Days: 30}
	l.renewBatch(t, o, l.options())
	o.PlanOnly = true
	if plan := l.renewBatch(t, o, l.options()); plan.ByRecord || plan.Kept != 0 || plan.Versions != 2 {
		t.Errorf("%d kept, %d to do, by a record %v", plan.Kept, plan.Versions, plan.ByRecord)
	}
}

// TestRenewGovernance: a record is locked as the dataset is, and doesn't hide that
// somebody shortened locks since.
func TestRenewGovernance(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.retain(t, "data", governance, 1)
	l.published(t)
	_, err := l.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket:                  aws.String("data"),
		ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled},
	})
	must(t, err)
	var plan dataset.RenewPlan
	o := dataset.RenewOptions{Days: 10, Confirm: func(p dataset.RenewPlan) error { plan = p; return nil }}
	r := l.renew(t, o)
	h, err := l.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("data"), Key: &r.Record})
	must(t, err)
	if lock := plan.RecordLock; h.ObjectLockMode != types.ObjectLockModeGovernance || lock == nil ||
		lock.Mode != "GOVERNANCE" || !lock.Until.Equal(*h.ObjectLockRetainUntilDate) {
		t.Errorf(
			"the record is in %s mode until %s, and the plan has %+v",
			h.ObjectLockMode,
			h.ObjectLockRetainUntilDate,
			lock,
		)
	}
	_, err = l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("data"), Key: &r.Record, VersionId: h.VersionId, BypassGovernanceRetention: aws.Bool(true),
	})
	must(t, err)
	plan = dataset.RenewPlan{}
	if again := l.renew(t, o); plan.RecordLock == nil || plan.Versions != 0 || again.Record == "" {
		t.Errorf("for a record only it asked with %+v, and did %+v", plan, again)
	}
	l.weaken(t, "set/exact")
	if again := l.renewBatch(t, dataset.RenewOptions{Days: 9}, l.options()); again.ByRecord || again.Left != 0 ||
		again.Lengthened != 1 {
		t.Errorf("after a lock was shortened: %+v", again)
	}
	for key, end := range l.ends(t, "set/") {
		if end.Before(time.Now().AddDate(0, 0, 9)) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	// The same date again: the jobs of then know nothing of what came after.
	l.weaken(t, "set/exact")
	if again := l.renewBatch(t, dataset.RenewOptions{Days: 9}, l.options()); again.ByRecord || again.Lengthened == 0 {
		t.Errorf("after a lock was shortened once more: %+v", again)
	}
	for key, end := range l.ends(t, "set/") {
		if end.Before(time.Now().AddDate(0, 0, 9)) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
}

// TestForgedHolds: a record that names versions that can't be seen, or aren't of the
// dataset, stops no renewal, and such versions aren't locked.
func TestForgedHolds(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	p := l.published(t)
	exact := l.versions(t, "data", "set/exact")["set/exact"][0]
	l.put(t, "set/exact", "not the dataset's", nil)
	before := l.ends(t, "set/exact")
	for n, held := range l.versions(t, "data", "set/exact")["set/exact"] {
		if held == exact {
			held = "garbage"
		}
		l.forgeRecord(t, p, fmt.Sprintf("20260101T000000.00%dZ.json", n), `"s3://data/set/exact?versionId=`+held+`"`)
	}
	proxy := s3proxy.Start(t, l.Endpoint)
	proxy.Faults(func(_ int64, r *http.Request) s3proxy.Fault {
		if r.URL.Query().Get("versionId") == "garbage" {
			return s3proxy.Fault{Status: 400, Code: "InvalidArgument"}
		}
		return s3proxy.Fault{}
	})
	through := l.as(proxy.URL, l.AccessKey, l.SecretKey)
	due, unread, err := dataset.ListDue(t.Context(), through, "data", func(string) (dataset.RenewPolicy, bool) {
		return dataset.RenewPolicy{KeepDays: 30, WhenLeftDays: 14}, true
	})
	if len(due) != 1 || len(unread) > 0 || err != nil {
		t.Errorf("%d are due, unread are %v, %v", len(due), unread, err)
	}
	r, err := dataset.RenewBatch(t.Context(), through, at(t, "s3://data/set"), dataset.RenewOptions{Days: 30}, l.options())
	if err != nil || r.Left != 0 || r.Record == "" {
		t.Errorf("%+v, %v", r, err)
	}
	for key, end := range l.ends(t, "set/exact") {
		if renewed := !end.Equal(before[key]); renewed != strings.HasSuffix(key, exact) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
}
