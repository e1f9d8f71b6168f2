package check_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"
	"datalock/settings"
)

// may2027 is the day of the checks here.
var may2027 = time.Date(2027, 5, 1, 22, 0, 0, 0, time.UTC)

// expecting are the settings of a stack that expects some data.
func expecting(tb float64, check settings.Check) settings.Settings {
	b := settings.DefaultBucket()
	b.Name, b.ExpectedTB = "acme-training-data", tb
	return settings.Settings{Region: "us-east-1", Buckets: map[string]settings.Bucket{"training-data": b}, Check: check}
}

// judge returns what comes out for a plan, changed or not.
func judge(t *testing.T, name string, o check.Options, change func(planJSON)) check.File {
	t.Helper()
	text, err := os.ReadFile(planFile(name))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		var p planJSON
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		change(p)
		if text, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
	}
	gate := check.NewGate(check.Rules(), o)
	gate.Judge("plan.json", bytes.NewReader(text))
	return gate.Report().Files[0]
}

// firstGoverned has a first deploy lock in GOVERNANCE mode.
func firstGoverned(p planJSON) {
	stackJSON(p.changeOf(lockAddress)).set("after.rule.0.default_retention.0.mode", "GOVERNANCE")
}

const noCeiling = "No statement limits for everybody how long a version may be locked: S3's own limit is 36500 days."

const lockAddress = "aws_s3_bucket_object_lock_configuration.object_lock"

func inDays(days int) []any {
	return []any{map[string]any{"default_retention": []any{map[string]any{"mode": "COMPLIANCE", "days": days}}}}
}

func replacedBucket(p planJSON) {
	p.changeOf("aws_s3_bucket.bucket")["actions"] = []any{"delete", "create"}
}

// TestPermanent has plans, and what each makes irreversible: nothing where the
// text is empty.
func TestPermanent(t *testing.T) {
	ceiling := func(path string, value any) func(planJSON) {
		return func(p planJSON) { stackJSON(p.changeOf("aws_s3_bucket_policy.policy")).set(path, value) }
	}
	for _, c := range []struct {
		name, plan string
		change     func(planJSON)
		want       string
	}{
		{"a new lock", "first-deploy", nil,
			"acme-training-data: new versions are locked in COMPLIANCE mode for 90 days. Nobody can delete a version written " +
				"on 2027-05-01 before 2027-07-30. A writer may lock a version for up to 3650 days. Object Lock can't be " +
				"switched off again, and versioning can't be suspended."},
		{"a longer one", "retention-longer", nil,
			"acme-training-data: new versions are locked in COMPLIANCE mode for 120 days instead of 90 days. Nobody can " +
				"delete a version written on 2027-05-01 before 2027-08-29. A writer may lock a version for up to 3650 days."},
		{
			"years",
			"retention-in-years",
			nil,
			"COMPLIANCE mode for 365 days instead of 90 days. Nobody can delete a version written on 2027-05-01 before " +
				"2028-04-30.",
		},
		{"a longer one in the bucket itself", "destroy-lock", func(p planJSON) {
			p.configured("aws_s3_bucket.bucket")["object_lock_configuration"] = []any{}
			stackJSON(p.changeOf("aws_s3_bucket.bucket")).set("after.object_lock_configuration", []any{
				map[string]any{
					"object_lock_enabled": "Enabled",
					"rule": []any{
						map[string]any{"default_retention": []any{map[string]any{"mode": "COMPLIANCE", "days": 120.0}}},
					},
				},
			})
		}, "for 120 days instead of 90 days. Nobody can delete a version written on 2027-05-01 before 2027-08-29. A " +
			"writer may lock a version for up to 3650 days."},
		{"the same one in a new bucket", "no-change", replacedBucket, "COMPLIANCE mode for 90 days. Nobody can delete"},
		{"a lock without a default retention", "first-deploy-no-retention", nil,
			"acme-training-data: Object Lock is switched on, without a default retention. It can't be switched off again, " +
				"and versioning can't be suspended."},
		{"a lock configuration without a rule", "first-deploy-lock-without-rule", nil, "Object Lock is switched on, without"},
		{"no default retention any longer", "lock-without-rule", nil, ""},
		{"more days than S3 allows", "no-change", both(lockAddress, "rule", inDays(90), inDays(36501)),
			"acme-training-data: the plan locks new versions for 36501 days. S3 allows 36500 days at most and refuses it."},
		{"as many days as S3 allows", "no-change", both(lockAddress, "rule", inDays(90), inDays(36500)),
			"for 36500 days instead of 90 days. Nobody can delete a version written on 2027-05-01 before 2127-04-07."},
		{"tags", "tags", nil, ""},
		{"nothing", "no-change", nil, ""},
		{"a shorter one", "retention-shorter", nil, ""},
		{"a weaker one", "governance", nil, ""},
		{
			"a new lock in GOVERNANCE mode",
			"first-deploy",
			firstGoverned,
			"GOVERNANCE mode for 90 days. Only those with s3:BypassGovernanceRetention can delete a version written on " +
				"2027-05-01 before 2027-07-30.",
		},
		{
			"a first lock in GOVERNANCE mode",
			"first-deploy",
			firstGoverned,
			"for up to 3650 days. Object Lock can't be switched off again",
		},
		{
			"a mode without days",
			"no-change",
			both(lockAddress, "rule", inMode("GOVERNANCE"), []any{
				map[string]any{"default_retention": []any{map[string]any{"mode": "COMPLIANCE"}}},
			}),
			"",
		},
		{"a lock that somebody deleted", "no-change", func(p planJSON) {
			change := p.changeOf(lockAddress)
			p["resource_drift"] = []any{map[string]any{"address": lockAddress, "mode": "managed",
				"type":          "aws_s3_bucket_object_lock_configuration",
				"provider_name": "registry.terraform.io/hashicorp/aws", "change": map[string]any{
					"actions": []any{"delete"},
					"before":  change["before"],
				}}}
			change["actions"], change["before"] = []any{"create"}, nil
		}, "COMPLIANCE mode for 90 days. Nobody can delete a version written on 2027-05-01 before 2027-07-30."},
		{
			"from GOVERNANCE to a shorter COMPLIANCE",
			"retention-shorter",
			both(lockAddress, "rule.0.default_retention.0.mode", "GOVERNANCE", "COMPLIANCE"),
			"COMPLIANCE mode for 89 days. Nobody",
		},
		{"a time that isn't known", "retention-unknown", nil, "for a time or in a mode that isn't known before the apply"},
		{"no ceiling", "first-deploy", func(p planJSON) {
			after := p.changeOf("aws_s3_bucket_policy.policy")["after"].(map[string]any)
			after["policy"] = strings.Replace(after["policy"].(string), "NumericGreaterThan", "NumericGreaterThanIfExists", 1)
		}, noCeiling},
		{
			"a ceiling that isn't known",
			"first-deploy",
			ceiling("after_unknown.policy", true),
			"isn't known, because the policy isn't.",
		},
		{"a policy in the bucket itself", "first-deploy", func(p planJSON) {
			policy := stackJSON(p.changeOf(thePolicyAt)).get("after.policy").(string)
			all(unlisted(thePolicyAt), written(theBucketAt, "policy", map[string]any{}))(p)
			stackJSON(p.changeOf(theBucketAt)).set("after.policy", strings.Replace(policy, "3650", "365", 1))
		}, "A writer may lock a version for up to 365 days."},
		{"no policy", "first-deploy", unlisted(thePolicyAt), noCeiling},
		{"a policy that only the bucket shows", "no-change", func(p planJSON) {
			all(unlisted(thePolicyAt), both(lockAddress, "rule", retained(90), retained(91)))(p)
		}, "A writer may lock a version for up to 3650 days."},
		{"a policy that not even the bucket shows", "no-change", func(p planJSON) {
			all(unlisted(thePolicyAt), both(lockAddress, "rule", retained(90), retained(91)),
				both(theBucketAt, "policy", nil, nil))(p)
		}, "isn't known, because the policy isn't."},
		{"no policy of a bucket that exists", "no-change", func(p planJSON) {
			all(unlisted(thePolicyAt), both(lockAddress, "rule", retained(90), retained(91)),
				both(theBucketAt, "policy", "", ""))(p)
		}, noCeiling},
		{"a policy of which the bucket isn't known", "first-deploy-with-prefix", written(thePolicyAt, "bucket",
			from("data.aws_s3_bucket.other.id", "data.aws_s3_bucket.other")), "isn't known, because the policy isn't."},
		{"a policy of another bucket", "no-change", func(p planJSON) {
			all(secondBucket, both("aws_s3_bucket.second", "object_lock_enabled", true, true),
				copied(thePolicyAt, "aws_s3_bucket_policy.second"),
				written("aws_s3_bucket_policy.second", "bucket", constant("acme-second")),
				both("aws_s3_bucket_policy.second", "bucket", "acme-second", "acme-second"),
				both("aws_s3_bucket_policy.second", "policy", keyPolicy, keyPolicy),
				both(lockAddress, "rule", retained(90), retained(91)))(p)
		}, "A writer may lock a version for up to 3650 days."},
		{
			"a policy that can't be read",
			"first-deploy",
			ceiling("after.policy", "{}{}"),
			"isn't known, because the policy isn't.",
		},
		{"a lock that somebody shortened by hand", "drift-mended", nil, "for 365 days instead of 90 days"},
		{
			"a lock of a bucket elsewhere",
			"lock-elsewhere",
			nil,
			"acme-elsewhere: new versions are locked in GOVERNANCE mode for 1 day",
		},
		{"a bucket with a prefix", "first-deploy-with-prefix", nil, "acme-…: new versions are locked"},
		{
			"an object kept longer",
			"object-kept-longer",
			nil,
			"acme-training-data: the object manifest.json is locked in COMPLIANCE mode. Nobody can delete this version " +
				"before 2031-01-01.",
		},
		{"an object kept shorter", "object-kept-shorter", nil, ""},
		{
			"an object that becomes compliant",
			"object-made-compliant",
			nil,
			"Nobody can delete this version before 2030-06-01.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range judge(t, c.plan, check.Options{Now: may2027}, c.change).Permanent {
				got = append(got, p.Says)
			}
			text := strings.Join(got, "\n")
			if c.want == "" && text != "" || !strings.Contains(text, c.want) {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

func TestPermanentFields(t *testing.T) {
	p := judge(t, "retention-longer", check.Options{
		Now:      may2027,
		Settings: expecting(100, settings.Check{PricePerTBMonth: 20}),
	}, nil).Permanent[0]
	if p.Address != lockAddress || p.Bucket != "acme-training-data" || p.Change != "lengthens" ||
		p.Mode != "COMPLIANCE" || p.Days != 120 || p.Before != 90 || p.Until != "2027-08-29" || p.CeilingDays != 3650 {
		t.Errorf("got %+v", p)
	}
	// 100 TB at 20 dollars for 120 of 365 days.
	if c := p.Cost; c == nil || c.TB != 100 || c.Dollars < 7890 || c.Dollars > 7891 || c.DefaultPrice {
		t.Errorf("cost %+v", c)
	}
	if want := " 100 TB cost at least 7890 US dollars until then, if a TB costs 20 a month."; !strings.HasSuffix(p.Says,
		want) {
		t.Errorf("got %q, want %q at its end", p.Says, want)
	}
}

func TestCost(t *testing.T) {
	other := expecting(100, settings.Check{})
	b := other.Buckets["training-data"]
	b.Name = "acme-other"
	other.Buckets = map[string]settings.Bucket{"training-data": b}
	prefixed := expecting(100, settings.Check{})
	b.Name, b.NamePrefix = "", "acme-"
	prefixed.Buckets = map[string]settings.Bucket{"training-data": b}
	for _, c := range []struct {
		name, plan string
		declared   settings.Settings
		want       bool
	}{
		{"expected", "first-deploy", expecting(100, settings.Check{}), true},
		{"not expected", "first-deploy", expecting(0, settings.Check{}), false},
		{"no settings", "first-deploy", settings.Settings{}, false},
		{"another bucket", "first-deploy", other, false},
		{"a prefix", "first-deploy", prefixed, true},
		{"the same prefix", "first-deploy-with-prefix", prefixed, true},
	} {
		p := judge(t, c.plan, check.Options{Now: may2027, Settings: c.declared}, nil).Permanent[0]
		if (p.Cost != nil) != c.want || strings.Contains(p.Says, "the default of check.pricePerTBMonth") != c.want {
			t.Errorf("%s: %+v, %q, want a cost: %v", c.name, p.Cost, p.Says, c.want)
		}
	}
}

// TestPermanentComesFirst holds every format for people to telling it before
// the findings.
func TestPermanentComesFirst(t *testing.T) {
	gate := check.NewGate(check.Rules(), check.Options{Now: may2027})
	f, err := os.Open(planFile("lock-elsewhere"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gate.Judge("plan.json", f)
	for _, format := range []check.Format{check.Text, check.JSON, check.GitHub, check.Markdown} {
		var b bytes.Buffer
		if err := gate.Report().Write(&b, format, ""); err != nil {
			t.Fatal(err)
		}
		permanent, finding := strings.Index(b.String(), "before 2027-05-02"), strings.Index(b.String(), "retention-shortened")
		if permanent < 0 || finding < permanent {
			t.Errorf("%s: permanent at %d, the finding at %d of\n%s", format, permanent, finding, b.String())
		}
	}
}

// TestBesideTheBucket: the data that is expected in a bucket is stored once, and a
// stack has one past, whatever other buckets it has beside it.
func TestBesideTheBucket(t *testing.T) {
	b := settings.DefaultBucket()
	b.NamePrefix, b.ExpectedTB = "acme-", 100
	o := check.Options{
		Settings: settings.Settings{Region: "us-east-1", Buckets: map[string]settings.Bucket{"training-data": b}},
		Past:     map[string]check.Past{"training-data": {Signs: []string{"it was initialized"}}}, Now: may2027,
	}
	for _, only := range [][]string{nil, {"*.replica_*"}} {
		o.Only = only
		f := judge(t, "topology-first", o, nil)
		var costs []string
		for _, p := range f.Permanent {
			if p.Cost != nil {
				costs = append(costs, p.Bucket)
			}
		}
		want := map[bool]string{true: "acme-whole", false: ""}[only == nil]
		if got := strings.Join(costs, " "); got != want {
			t.Errorf("only %v: the data costs in %q, want %q", only, got, want)
		}
		if warned := strings.Join(f.Warnings, ""); strings.Count(warned, "it was initialized") != len(want)/10 {
			t.Errorf("only %v: warnings %q", only, f.Warnings)
		}
	}
}

// TestObjectByDefault: a new object in a locked bucket gets the default retention,
// and one elsewhere none.
func TestObjectByDefault(t *testing.T) {
	object := func(bucket string) func(planJSON) {
		return all(secondBucket, more("aws_s3_object", "o", "create", nil, map[string]any{"bucket": bucket, "key": "x"}))
	}
	const says = "acme-training-data: the object x gets the default retention: it is locked in COMPLIANCE mode for 90 days. " +
		"Nobody can delete a version written on 2027-05-01 before 2027-07-30."
	o := check.Options{Now: may2027}
	if f := judge(t, "no-change", o, object("acme-training-data")); len(f.Permanent) != 1 || f.Permanent[0].Says != says ||
		len(f.Findings) > 0 {
		t.Errorf("permanent %+v, found %v", f.Permanent, f.Findings)
	}
	if f := judge(t, "no-change", o, object("acme-second")); len(f.Permanent) > 0 || len(f.Findings) > 0 {
		t.Errorf("in another bucket: permanent %+v, found %v", f.Permanent, f.Findings)
	}
}
