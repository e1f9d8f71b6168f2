package rehearse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/prove"
	"datalock/internal/testkit/apptest"
	"datalock/settings"
)

func one(change func(*settings.Settings, *settings.Bucket)) settings.Settings {
	b := settings.DefaultBucket()
	s := settings.Settings{Region: "eu-central-1", Account: "012345678901"}
	change(&s, &b)
	s.Buckets = map[string]settings.Bucket{"data": b, "other": settings.DefaultBucket()}
	return s
}

func TestDeclare(t *testing.T) {
	const endpoint = "https://127.0.0.1:9000"
	for _, c := range []struct {
		name   string
		change func(*settings.Settings, *settings.Bucket)
		shared bool
		// says is what the changes must mention besides the endpoint and the
		// account; holds is what must be true of the bucket.
		says  []string
		holds func(settings.Settings, settings.Bucket) bool
	}{
		{"as it is", func(*settings.Settings, *settings.Bucket) {}, false, nil,
			func(s settings.Settings, b settings.Bucket) bool { return b.Retention.Days == 90 && b.PreventDestroy }},
		{"a backend", func(s *settings.Settings, _ *settings.Bucket) {
			s.Backend.Cloud = &settings.CloudBackend{Organization: "o"}
		}, false, []string{"state"}, func(s settings.Settings, _ settings.Bucket) bool { return s.Backend == settings.Backend{} }},
		{"a key that the stack creates", func(_ *settings.Settings, b *settings.Bucket) {
			b.Encryption = settings.Encryption{Algorithm: settings.KMS}
		}, false, []string{"AES256"},
			func(_ settings.Settings, b settings.Bucket) bool { return b.Encryption.Algorithm == settings.AES256 }},
		{"a key that is named", func(_ *settings.Settings, b *settings.Bucket) {
			b.Encryption = settings.Encryption{Algorithm: settings.KMS, KeyARN: "arn"}
		}, false, nil, func(_ settings.Settings, b settings.Bucket) bool { return b.Encryption.KeyARN == "arn" }},
		{"a name", func(_ *settings.Settings, b *settings.Bucket) { b.Name = "whole" }, false, nil,
			func(_ settings.Settings, b settings.Bucket) bool { return b.Name == "whole" }},
		{"a name on a server of others", func(_ *settings.Settings, b *settings.Bucket) { b.Name = strings.Repeat("long.", 12) }, true, []string{"prefix"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.Name == "" && len(b.NamePrefix) <= 37 && b.NamePrefix == "long.long.long.long.long.long.long.l-"
			}},
		{"a topology", func(_ *settings.Settings, b *settings.Bucket) {
			b.Evidence, b.AccessLogs, b.Inventory, b.Batch = &settings.Evidence{ExpirationDays: 1}, true, &settings.Inventory{Frequency: settings.Daily}, true
			b.Replica, b.DataEvents = &settings.Replica{Region: "eu-west-1"}, &settings.DataEvents{}
		}, false, []string{"batch is left out", "replica is left out", "dataEvents is left out"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.Evidence != nil && b.AccessLogs && b.Inventory != nil && b.Account != "" && !b.Batch && b.Replica == nil && b.DataEvents == nil
			}},
		{"names on a server of others", func(_ *settings.Settings, b *settings.Bucket) {
			b.Name, b.Evidence = strings.Repeat("long.", 12), &settings.Evidence{Name: "mine", ExpirationDays: 1}
		}, true, []string{"as a prefix", "the evidence bucket's name follows"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.NamePrefix == "long.long.long.long.long.lo-" && b.Evidence.Name == "" && b.Evidence.ExpirationDays == 1
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := one(c.change)
			s, changes := Declare(before, "data", endpoint, Situation{Shared: c.shared})
			if want := 3 + len(c.says); len(changes) != want {
				t.Errorf("%d changes, want %d: %q", len(changes), want, changes)
			}
			for _, word := range append(c.says, "account", "doesn't wait for the lifecycle") {
				if !strings.Contains(strings.Join(changes, "\n"), word) {
					t.Errorf("nothing is said of %q: %q", word, changes)
				}
			}
			if s.Endpoint != endpoint || s.Account != "" || len(s.Buckets) != 1 || !c.holds(s, s.Buckets["data"]) {
				t.Errorf("declared %+v", s)
			}
			if mistakes := s.Validate(); c.name != "a key that is named" && len(mistakes) > 0 {
				t.Errorf("what is declared breaks the rules: %v", mistakes)
			}
			if len(before.Buckets) != 2 || before.Account == "" {
				t.Errorf("the settings themselves were changed: %+v", before)
			}
		})
	}
}

func TestDeclareQuick(t *testing.T) {
	before := one(func(_ *settings.Settings, b *settings.Bucket) {
		b.Lifecycle.Transitions = []settings.Transition{{Days: 30, StorageClass: "GLACIER"}}
	})
	s, changes := Declare(before, "data", "https://127.0.0.1:9000", Situation{Quick: true})
	if b := s.Buckets["data"]; !b.Lifecycle.Disabled || len(s.Validate()) > 0 || !slices.Contains(changes, quickChange) {
		t.Errorf("declared %+v, %v; changes %q", b.Lifecycle, s.Validate(), changes)
	}
}

// TestDeclarePlainHTTP: the policy matches the connection to the server, and
// the report says if that differs from the declaration.
func TestDeclarePlainHTTP(t *testing.T) {
	for endpoint, want := range map[string]string{"http://127.0.0.1:9000": "allows plain HTTP", "https://127.0.0.1:9000": "denies plain HTTP"} {
		for _, allowed := range []bool{true, false} {
			before := one(func(s *settings.Settings, _ *settings.Bucket) {
				s.Account, s.AllowPlainHTTP = "", allowed
				if allowed {
					s.Endpoint = "http://127.0.0.1:1"
				}
			})
			s, changes := Declare(before, "data", endpoint, Situation{Shared: true, Quick: true})
			plain := strings.HasPrefix(endpoint, "http:")
			if said := strings.Contains(strings.Join(changes, "\n"), want); s.AllowPlainHTTP != plain || said == (plain == allowed) || len(s.Validate()) > 0 {
				t.Errorf("%s, allowed %v: got %v, %v; changes %q", endpoint, allowed, s.AllowPlainHTTP, s.Validate(), changes)
			}
		}
	}
}

// TestGuardsOfTheRealPolicy compares the guards given to the trials with the
// synthesized policy, for all of the project's examples.
func TestGuardsOfTheRealPolicy(t *testing.T) {
	synthesiser := NewSynthesiser(os.Stderr, nil)
	defer synthesiser.Close()
	for name, text := range apptest.ExampleSettings(t) {
		s, err := settings.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		dir := filepath.Join(t.TempDir(), "cdktf.out")
		if err := synthesiser.Synth(t.Context(), s, dir); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, stack := range s.Stacks() {
			got, want := GuardsOf(s.BucketOf(stack)), prove.ReadGuards(policyOf(t, jsonOf(dir, stack)))
			// The owner's own statements come last.
			want.Statements = want.Statements[:len(want.Statements)-len(s.Buckets[stack].PolicyStatements)]
			everyStatementHasATrial(t, want)
			slices.Sort(got.Declared)
			slices.Sort(want.Declared)
			if s.Buckets[stack].Retention.TotalDays() == 1 {
				got.Declared = slices.DeleteFunc(got.Declared, func(g prove.Guard) bool { return g == prove.RetentionFloor })
				want.Declared = slices.DeleteFunc(want.Declared, func(g prove.Guard) bool { return g == prove.RetentionFloor })
			}
			if !slices.Equal(got.Declared, want.Declared) || got.CeilingDays != want.CeilingDays || got.MinimumTLS != want.MinimumTLS ||
				got.Algorithm != want.Algorithm {
				t.Errorf("%s, stack %s: the trials are told %+v, the policy has %+v", name, stack, got, want)
			}
		}
	}
}

// everyStatementHasATrial checks that each statement of a guard is attacked. The
// report names those of the owner as untested.
func everyStatementHasATrial(t *testing.T, g prove.Guards) {
	t.Helper()
	for _, s := range g.Statements {
		attacked := slices.ContainsFunc(prove.Table(), func(trial prove.Trial) bool { return slices.Contains(s.Guards, trial.Guard) })
		if !attacked {
			t.Errorf("no trial attacks the statement %s (recognised as %v)", s.Sid, s.Guards)
		}
	}
}

func policyOf(t *testing.T, path string) string {
	t.Helper()
	var document struct {
		Resource struct {
			Policy map[string]struct{ Policy string } `json:"aws_s3_bucket_policy"`
		}
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	policy := document.Resource.Policy["policy"].Policy
	if policy == "" {
		t.Fatalf("%s has no bucket policy", path)
	}
	return policy
}
