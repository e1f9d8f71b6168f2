package dataset_test

import (
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/dataset/signing"
)

// TestRenewalSignatures: verify says how many renewal records the key has signed. Those
// of other keys, or without a signature, count as before; a signature of another record
// is a finding.
func TestRenewalSignatures(t *testing.T) {
	t.Parallel()
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	stranger, _ := newKey(t)
	l.published(t, "s3://data/set", dataset.PublishOptions{Key: key})
	seen := func(key *signing.Key, want string) {
		t.Helper()
		v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key})
		if text := v.RenewalsText(); !strings.HasSuffix(text, want) || !v.Clean() {
			t.Errorf("%q, not %q\n%s", text, want, names(v))
		}
	}
	seen(key, "")
	signed := l.renew(t, dataset.RenewOptions{Days: 5, Key: key})
	seen(key, "the latest date for all versions in 1 record; every lock must reach it; your key has signed 1")
	l.renew(t, dataset.RenewOptions{Days: 7, Key: stranger})
	last := l.renew(t, dataset.RenewOptions{Days: 9})
	seen(key, "the latest date for all versions in 3 records; every lock must reach it; your key has signed 1")
	seen(nil, "the latest date for all versions in 3 records; every lock must reach it")
	signature := func(record string) string { return strings.TrimSuffix(record, ".json") + ".sigstore.json" }
	l.put(t, signature(last.Record), string(l.get(t, signature(signed.Record))), nil)
	v := l.verify(t, "s3://data/set", dataset.VerifyOptions{Key: key})
	if v.Counts[dataset.RenewalChanged] != 1 || v.RenewalsSigned != 1 ||
		!strings.Contains(names(v), "the key has signed another record than the one beside it") {
		t.Errorf("%d signed\n%s", v.RenewalsSigned, names(v))
	}
}
