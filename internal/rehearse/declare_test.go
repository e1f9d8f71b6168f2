package rehearse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/audit"
	"datalock/internal/prove"
	"datalock/internal/report"
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
		}, false, []string{"state"},
			func(s settings.Settings, _ settings.Bucket) bool { return s.Backend == settings.Backend{} }},
		{"a key that the stack creates", func(_ *settings.Settings, b *settings.Bucket) {
			b.Encryption = settings.Encryption{Algorithm: settings.KMS}
		}, false, []string{"AES256"},
			func(_ settings.Settings, b settings.Bucket) bool { return b.Encryption.Algorithm == settings.AES256 }},
		{"a key that is named", func(_ *settings.Settings, b *settings.Bucket) {
			b.Encryption = settings.Encryption{Algorithm: settings.KMS, KeyARN: "arn"}
		}, false, nil, func(_ settings.Settings, b settings.Bucket) bool { return b.Encryption.KeyARN == "arn" }},
		{"a name", func(_ *settings.Settings, b *settings.Bucket) { b.Name = "whole" }, false, nil,
			func(_ settings.Settings, b settings.Bucket) bool { return b.Name == "whole" }},
		{"a name on a server of others",
			func(_ *settings.Settings, b *settings.Bucket) { b.Name = strings.Repeat("long.", 12) }, true, []string{"prefix"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.Name == "" && len(b.NamePrefix) <= 37 && b.NamePrefix == "long.long.long.long.long.long.long.l-"
			}},
		{"a topology", func(_ *settings.Settings, b *settings.Bucket) {
			b.Evidence, b.AccessLogs, b.Inventory, b.Batch = &settings.Evidence{ExpirationDays: 1}, true, &settings.Inventory{Frequency: settings.Daily}, true
			b.Replica, b.DataEvents = replicaOf(*b), &settings.DataEvents{}
		}, true, []string{"batch is left out", "replica is left out", "dataEvents is left out"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.Evidence != nil && b.AccessLogs && b.Inventory != nil && b.Account != "" && !b.Batch &&
					b.Replica == nil && b.DataEvents == nil
			}},
		{"a key for the replica that the stack creates", func(_ *settings.Settings, b *settings.Bucket) {
			b.Encryption, b.Replica = settings.Encryption{
				Algorithm: settings.KMS,
				KeyARN:    "arn:aws:kms:eu-central-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef",
			}, replicaOf(*b)
		}, false, []string{"replica is left out: the stack creates its key"},
			func(_ settings.Settings, b settings.Bucket) bool {
				return b.Replica == nil && b.Encryption.KeyARN != ""
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

func replicaOf(b settings.Bucket) *settings.Replica {
	return &settings.Replica{Region: "eu-west-1", Retention: b.Retention}
}

// TestDeclareParts: on the rehearsal's own server the stack keeps the buckets of
// its replica and of its trail, without what needs other services.
func TestDeclareParts(t *testing.T) {
	before := one(func(_ *settings.Settings, b *settings.Bucket) {
		b.Encryption = settings.Encryption{Algorithm: settings.KMS}
		b.Batch, b.Evidence, b.Replica, b.DataEvents = true, &settings.Evidence{ExpirationDays: 1}, replicaOf(*b), &settings.DataEvents{}
		b.Guardians = []string{"arn:aws:iam::012345678901:role/deployer"}
		b.Replica.KeyARN = "arn:aws:kms:eu-west-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
	})
	s, changes := Declare(before, "data", "https://127.0.0.1:9000", Situation{})
	b := s.Buckets["data"]
	if b.Replica == nil || b.DataEvents == nil || b.Batch || b.Encryption.Algorithm != settings.AES256 ||
		b.Replica.KeyARN != "" {
		t.Errorf("declared %+v", b)
	}
	if mistakes := s.Validate(); len(mistakes) > 0 || s.Endpoint != "" {
		t.Errorf("what is declared breaks the rules: %v, endpoint %q", mistakes, s.Endpoint)
	}
	if before.Buckets["data"].Replica.KeyARN == "" {
		t.Error("the settings themselves were changed")
	}
	said := strings.Join(changes, "\n")
	for _, words := range []string{
		"batch is left out",
		"the replica's keyArn is left out",
		"its role is left out",
		"the trail, the rules of its alarms and their topic are left out",
		"in place of a guardian",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("nothing is said of %q: %q", words, changes)
		}
	}
	if strings.Contains(said, "doesn't wait for the lifecycle") {
		t.Errorf("the policy waits as it is declared: %q", changes)
	}
	if s, changes := Declare(before, "data", "https://127.0.0.1:9000", Situation{Quick: true}); len(s.Validate()) > 0 ||
		!slices.Contains(changes, quickChange) {
		t.Errorf("a quick one: %v; changes %q", s.Validate(), changes)
	}
	for _, in := range []Situation{{Shared: true}, {DataOnly: true}} {
		s, changes := Declare(before, "data", "https://127.0.0.1:9000", in)
		said, own := strings.Join(changes, "\n"), "replica is left out: client uses only the bucket with the data"
		if strings.Contains(said, own) != in.DataOnly || strings.Contains(said, "one Region") == in.DataOnly ||
			strings.Contains(said, "CloudTrail") == in.DataOnly || strings.Contains(said, "keyArn") {
			t.Errorf("in %+v: %q", in, changes)
		}
		if hasParts(s.Buckets["data"]) || s.Endpoint == "" {
			t.Errorf("in %+v: %+v", in, s.Buckets["data"])
		}
	}
}

// TestParts: each bucket of the stack has its trials, told what its policy has.
func TestParts(t *testing.T) {
	synthesiser := NewSynthesiser(os.Stderr, nil)
	defer synthesiser.Close()
	text := apptest.ExampleSettings(t)["everything-on"]
	declared, err := settings.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	const stack = "training-data"
	s, _ := Declare(declared, stack, "https://127.0.0.1:9000", Situation{})
	dir := filepath.Join(t.TempDir(), "cdktf.out")
	if err := synthesiser.Synth(t.Context(), s, dir); err != nil {
		t.Fatal(err)
	}
	first := prove.Config{Bucket: "acme-training-data", Run: "run", Guards: GuardsOf(s.BucketOf(stack))}
	parts := (&rehearsal{}).partsOf(first, s.BucketOf(stack), &report.Subject{Stack: stack})
	if len(parts) != 4 {
		t.Fatalf("%d buckets", len(parts))
	}
	runs := map[string]bool{}
	for _, p := range parts {
		prefix := string(p.subject.Kind)
		if prefix != "" {
			prefix += "_"
		}
		got, want := p.config.Guards, guardsIn(policyOf(t, jsonOf(dir, stack), prefix+"policy"))
		table := prove.Table()
		if p.config.Unlocked != "" {
			table = prove.TableWithoutLock()
			// Nothing can be held there.
			want.Statements = slices.DeleteFunc(want.Statements,
				func(s prove.Statement) bool { return slices.Contains(s.Guards, prove.SealHolds) })
		}
		want.Statements = slices.DeleteFunc(want.Statements,
			func(s prove.Statement) bool { return strings.HasPrefix(s.Sid, "Allow") })
		everyStatementHasATrial(t, table, want)
		slices.Sort(got.Declared)
		slices.Sort(want.Declared)
		if !slices.Equal(got.Declared, want.Declared) || got.CeilingDays != want.CeilingDays ||
			got.MinimumTLS != want.MinimumTLS || got.Algorithm != want.Algorithm {
			t.Errorf("%s: the trials are told %+v, the policy has %+v", p.config.Bucket, got, want)
		}
		locked := p.config.Expected.TotalDays() > 0
		if locked == (p.config.Unlocked != "") && p.subject.Kind != audit.Data || runs[p.config.Run] {
			t.Errorf("%s: %+v", p.config.Bucket, p.config)
		}
		runs[p.config.Run] = true
	}
}

// TestPlanFor: on another server, what is left in the evidence bucket is planned
// too, as it is attacked; the replica and the trail aren't deployed there.
func TestPlanFor(t *testing.T) {
	declared, err := settings.Decode(apptest.ExampleSettings(t)["everything-on"])
	if err != nil {
		t.Fatal(err)
	}
	const stack, endpoint = "training-data", "https://s3.example.org"
	now := time.Now()
	plans := PlanFor(declared, stack, endpoint, now)
	if len(plans) != 2 || plans[0].Kind != audit.Data || plans[1].Kind != audit.Evidence {
		t.Fatalf("planned %+v", plans)
	}
	data, evidence := plans[0], plans[1]
	if data.Until.Before(now) || !evidence.Until.IsZero() || evidence.Ceiling != 0 || evidence.Objects < 20 {
		t.Errorf("planned %+v", plans)
	}
	if len(evidence.Buckets) != 3 || evidence.Prefix == data.Prefix || slices.Contains(data.Buckets, evidence.Buckets[0]) {
		t.Errorf("planned %+v", plans)
	}
	adapted, _ := Declare(declared, stack, endpoint, Situation{Shared: true})
	first := prove.Config{Scratch: true, Run: "r", Guards: GuardsOf(adapted.BucketOf(stack))}
	parts := (&rehearsal{}).partsOf(first, adapted.BucketOf(stack), &report.Subject{Stack: stack})
	if len(parts) != len(plans) || prove.PlanOf(parts[1].config, now).Objects != evidence.Objects {
		t.Errorf("%d buckets are attacked, %d planned", len(parts), len(plans))
	}
}

// TestCounter: the trials of all buckets are counted together.
func TestCounter(t *testing.T) {
	c := newCounter()
	c.add("a", 1, 10)
	c.add("b", 2, 20)
	if done, total := c.add("a", 3, 10); done != 5 || total != 30 {
		t.Errorf("%d of %d", done, total)
	}
}

// TestDeclarePlainHTTP: the policy matches the connection to the server, and
// the report says if that differs from the declaration.
func TestDeclarePlainHTTP(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:9000":  "allows plain HTTP",
		"https://127.0.0.1:9000": "denies plain HTTP",
	} {
		for _, allowed := range []bool{true, false} {
			before := one(func(s *settings.Settings, _ *settings.Bucket) {
				s.Account, s.AllowPlainHTTP = "", allowed
				if allowed {
					s.Endpoint = "http://127.0.0.1:1"
				}
			})
			s, changes := Declare(before, "data", endpoint, Situation{Shared: true, Quick: true})
			plain := strings.HasPrefix(endpoint, "http:")
			if said := strings.Contains(strings.Join(changes, "\n"), want); s.AllowPlainHTTP != plain ||
				said == (plain == allowed) || len(s.Validate()) > 0 {
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
			got, want := GuardsOf(s.BucketOf(stack)), guardsIn(policyOf(t, jsonOf(dir, stack), "policy"))
			// The owner's own statements come last.
			want.Statements = want.Statements[:len(want.Statements)-len(s.Buckets[stack].PolicyStatements)]
			everyStatementHasATrial(t, prove.Table(), want)
			slices.Sort(got.Declared)
			slices.Sort(want.Declared)
			if s.Buckets[stack].Retention.TotalDays() == 1 {
				got.Declared = slices.DeleteFunc(got.Declared, func(g prove.Guard) bool { return g == prove.RetentionFloor })
				want.Declared = slices.DeleteFunc(want.Declared, func(g prove.Guard) bool { return g == prove.RetentionFloor })
			}
			if !slices.Equal(got.Declared, want.Declared) || got.CeilingDays != want.CeilingDays ||
				got.MinimumTLS != want.MinimumTLS ||
				got.Algorithm != want.Algorithm {
				t.Errorf("%s, stack %s: the trials are told %+v, the policy has %+v", name, stack, got, want)
			}
		}
	}
}

// everyStatementHasATrial checks that each statement of a guard is attacked. The
// report names those of the owner as untested.
func everyStatementHasATrial(t *testing.T, table []prove.Trial, g prove.Guards) {
	t.Helper()
	for _, s := range g.Statements {
		attacked := slices.ContainsFunc(table, func(trial prove.Trial) bool { return slices.Contains(s.Guards, trial.Guard) })
		if !attacked {
			t.Errorf("no trial attacks the statement %s (recognised as %v)", s.Sid, s.Guards)
		}
	}
}

func policyOf(t *testing.T, path, name string) string {
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
	policy := document.Resource.Policy[name].Policy
	if policy == "" {
		t.Fatalf("%s has no bucket policy", path)
	}
	return policy
}

// guardsIn reads the guards of a policy for the bucket that its first statement
// names.
func guardsIn(text string) prove.Guards {
	_, rest, _ := strings.Cut(text, ":s3:::")
	name, _, _ := strings.Cut(rest, `"`)
	return prove.ReadGuards(text, strings.TrimSuffix(name, "/*"))
}
