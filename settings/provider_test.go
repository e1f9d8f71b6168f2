package settings_test

import (
	"testing"

	"datalock/settings"
)

func TestAWSProviderVersion(t *testing.T) {
	const form = `: must be a version constraint of Terraform, with the operators = != > >= < <= ~> and a comma ` +
		`between two parts`
	const old = `: must not allow releases before 5.99, whose resources differ`
	const fix = `; write one such as "~> 5.99", "~> 6.0" or ">= 5.99, < 7.0"`
	for _, c := range []struct{ version, want string }{
		{
			`"~> 5.99"`,
			"",
		}, {`"~> 6.0"`, ""}, {`">= 5.99, < 7.0"`, ""}, {`"5.100.0"`, ""}, {`"= 6.2.1"`, ""}, {`"> 5.99.1,!= 6.0.0"`, ""},
		{`">=6"`, ""}, {`"~> 5.99.1"`, ""},
		{
			`"~> 5.98"`,
			old,
		}, {`">= 4.9, < 7"`, old}, {`"< 7.0"`, old}, {`"!= 6.0"`, old}, {`"5.98.9"`, old}, {`"<= 6.0"`, old}, {`"> 4"`, old},
		{
			`"~> 6"`,
			form,
		}, {`"6.x"`, form}, {`"latest"`, form}, {`"=> 6.0"`, form}, {`">= 6.0,"`, form}, {`">= 6.0 < 7.0"`, form},
		{`"06.1"`, form}, {`"6.0.0.1"`, form}, {`"v6.0"`, form}, {`"${x}"`, form},
	} {
		s, err := settings.Decode([]byte(`{"region": "us-east-1", "awsProviderVersion": ` + c.version +
			`, "buckets": {"a": {}}}`))
		if c.want == "" {
			if err != nil || `"`+s.ProviderVersion()+`"` != c.version {
				t.Errorf("%s: %v, %q", c.version, err, s.ProviderVersion())
			}
			continue
		}
		if want := "awsProviderVersion = " + c.version + c.want + fix; err == nil || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
	for version, refused := range map[string]bool{
		"6.22.0": true, "6.39.9": true, "~> 6.30.0": true, ">= 6.22, < 6.40": true, "> 6.22, <= 6.39.5": true,
		"6.21.9": false, "6.40.0": false, "~> 6.30": false, ">= 6.21, < 6.40": false, ">= 6.22, <= 6.40": false, ">= 6.22": false,
	} {
		_, err := settings.Decode(
			[]byte(`{"region": "us-east-1", "awsProviderVersion": "` + version + `", "buckets": {"a": {}}}`),
		)
		want := ""
		if refused {
			want = `awsProviderVersion = "` + version + `": allows only releases from 6.22 to 6.39, which plan a change of the ` +
				`encryption every time (https://github.com/hashicorp/terraform-provider-aws/issues/47320); write one that allows ` +
				`6.40 or later, such as "~> 6.40"`
		}
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
	if got := (settings.Settings{}).ProviderVersion(); got != "~> 5.99" {
		t.Errorf("the default is %s", got)
	}
}

func TestAllowsProvider6(t *testing.T) {
	for constraints, want := range map[string]bool{
		"~> 6.0": true, ">= 5.99": true, ">= 5.99, < 7.0": true, "> 5.99.1, != 6.0.0": true, "6.58.0": true,
		"<= 6.0, > 5.99": true, ">= 5.99, < 6.0.1": true, ">= 5.99, < 6.1": true, "~> 7.0": true,
		"~> 5.99": false, "5.100.0": false, ">= 5.99, < 6.0": false, ">= 5.99, < 6.0.0": false, ">= 5.99, < 6": false,
		">= 5.99, <= 5.100.0": false, "= 5.99.1": false, "": false, "latest": false,
	} {
		if got := settings.AllowsProvider6(constraints); got != want {
			t.Errorf("%q allows provider 6: %t, want %t", constraints, got, want)
		}
	}
}

// TestNoProviderVersion has constraints that no release meets, and close ones that
// one does.
func TestNoProviderVersion(t *testing.T) {
	for constraints, possible := range map[string]bool{
		">= 5.99, < 5.50": false, ">= 5.99, < 5.100": true,
		">= 5.99, < 5.99": false, ">= 5.99, <= 5.99": true, "> 5.99, <= 5.99": false, "> 5.99, <= 5.99.1": true,
		"> 5.99.0, < 5.99.1": false, "> 5.99.0, < 5.99.2": true, ">= 6.0, < 6": false,
		"= 5.99, != 5.99": false, "= 5.99, != 5.99.0": false, "= 5.99, != 5.99.1": true, "5.99.1, != 5.99": true,
		"= 6.0.0, = 6.0.1": false, "= 6.0.0, = 6.0": true, "= 6.0.0, >= 6.1": false,
		"~> 5.99, ~> 6.0": false, "~> 5.99, >= 5.200": true, "~> 5.99.1, >= 5.100": false, "~> 5.99.1, >= 5.99.7": true,
		"~> 6.0, < 6.0.1, != 6.0.0": false, "~> 6.0, < 6.0.2, != 6.0.0": true,
		"~> 6.2, >= 7.0": false, "~> 6.2, < 7.0": true, "~> 6.2, > 6.999999": true, "!= 6.0, >= 6.0": true,
	} {
		_, err := settings.Decode([]byte(`{"region": "us-east-1", "awsProviderVersion": "` + constraints +
			`", "buckets": {"a": {}}}`))
		want := ""
		if !possible {
			want = `awsProviderVersion = "` + constraints + `": no release can meet all parts` +
				`; write one such as "~> 5.99", "~> 6.0" or ">= 5.99, < 7.0"`
		}
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", constraints, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
