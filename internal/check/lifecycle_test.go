package check

import (
	"encoding/json"
	"testing"
)

// TestExpiries has a lifecycle before and after, and how many of its rules then
// take a version sooner, or another one, than before.
func TestExpiries(t *testing.T) {
	const (
		all  = `"filter":[{"prefix":"","and":[],"tag":[],"object_size_less_than":null}],"status":"Enabled"`
		raw  = `"filter":[{"prefix":"raw/"}],"status":"Enabled"`
		year = `{"id":"a",` + all + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`
		kept = `{"id":"a",` + all +
			`,"noncurrent_version_expiration":[{"noncurrent_days":365,"newer_noncurrent_versions":3}]}`
		on2030 = `{"id":"d",` + all + `,"expiration":[{"date":"2030-01-01T00:00:00Z"}]}`
	)
	for _, c := range []struct {
		name, before, after string
		want                int
	}{
		{"the same", year, year, 0},
		{"another id", year, `{"id":"b",` + all + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`, 0},
		{
			"the filter written in the old way",
			year,
			`{"id":"a","prefix":"","filter":[],"status":"Enabled","noncurrent_version_expiration":[{"noncurrent_days":365}]}`,
			0,
		},
		{"later", year, `{"id":"a",` + all + `,"noncurrent_version_expiration":[{"noncurrent_days":366}]}`, 0},
		{"sooner", year, `{"id":"a",` + all + `,"noncurrent_version_expiration":[{"noncurrent_days":364}]}`, 1},
		{"gone", year, ``, 0},
		{"new", ``, year, 1},
		{"switched on", `{"id":"a","status":"Disabled","noncurrent_version_expiration":[{"noncurrent_days":365}]}`, year, 1},
		{"switched off", year, `{"id":"a","status":"Disabled","noncurrent_version_expiration":[{"noncurrent_days":1}]}`, 0},
		{
			"a prefix written in the new way",
			`{"id":"a","prefix":"raw/","filter":[],"status":"Enabled","noncurrent_version_expiration":[{"noncurrent_days":365}]}`,
			`{"id":"a",` + raw + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`, 0,
		},
		{
			"another prefix written in the new way",
			`{"id":"a","prefix":"img/","filter":[],"status":"Enabled","noncurrent_version_expiration":[{"noncurrent_days":365}]}`,
			`{"id":"a",` + raw + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`, 1,
		},
		{
			"a tag written with and",
			`{"id":"a","filter":[{"tag":[{"key":"k","value":"v"}]}],"status":"Enabled","expiration":[{"days":9}]}`,
			`{"id":"a","filter":[{"and":[{"tags":{"k":"v"}}]}],"status":"Enabled","expiration":[{"days":9}]}`, 0,
		},
		{
			"another tag written with and",
			`{"id":"a","filter":[{"tag":[{"key":"k","value":"v"}]}],"status":"Enabled","expiration":[{"days":9}]}`,
			`{"id":"a","filter":[{"and":[{"tags":{"k":"w"}}]}],"status":"Enabled","expiration":[{"days":9}]}`, 1,
		},
		{"another prefix", year, `{"id":"a",` + raw + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`, 1},
		{"of everything", `{"id":"a",` + raw + `,"noncurrent_version_expiration":[{"noncurrent_days":365}]}`, year, 1},
		{
			"current versions too",
			year,
			`{"id":"a",` + all + `,"noncurrent_version_expiration":[{"noncurrent_days":365}],"expiration":[{"days":1000}]}`,
			1,
		},
		{"one more", year, year + `,{"id":"b",` + raw + `,"expiration":[{"days":1}]}`, 1},
		{"fewer are kept", kept, year, 1},
		{"more are kept", year, kept, 0},
		{"an earlier day", on2030, `{"id":"d",` + all + `,"expiration":[{"date":"2029-12-31T00:00:00Z"}]}`, 1},
		{"a later day", on2030, `{"id":"d",` + all + `,"expiration":[{"date":"2031-01-01T00:00:00Z"}]}`, 0},
		{"a day that can't be read", on2030, `{"id":"d",` + all + `,"expiration":[{"date":"soon"}]}`, 1},
		{
			"incomplete uploads alone",
			``,
			`{"id":"u",` + all + `,"abort_incomplete_multipart_upload":[{"days_after_initiation":1}]}`,
			0,
		},
		{"transitions alone", ``, `{"id":"t",` + all + `,"transition":[{"days":30,"storage_class":"GLACIER"}]}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Subject{Kind: Plan}
			s.add(&resource{address: "l", kind: lifecycleType, before: lifecycle(t, c.before), after: lifecycle(t, c.after)})
			found := 0
			findExpiresSooner(s, func(*resource, string) { found++ })
			if found != c.want {
				t.Errorf("%d rules are found, want %d", found, c.want)
			}
		})
	}
}

func lifecycle(t *testing.T, rules string) object {
	t.Helper()
	var values object
	if err := json.Unmarshal([]byte(`{"rule":[`+rules+`]}`), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// TestValues holds that what isn't there or of another type is as good as
// absent, and that nothing panics.
func TestValues(t *testing.T) {
	var tree any
	if err := json.Unmarshal([]byte(`{"a":[{"b":{"c":"x","n":3,"s":"4","t":"true"}}],"e":[],"z":null}`),
		&tree); err != nil {
		t.Fatal(err)
	}
	if text(tree, "a", "b", "c") != "x" || number(tree, "a", "b", "n") != 3 || number(tree, "a", "b", "s") != 4 ||
		!boolAt(tree, "a", "b", "t") {
		t.Error("what is there isn't found")
	}
	for _, path := range [][]string{{"a", "b", "c", "d"}, {"e", "b"}, {"z", "b"}, {"x"}, {"a", "b"}} {
		if text(tree, path...) != "" || number(tree, path...) != 0 || boolAt(tree, path...) {
			t.Errorf("%v has a value", path)
		}
	}
	if at(nil, "a") != nil || len(blocks(tree, "a")) != 1 || len(blocks(tree, "a", "b")) != 1 || blocks(tree, "z") != nil {
		t.Error("blocks are counted wrongly")
	}
	for _, c := range []struct {
		json string
		want bool
	}{
		{`true`, true}, {`false`, false}, {`null`, false}, {`"true"`, false},
		{`[{"a":[false,{"b":true}]}]`, true}, {`{"a":{}}`, false},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.json), &v); err != nil {
			t.Fatal(err)
		}
		if hasTrue(v) != c.want {
			t.Errorf("%s has true: %v, want %v", c.json, !c.want, c.want)
		}
	}
}
