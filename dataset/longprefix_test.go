package dataset_test

import (
	"context"
	"strings"
	"testing"

	"datalock/dataset"
)

// TestLongPrefix: a prefix that has room for the data but not for everything that
// is written later is refused before anything is locked. The longest that has room
// can be published, signed and renewed.
func TestLongPrefix(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	prefix := strings.Repeat(strings.Repeat("x", 199)+"/", 5)
	longest := prefix[:1024-len(".datalock//renewals/20060102T150405.000Z.sigstore.json")]
	mistake(t, l, dir, "s3://data/"+longest+"y", "one byte more", dataset.PublishOptions{Key: key},
		"the prefix is 1 bytes too long for the key of renewals/TIME.sigstore.json")
	nothingUnder(t, l, "data", longest[:10])
	place := at(t, "s3://data/"+longest)
	if _, err := dataset.Publish(t.Context(), l.Client, dir, place, dataset.PublishOptions{Key: key}); err != nil {
		t.Fatal(err)
	}
	renewed, err := dataset.Renew(t.Context(), l.Client, place, dataset.RenewOptions{Days: 5, Key: key})
	if err != nil || renewed.Record == "" {
		t.Errorf("%+v, %v", renewed, err)
	}
	// Published by an earlier Datalock: still read, but not renewed by halves.
	older := at(t, "s3://data/"+longest+strings.Repeat("y", 30))
	stopped := dataset.RenewOptions{Days: 5, Confirm: func(dataset.RenewPlan) error { return context.Canceled }}
	if _, err := dataset.Renew(t.Context(), l.Client, older, stopped); err == nil ||
		!strings.Contains(err.Error(), "bytes too long for the key of renewals/TIME.json") {
		t.Errorf("the error is %v", err)
	}
}

// TestLongPrefixJobs: jobs renew and verify the dataset with the longest prefix too, although
// the prefix of a job's report has at most 512 characters.
func TestLongPrefixJobs(t *testing.T) {
	l := newBatchServer(t)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 1})
	prefix := strings.Repeat(strings.Repeat("ü", 99)+"/", 5)
	place := at(t, "s3://data/"+prefix[:1024-len(".datalock//renewals/20060102T150405.000Z.sigstore.json")])
	_, err := dataset.Publish(t.Context(), l.Client, dir, place, dataset.PublishOptions{})
	must(t, err)
	r, err := dataset.RenewBatch(t.Context(), l.Client, place, dataset.RenewOptions{Days: 5}, l.options())
	if err != nil || r.Record == "" || len(r.Jobs) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	v, err := dataset.VerifyAtRest(t.Context(), l.Client, place, dataset.VerifyOptions{}, l.options())
	if err != nil || !v.Clean() || v.AtRest.Files != 1 {
		t.Errorf("%v\n%s", err, names(v))
	}
}
