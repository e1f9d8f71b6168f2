package settings_test

import (
	"strings"
	"testing"

	"datalock/settings"
)

func TestRenewPolicyOf(t *testing.T) {
	s, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {
		"a1": {"renew": {"keepDays": 365, "whenLeftDays": 120, "prefixes": {
			"imagenet": {"keepDays": 730, "whenLeftDays": 60}, "imagenet/old": {"keepDays": 90, "whenLeftDays": 14}}}},
		"a2": {"renew": {"prefixes": {"imagenet": {"keepDays": 365, "whenLeftDays": 120}}}},
		"a3": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stack, prefix string
		keep          int
	}{
		{"a1", "coco/1", 365},
		{"a1", "imagenet/2026", 730},
		{"a1", "imagenet", 730},
		{"a1", "imagenet2", 365},
		{"a1", "imagenet/old/1", 90},
		{"a2", "imagenet/1", 365},
		{"a2", "coco", 0},
		{"a3", "imagenet", 0},
	} {
		if p, ok := s.Buckets[c.stack].Renew.Of(c.prefix); p.KeepDays != c.keep || ok != (c.keep > 0) {
			t.Errorf("%s of %s has %+v, %v; want %d days", c.prefix, c.stack, p, ok, c.keep)
		}
	}
}

func TestRenewMistakes(t *testing.T) {
	for _, c := range []struct{ name, renew, want string }{
		{"nothing", `{"keepDays": 365}`, `renew.whenLeftDays: missing`},
		{"no length", `{"whenLeftDays": 30}`, `renew.keepDays: missing`},
		{"zero", `{"keepDays": 0, "whenLeftDays": 1}`, `renew.keepDays = 0: must be from 90`},
		{
			"less than the floor",
			`{"keepDays": 89, "whenLeftDays": 1}`,
			`renew.keepDays = 89: must be from 90, the default retention, to 3650`,
		},
		{"more than the ceiling", `{"keepDays": 3651, "whenLeftDays": 1}`, `renew.keepDays = 3651: must be from 90`},
		{
			"due at once",
			`{"keepDays": 100, "whenLeftDays": 100}`,
			`renew.whenLeftDays = 100: must be from 1 to less than keepDays`,
		},
		{"never due", `{"keepDays": 100, "whenLeftDays": 0}`, `renew.whenLeftDays = 0: must be from 1`},
		{
			"a slash",
			`{"prefixes": {"a/": {"keepDays": 100, "whenLeftDays": 10}}}`,
			`must be the prefix of datasets, without slashes`,
		},
		{"an empty policy", `{"prefixes": {"a": {}}}`, `renew.prefixes.a.keepDays: missing`},
		{"another key", `{"keepdays": 365, "whenLeftDays": 120}`, `did you mean "keepDays"?`},
	} {
		_, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a1": {"renew": ` + c.renew + `}}}`))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, err, c.want)
		}
	}
	_, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a1": {}}, "renew": {}}`))
	if err == nil || !strings.Contains(err.Error(), "renew: unknown key; it belongs in a bucket") {
		t.Errorf("outside a bucket: %v", err)
	}
}
