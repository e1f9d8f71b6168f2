package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// hostile are keys that listings and reports have to encode.
var hostile = []string{"a b+c%20&d", `quote"comma,`, "line\nbreak", "日本/ü", "=1+1"}

// versionsOf fills a bucket with a version of each kind, if no test did before.
func (l testServer) versionsOf(t *testing.T, bucket string) {
	t.Helper()
	ctx := t.Context()
	if _, err := l.hand.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err == nil {
		return
	}
	l.hand.Create(t, bucket)
	put := func(key string, change func(*s3.PutObjectInput)) {
		t.Helper()
		input := &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: strings.NewReader("12345"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		}
		change(input)
		if _, err := l.hand.PutObject(ctx, input); err != nil {
			t.Fatalf("put %q: %v", key, err)
		}
	}
	lock := func(mode types.ObjectLockMode, days int) func(*s3.PutObjectInput) {
		return func(in *s3.PutObjectInput) {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = mode, aws.Time(time.Now().AddDate(0, 0, days))
		}
	}
	for _, key := range hostile {
		put(key, lock(types.ObjectLockModeCompliance, 400))
	}
	put("governance", lock(types.ObjectLockModeGovernance, 400))
	put("soon", lock(types.ObjectLockModeCompliance, 10))
	put("soon-held", func(in *s3.PutObjectInput) {
		lock(types.ObjectLockModeCompliance, 10)(in)
		in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	})
	put("held", func(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn })
	put("unlocked", func(*s3.PutObjectInput) {})
	put("ended", func(in *s3.PutObjectInput) {
		in.ObjectLockMode = types.ObjectLockModeGovernance
		in.ObjectLockRetainUntilDate = aws.Time(time.Now().Add(2 * time.Second))
	})
	put("overwritten", lock(types.ObjectLockModeCompliance, 400))
	put("overwritten", lock(types.ObjectLockModeCompliance, 400))
	put("hidden", lock(types.ObjectLockModeCompliance, 400))
	if _, err := l.hand.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("hidden")}); err != nil {
		t.Fatal(err)
	}
	l.until(t, bucket, "ended")
}

// until waits for the end of a retention.
func (l testServer) until(t *testing.T, bucket, key string) {
	t.Helper()
	for {
		head, err := l.hand.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if time.Now().After(aws.ToTime(head.ObjectLockRetainUntilDate).Add(time.Second)) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// testVersions finds versions of each kind, by name and by number.
func testVersions(t *testing.T, l testServer) {
	const bucket = "versions"
	l.versionsOf(t, bucket)
	c := audit.Config{Bucket: bucket, Wanted: settings.DefaultBucket()}
	c.Wanted.WriteOnce = true
	b := l.audited(t, c)
	checkVersions(t, b)
	if v := b.Versions; v.WithoutChecksum != 0 || v.Source != "" {
		t.Errorf("%+v", v)
	}
	// Settings that allow it make no finding of it.
	c.Wanted.WriteOnce, c.Wanted.DeleteMarkers = false, settings.AllowDeleteMarkers
	c.Wanted.Retention.Mode, c.WarnDays = settings.Governance, 5
	for _, rule := range []string{"shadowed", "hidden", "weaker-mode", "ends-soon"} {
		if got := rulesOf(l.audited(t, c).Findings); slices.Contains(got, rule) {
			t.Errorf("settings that allow it: found %s", rule)
		}
	}
}

// checkVersions holds an audit to what versionsOf wrote.
func checkVersions(t *testing.T, b audit.Bucket) {
	t.Helper()
	for rule, want := range map[string]struct {
		count int64
		keys  []string
	}{
		"unlocked": {2, []string{"ended", "unlocked"}}, "weaker-mode": {1, []string{"governance"}},
		"ends-soon": {
			1,
			[]string{"soon"},
		}, "shadowed": {2, []string{"hidden", "overwritten"}}, "hidden": {1, []string{"hidden"}},
	} {
		i := slices.IndexFunc(b.Findings, func(f audit.Finding) bool { return f.Rule == rule })
		if i < 0 {
			t.Errorf("%s isn't found", rule)
			continue
		}
		var keys []string
		for _, x := range b.Findings[i].Examples {
			keys = append(keys, x.Key)
		}
		if b.Findings[i].Count != want.count || !slices.Equal(keys, want.keys) {
			t.Errorf("%s: %d of %v", rule, b.Findings[i].Count, keys)
		}
	}
	v := b.Versions
	got := fmt.Sprintf("%d versions, %d bytes, %d markers, %d+%d locked, %d ended, %d held, %d unlocked, %d "+
		"noncurrent, %d hidden, %d unknown",
		v.Versions, v.Bytes, v.DeleteMarkers, v.Compliance, v.Governance, v.EndedLocks, v.LegalHolds, v.Unlocked,
		v.Noncurrent, v.HiddenKeys, v.Unknown)
	const want = "14 versions, 70 bytes, 1 markers, 10+1 locked, 1 ended, 2 held, 2 unlocked, 2 noncurrent, 1 hidden, " +
		"0 unknown"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if v.NextEnd == nil || !strings.HasPrefix(v.NextEnd.Key, "soon") || v.Ends.Unit != "month" {
		t.Errorf("next %+v, %+v", v.NextEnd, v.Ends)
	}
	var locks int64
	for _, bar := range v.Ends.Bars {
		locks += bar.Versions
	}
	if locks != 11 || len(v.Ends.Bars) < 13 {
		t.Errorf("the histogram has %d locks in %d bars", locks, len(v.Ends.Bars))
	}
}
