package check_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"datalock/internal/check"

	tfjson "github.com/hashicorp/terraform-json"
)

// largePlan multiplies a real plan until it has 10,000 resources, all of which
// are guards: the worst that the gate can be given.
func largePlan(b *testing.B) []byte {
	b.Helper()
	text, err := os.ReadFile(planFile("no-change"))
	if err != nil {
		b.Fatal(err)
	}
	var plan stackJSON
	if err := json.Unmarshal(text, &plan); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{
		"resource_changes", "planned_values.root_module.resources",
		"prior_state.values.root_module.resources", "configuration.root_module.resources",
	} {
		one, err := json.Marshal(plan.get(path))
		if err != nil {
			b.Fatal(err)
		}
		var many []any
		for i := 0; len(many) < 10_000; i++ {
			var copied []any
			renamed := strings.NewReplacer("acme-training-data", fmt.Sprintf("acme-%d", i), `"address":"aws_s3_`,
				fmt.Sprintf(`"address":"module.m%d.aws_s3_`, i)).Replace(string(one))
			if err := json.Unmarshal([]byte(renamed), &copied); err != nil {
				b.Fatal(err)
			}
			many = append(many, copied...)
		}
		plan.set(path, many[:10_000])
	}
	if text, err = json.Marshal(plan); err != nil {
		b.Fatal(err)
	}
	return text
}

// BenchmarkPlan judges a plan of 10,000 resources, and for comparison only
// decodes it with terraform-json:
//
//	go test ./internal/check -run '^$' -bench Plan
func BenchmarkPlan(b *testing.B) {
	text := largePlan(b)
	var ours time.Duration
	b.Run("judge", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			s, err := check.Decode(text)
			if err != nil {
				b.Fatal(err)
			}
			if found := s.Judge(check.Rules()); s.Guards() != 10_000 || len(found) != 0 {
				b.Fatalf("%d guards, %v", s.Guards(), found)
			}
		}
		ours = b.Elapsed() / time.Duration(b.N)
	})
	b.Run("decode-with-terraform-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var plan tfjson.Plan
			if err := json.Unmarshal(text, &plan); err != nil {
				b.Fatal(err)
			}
		}
		if ours > 0 {
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(ours), "times-as-long")
		}
	})
}
