package settings_test

import (
	"reflect"
	"testing"

	"datalock/settings"
)

func TestCheck(t *testing.T) {
	s, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a1": {"expectedTB": 0.5}, "a2": {}}, ` +
		`"check": {"scope": ["module.data.*", "aws_s3_bucket.b[\"x y\"]"], "pricePerTBMonth": 12.5}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Check{Scope: []string{"module.data.*", `aws_s3_bucket.b["x y"]`}, PricePerTBMonth: 12.5}
	if !reflect.DeepEqual(s.Check, want) || s.Buckets["a1"].ExpectedTB != 0.5 || s.Buckets["a2"].ExpectedTB != 0 {
		t.Errorf("got %+v, %v, %v", s.Check, s.Buckets["a1"].ExpectedTB, s.Buckets["a2"].ExpectedTB)
	}
	if price, byDefault := s.Check.Price(); price != 12.5 || byDefault {
		t.Errorf("price %v, by default %v", price, byDefault)
	}
	if price, byDefault := (settings.Check{}).Price(); price != settings.DefaultPricePerTBMonth || !byDefault {
		t.Errorf("price %v, by default %v", price, byDefault)
	}
}

func TestCheckMistakes(t *testing.T) {
	const number = "; write a number such as 25, or remove the key"
	for _, c := range []struct{ name, bucket, check, want string }{
		{"no object", `{}`, `[]`, `check = […]: must be an object, but is a list; write an object, { … }`},
		{
			"no list",
			`{}`,
			`{"scope": "module.data.*"}`,
			`check.scope = "module.data.*": must be a list, but is a string; write ["…", "…"]`,
		},
		{"an empty list", `{}`, `{"scope": []}`, `check.scope = []: must not be empty; write a value, or remove the key`},
		{
			"an empty pattern",
			`{}`,
			`{"scope": [""]}`,
			`check.scope[0] = "": must be an address or a pattern of addresses; write one such as "module.datasets.*", ` +
				`without spaces around it`,
		},
		{
			"a space",
			`{}`,
			`{"scope": ["a.b "]}`,
			`check.scope[0] = "a.b ": must be an address or a pattern of addresses; write one such as "module.datasets.*", ` +
				`without spaces around it`,
		},
		{"twice", `{}`, `{"scope": ["a.b", "a.b"]}`, `check.scope[1] = "a.b": is the same as check.scope[0]; remove one`},
		{
			"no price",
			`{}`,
			`{"pricePerTBMonth": 0}`,
			`check.pricePerTBMonth = 0: must be a price in US dollars, above 0 and at most 100000` + number,
		},
		{
			"a price in quotes",
			`{}`,
			`{"pricePerTBMonth": "23"}`,
			`check.pricePerTBMonth = "23": must be a number, but is a string; write a number without quotes`,
		},
		{
			"a price that nobody asks",
			`{}`,
			`{"pricePerTBMonth": 100001}`,
			`check.pricePerTBMonth = 100001: must be a price in US dollars, above 0 and at most 100000` + number,
		},
		{
			"no volume",
			`{"expectedTB": 0}`,
			`{}`,
			`buckets.a1.expectedTB = 0: must be a volume in TB, above 0 and at most 1000000` + number,
		},
		{
			"less than none",
			`{"expectedTB": -1}`,
			`{}`,
			`buckets.a1.expectedTB = -1: must be a volume in TB, above 0 and at most 1000000` + number,
		},
		{"a key elsewhere", `{"scope": ["a.b"]}`, `{}`, `buckets.a1.scope: unknown key; it belongs in "check"`},
		{
			"the volume elsewhere",
			`{}`,
			`{"expectedTB": 1}`,
			`check.expectedTB: unknown key; it belongs in a bucket, inside "buckets"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a1": ` + c.bucket + `}, "check": ` +
				c.check + `}`))
			if err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}
