package settings_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"datalock/settings"
)

func TestDefaults(t *testing.T) {
	got, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"ai-dataset": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	b := got.Buckets["ai-dataset"]
	if want := settings.DefaultBucket(); !reflect.DeepEqual(b, want) {
		t.Errorf("an empty bucket is %+v, want the default %+v", b, want)
	}
	if b.Retention.Mode != settings.Compliance || b.Retention.TotalDays() != 90 || !b.PreventDestroy {
		t.Errorf("the default bucket is %+v, want COMPLIANCE, 90 days, protected", b)
	}
	if name, prefix := b.NameOrPrefix("ai-dataset"); name != "" || prefix != "ai-dataset-" {
		t.Errorf("the default name is %q, prefix %q, want the prefix ai-dataset-", name, prefix)
	}
	if region := got.RegionOf("ai-dataset"); region != "us-east-1" {
		t.Errorf("the bucket's Region is %q, want that of the file", region)
	}
	if got.Backend != (settings.Backend{}) {
		t.Errorf("the default backend is %+v, want none set", got.Backend)
	}
}

func TestEverySetting(t *testing.T) {
	got, err := settings.Decode([]byte(`{
		"region": "us-east-1",
		"account": "012345678901",
		"tags": {"team": "ml", "empty": ""},
		"backend": {"s3": {"bucket": "my-state", "key": "x/{stack}", "region": "eu-west-1", "endpoint": "http://localhost:9000", "useLockfile": false, "encrypt": false}},
		"buckets": {
			"b": {"name": "my-bucket", "region": "eu-central-1", "tags": {"a": "b"}, "retention": {"mode": "GOVERNANCE", "years": 1}, "preventDestroy": false},
			"a": {"namePrefix": "raw-", "retention": {"days": 3651, "confirmRetentionDays": 3651}}
		}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	a, b := settings.DefaultBucket(), settings.DefaultBucket()
	a.NamePrefix = "raw-"
	a.Retention.Days, a.Retention.ConfirmRetentionDays = 3651, 3651
	b.Name, b.Region, b.Tags, b.PreventDestroy = "my-bucket", "eu-central-1", map[string]string{"a": "b"}, false
	b.Retention.Mode, b.Retention.Days, b.Retention.Years = settings.Governance, 0, 1
	want := settings.Settings{
		Region: "us-east-1", Account: "012345678901", Tags: map[string]string{"team": "ml", "empty": ""},
		Backend: settings.Backend{
			S3: &settings.S3Backend{
				Bucket:   "my-state",
				Key:      "x/{stack}",
				Region:   "eu-west-1",
				Endpoint: "http://localhost:9000",
			},
		},
		Buckets: map[string]settings.Bucket{"a": a, "b": b},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := got.Stacks(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("the stacks are %v, want them in order", got)
	}
	if region := got.RegionOf("b"); region != "eu-central-1" {
		t.Errorf("the bucket's Region is %q, want its own", region)
	}
}

func TestBackends(t *testing.T) {
	for _, c := range []struct {
		json string
		want settings.Backend
	}{
		{`{"local": {}}`, settings.Backend{Local: &settings.LocalBackend{}}},
		{
			`{"s3": {"bucket": "my-state"}}`,
			settings.Backend{
				S3: &settings.S3Backend{Bucket: "my-state", Key: settings.DefaultS3Key, UseLockfile: true, Encrypt: true},
			},
		},
		{
			`{"cloud": {"organization": "acme"}}`,
			settings.Backend{
				Cloud: &settings.CloudBackend{Organization: "acme", Workspaces: settings.Workspaces{Name: "{stack}"}},
			},
		},
		{`{"cloud": {"organization": "acme", "hostname": "tfe.acme.example:8443", "workspaces": {"tags": ` +
			`["app:datalock"], "project": "Data Lake"}}}`,
			settings.Backend{
				Cloud: &settings.CloudBackend{
					Organization: "acme",
					Hostname:     "tfe.acme.example:8443",
					Workspaces:   settings.Workspaces{Tags: []string{"app:datalock"}, Project: "Data Lake"},
				},
			}},
	} {
		got, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {"a": {}}, "backend": ` + c.json + `}`))
		if err != nil || !reflect.DeepEqual(got.Backend, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", c.json, got.Backend, err, c.want)
		}
	}
}

// TestNeighbours checks that the rules refuse no more than they must: each
// value here is close to one that TestMistakes expects to be refused.
func TestNeighbours(t *testing.T) {
	n := strings.Repeat
	for _, bucket := range []string{
		`"a": {"name": "abc"}`, `"a": {"name": "` + n("n", 63) + `"}`, `"a": {"name": "my.bucket-1"}`,
		`"a": {"name": "1.2.3.4.5"}`, `"a": {"name": "1234.1.1.1"}`,
		`"a": {"name": "xn-bucket"}`, `"a": {"name": "sthree"}`, `"a": {"name": "bucket-plan"}`, `"a": {"name": "s3alias"}`,
		`"a": {"namePrefix": "` + n("p", 37) + `"}`, `"a": {"namePrefix": "p"}`, `"` + n("s", 36) + `": {}`,
		`"My_Data": {"namePrefix": "my-data-"}`, `"a": {"region": "us-gov-west-1"}`, `"a": {"region": "us-isob-east-1"}`,
		`"a": {"region": "eusc-de-east-1"}`, `"a": {"region": "ap-southeast-7"}`, `"a": {"region": "mx-central-1"}`,
		`"a": {"retention": {"days": 1}}`, `"a": {"retention": {"days": 3650}}`, `"a": {"retention": {"years": 10}}`,
		`"a": {"retention": {"days": 9e1}}`, `"a": {"retention": {"days": 90.0}}`,
		`"a": {"retention": {"days": 90, "confirmRetentionDays": 90}}`,
		`"a": {"retention": {"days": 36500, "confirmRetentionDays": 36500}}`,
		`"a": {"retention": {"years": 100, "confirmRetentionDays": 36500}}`,
		`"a": {"retention": {"mode": "GOVERNANCE", "days": 36500}}`,
		`"a": {"tags": {"` + n("k", 128) + `": "` + n("ü", 256) + `"}}`,
		`"a": {"tags": {"Größe (m": "x"}}`, `"con1": {}`, `"a1": {"name": "abc"}, "a2": {"name": "abd"}`,
	} {
		_, err := settings.Decode([]byte(`{"region": "us-east-1", "buckets": {` + bucket + `}}`))
		if strings.Contains(bucket, "(") != (err != nil) {
			t.Errorf("%s: %v", bucket, err)
		}
	}
	for _, endpoint := range []string{
		`"https://127.0.0.1:9000"`,
		`"https://s3.example.com"`,
		`"http://localhost:9000/", "allowPlainHTTP": true`,
		`"https://[::1]:9000", "allowPlainHTTP": false`,
	} {
		if _, err := settings.Decode([]byte(fmt.Sprintf(`{"region": "us-east-1", "endpoint": %s, "buckets": {"a": `+
			`{"lifecycle": {"enabled": false}}}}`, endpoint))); err != nil {
			t.Error(err)
		}
	}
}

func TestDecodeFile(t *testing.T) {
	const good = `{"region": "us-east-1", "buckets": {"a": {}}}`
	for _, c := range []struct{ name, json, want string }{
		{"whole file", `{"app": "go run .", "context": {"other": 1, "datalock": ` + good + `}}`, ""},
		{"byte order mark", "\ufeff" + `{"context": {"datalock": ` + good + `}}`, ""},
		{"no context", `{"app": "go run ."}`, settings.ErrNoSettings.Error()},
		{"no datalock", `{"context": {}}`, settings.ErrNoSettings.Error()},
		{
			"datalock twice",
			`{"context": {"datalock": ` + good + `, "datalock": ` + good + `}}`,
			"context.datalock: duplicate key; keep only one",
		},
		{"context twice", `{"context": {}, "context": {"datalock": ` + good + `}}`, "context: duplicate key; keep only one"},
		{
			"settings beside context",
			`{"buckets": {}, "datalock": {}}`,
			"buckets: is outside context, so it has no effect; move it to context.datalock\ndatalock: is outside context, so " +
				"it has no effect; move it to context.datalock",
		},
		{
			"a backend beside context",
			`{"backend": {}, "context": {"datalock": ` + good + `}}`,
			"backend: is outside context, so it has no effect; move it to context.datalock",
		},
		{
			"datalock in other case",
			`{"context": {"dataLock": ` + good + `}}`,
			`context.dataLock: unknown key; did you mean "datalock"?`,
		},
		{
			"datalock misspelled",
			`{"context": {"data-lock": ` + good + `, "excludeStackIdFromLogicalIds": "true"}}`,
			`context.data-lock: unknown key; did you mean "datalock"?`,
		},
		{
			"dataLock beside context",
			`{"dataLock": ` + good + `}`,
			"dataLock: is outside context, so it has no effect; move it to context.datalock",
		},
		{
			"line of a fault",
			"{\n\"context\":\n{,}}",
			"not JSON, line 3: invalid character ',' looking for beginning of object key string",
		},
		{"not UTF-8", "{\n\"\xff\": 1}", "not JSON, line 2: the text is not UTF-8"},
	} {
		_, err := settings.DecodeFile([]byte(c.json), "")
		if got := fmt.Sprint(err); err != nil && got != c.want || err == nil && c.want != "" {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := settings.DecodeContext([]byte(`{"datalock": `+good+`, "cdktfRelativeModules": []}`), ""); err != nil {
		t.Error(err)
	}
	var syntax *settings.SyntaxError
	if _, err := settings.DecodeContext([]byte(`{`), ""); !errors.As(err, &syntax) {
		t.Errorf("got %v, want a SyntaxError", err)
	}
}

func TestUntil(t *testing.T) {
	written := time.Date(2024, 2, 28, 23, 30, 0, 0, time.FixedZone("west", -2*3600))
	for _, c := range []struct {
		retention settings.Retention
		until     string
		text      string
	}{
		{settings.Retention{Days: 1}, "2024-03-01", "1 day"},
		{settings.Retention{Days: 90}, "2024-05-29", "90 days"},
		{settings.Retention{Years: 1}, "2025-02-28", "1 year"},
		{settings.Retention{Years: 2}, "2026-02-28", "2 years"},
	} {
		if got := c.retention.Until(written).Format(time.DateOnly); got != c.until || c.retention.String() != c.text {
			t.Errorf("%s lasts until %s, want %s until %s", c.retention, got, c.text, c.until)
		}
	}
}

// FuzzDecode checks that no input makes the decoder panic, and that every
// mistake is one line.
func FuzzDecode(f *testing.F) {
	for _, c := range mistakes {
		f.Add([]byte(c.json))
	}
	f.Add([]byte(`{"region": "us-east-1", "buckets": {"a": {}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := settings.Decode(text)
		var found settings.Mistakes
		if errors.As(err, &found) {
			for _, m := range found {
				if m.Path == "" || m.Allowed == "" || m.Fix == "" || strings.Contains(m.Error(), "\n") {
					t.Errorf("the mistake %+v is not one whole line", m)
				}
			}
		}
		if err == nil && (len(s.Buckets) == 0 || len(s.Validate()) > 0) {
			t.Errorf("settings that break a rule were let pass: %+v", s)
		}
	})
}
