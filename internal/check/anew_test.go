package check_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
	"datalock/settings"
)

// TestWarnings has plans of a stack with a past, and what every format warns
// of.
func TestWarnings(t *testing.T) {
	signs := map[string]check.Past{"training-data": {Signs: []string{"the stack was initialized before"}}}
	excepted := func(rule, address string) settings.Settings {
		s := expecting(0, settings.Check{})
		s.Exceptions = []settings.Exception{{Rule: rule, Address: address, Reason: "x", Until: "2030-01-01"}}
		return s
	}
	one := expecting(0, settings.Check{})
	for _, c := range []struct {
		name, plan string
		o          check.Options
		want       string
	}{
		{"no sign", "first-deploy", check.Options{Settings: one}, ""},
		{
			"a sign",
			"first-deploy",
			check.Options{Settings: one, Past: signs},
			"but the stack was initialized before: if this stack is deployed, STOP.",
		},
		{
			"a sign of another stack",
			"first-deploy",
			check.Options{Settings: one, Past: map[string]check.Past{"b": signs["training-data"]}},
			"",
		},
		{
			"a state elsewhere, which is a finding",
			"first-deploy",
			check.Options{
				Settings: one,
				Past:     map[string]check.Past{"training-data": {State: "x.tfstate", Holds: "1 resource", Signs: []string{"y"}}},
			},
			"",
		},
		{"a sign, and a state", "no-change", check.Options{Settings: one, Past: signs}, ""},
		{"a sign, and a bucket that is gone", "bucket-gone", check.Options{Settings: one, Past: signs}, ""},
		{"a key alone", "key-without-policy", check.Options{Settings: excepted("key-disabled", "aws_kms_key.key")}, ""},
		{
			"an exception",
			"first-deploy",
			check.Options{Settings: excepted("mode-weakened", lockAddress)},
			"an exception of " + lockAddress + " from mode-weakened",
		},
		{
			"an exception of what isn't made",
			"first-deploy",
			check.Options{Settings: excepted("destroyed", "aws_kms_key.key")},
			"",
		},
		{
			"an exception that is needed",
			"first-deploy-no-retention",
			check.Options{Settings: excepted("lock-missing", "aws_s3_bucket.bucket")},
			"",
		},
		{"an exception, and a state", "no-change", check.Options{Settings: excepted("mode-weakened", lockAddress)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := os.Open(planFile(c.plan))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c.o.Now = may2027
			gate := check.NewGate(check.Rules(), c.o)
			gate.Judge("plan.json", f)
			for _, format := range check.Formats {
				var b bytes.Buffer
				if err := gate.Report().Write(&b, format, ""); err != nil {
					t.Fatal(err)
				}
				want, got := c.want, b.String()
				if format == check.Markdown { // which escapes underscores
					got = strings.ReplaceAll(got, `\_`, "_")
				}
				if want != "" && !strings.Contains(got, want) || want == "" && strings.Contains(got, "STOP") {
					t.Errorf("%s: want %q in\n%s", format, want, got)
				}
			}
		})
	}
}

// TestImportedFromNothing: a bucket that the plan imports isn't made new, though
// the state is empty.
func TestImportedFromNothing(t *testing.T) {
	past := map[string]check.Past{"training-data": {State: "x.tfstate", Holds: "8 resources"}}
	for _, imported := range []bool{false, true} {
		text, err := os.ReadFile(planFile("first-deploy"))
		if err != nil {
			t.Fatal(err)
		}
		var p planJSON
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		if change := p.changeOf("aws_s3_bucket.bucket"); imported {
			change["actions"], change["before"], change["after_unknown"] = []string{"no-op"}, change["after"], map[string]any{}
			change["importing"] = map[string]any{"id": "acme-training-data"}
		}
		if text, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		s, err := check.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Remember(expecting(0, settings.Check{}), past)
		found := slices.ContainsFunc(s.Judge(check.Rules()), func(f check.Finding) bool { return f.Rule == "planned-anew" })
		if found == imported {
			t.Errorf("imported %v: found %v", imported, found)
		}
	}
}
