package check_test

import (
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// TestOverview has the buckets of plans, each with its own lock and its own
// number of findings.
func TestOverview(t *testing.T) {
	const held = "COMPLIANCE for 90 days"
	type line struct {
		address, change, lock string
		findings              int
	}
	for name, want := range map[string][]line{
		"first-deploy-with-logs": {
			{theBucketAt, "makes", held, 0},
			{"aws_s3_bucket.logs", "makes", "none", 1},
		},
		"in-modules": {
			{`module.dataset["raw.eu"].` + theBucketAt, "keeps", "none", 2},
			{`module.dataset["raw.us"].` + theBucketAt, "keeps", "none", 2},
		},
		"topology": {
			{theBucketAt, "keeps", held, 0},
			{"aws_s3_bucket.evidence_bucket", "keeps", "none", 0},
			{"aws_s3_bucket.replica_bucket", "keeps", held, 0},
			{"aws_s3_bucket.trail_bucket", "keeps", held, 0},
		},
		"replicated":        {{theBucketAt, "keeps", held, 1}},
		"destroy-lock":      {{theBucketAt, "keeps", "none", 2}},
		"removed-lock":      {{theBucketAt, "keeps", held, 1}},
		"retention-unknown": {{theBucketAt, "keeps", "not known before the apply", 1}},
		"governance":        {{theBucketAt, "keeps", "GOVERNANCE for 90 days", 1}},
	} {
		var got []line
		for _, b := range judge(t, name, check.Options{Now: may2027}, nil).Buckets {
			got = append(got, line{b.Address, b.Change, b.Lock, b.Findings})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	// A lock that is written into the bucket itself.
	own := judge(t, "first-deploy-unlocked", check.Options{Now: may2027}, func(p planJSON) {
		lock := []any{map[string]any{"object_lock_enabled": "Enabled", "rule": []any{
			map[string]any{"default_retention": []any{map[string]any{"mode": "GOVERNANCE", "days": 7}}}}}}
		stackJSON(p.changeOf(theBucketAt)).set("after.object_lock_enabled", true)
		stackJSON(p.changeOf(theBucketAt)).set("after.object_lock_configuration", lock)
		stackJSON(p.changeOf(theBucketAt)).drop("after_unknown.object_lock_configuration")
		p.configured(theBucketAt)["object_lock_configuration"] = []any{map[string]any{}}
	}).Buckets
	if len(own) != 1 || own[0].Lock != "GOVERNANCE for 7 days" {
		t.Errorf("written into the bucket: %+v", own)
	}
}

// TestOverviewWithoutNames has a bucket whose name isn't known: no address takes its place.
func TestOverviewWithoutNames(t *testing.T) {
	f := judge(t, "first-deploy", check.Options{Now: may2027}, func(p planJSON) {
		delete(p.changeOf(theBucketAt)["after"].(map[string]any), "bucket")
		stackJSON(p.changeOf(theBucketAt)).set("after_unknown.bucket", true)
		at := "aws_s3_bucket_object_lock_configuration.object_lock"
		delete(p.changeOf(at)["after"].(map[string]any), "bucket")
		stackJSON(p.changeOf(at)).set("after_unknown.bucket", true)
	})
	if len(f.Buckets) != 1 || f.Buckets[0].Name != "" || f.Buckets[0].Address != theBucketAt {
		t.Errorf("buckets %+v", f.Buckets)
	}
	if len(f.Permanent) != 1 || f.Permanent[0].Bucket != "" ||
		!strings.HasPrefix(f.Permanent[0].Says, "new versions are locked in COMPLIANCE mode") {
		t.Errorf("permanent %+v", f.Permanent)
	}
}

// TestOverviewOfObjects has what plans make permanent of an object.
func TestOverviewOfObjects(t *testing.T) {
	for name, want := range map[string]string{
		"object-kept-longer":    "lengthens COMPLIANCE until 2031-01-01",
		"object-made-compliant": "makes COMPLIANCE until 2030-06-01",
		"object-kept-shorter":   "",
		"destroy-object":        "",
		"no-change":             "",
	} {
		got := ""
		for _, p := range judge(t, name, check.Options{Now: may2027}, nil).Permanent {
			got += p.Change + " " + p.Mode + " until " + p.Until
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	unlocked := judge(t, "object-kept-longer", check.Options{Now: may2027}, func(p planJSON) {
		after := p.changeOf("aws_s3_object.manifest")["after"].(map[string]any)
		after["object_lock_retain_until_date"], after["object_lock_mode"] = nil, nil
	})
	if len(unlocked.Permanent) > 0 {
		t.Errorf("an object without a lock: %+v", unlocked.Permanent)
	}
}

// TestCountsUnmentioned: what the plan doesn't mention is counted too, so that not
// more resources are judged than there are.
func TestCountsUnmentioned(t *testing.T) {
	f := judge(t, "no-change", check.Options{Now: may2027}, func(p planJSON) {
		for _, path := range []string{"resource_changes", "planned_values.root_module.resources"} {
			items := stackJSON(p).get(path).([]any)
			stackJSON(p).set(path, slices.DeleteFunc(items,
				func(item any) bool { return item.(map[string]any)["address"] == theLifecycleAt }))
		}
	})
	if f.Error != "" || f.Resources != 8 || f.Guards != 8 || len(f.Findings) != 1 {
		t.Errorf("error %q, %d of %d judged, found %v", f.Error, f.Guards, f.Resources, f.Findings)
	}
}
