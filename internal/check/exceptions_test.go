package check_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"datalock/internal/check"
	"datalock/settings"
)

// TestExceptions: an exception is about one rule at one address, and the report
// says which weren't needed.
func TestExceptions(t *testing.T) {
	const lockAt, bucketAt = `module.dataset["raw.eu"].` + lockAddress, `module.dataset["raw.eu"].aws_s3_bucket.bucket`
	for _, c := range []struct {
		rule, address, until string
		excepted             int
		note                 string
	}{
		{"destroyed", lockAt, "2030-01-01", 1, ""},
		{"lock-missing", bucketAt, "2030-01-01", 1, ""},
		{"destroyed", bucketAt, "2030-01-01", 0, "was not needed; remove it"},
		{"lock-missing", lockAt, "2030-01-01", 0, "was not needed; remove it"},
		{"destroyed", lockAt, "2027-01-01", 0, "expired on 2027-01-01; remove it"},
	} {
		declared := settings.Settings{Exceptions: []settings.Exception{
			{Rule: c.rule, Address: c.address, Reason: "moves", Until: c.until},
		}}
		text, err := os.ReadFile(planFile("in-modules"))
		if err != nil {
			t.Fatal(err)
		}
		gate := check.NewGate(check.Rules(), check.Options{Settings: declared, Now: may2027})
		gate.Judge("plan.json", bytes.NewReader(text))
		report := gate.Report()
		if f := report.Files[0]; len(f.Excepted) != c.excepted || len(f.Findings) != 4-c.excepted {
			t.Errorf("%s at %s: found %v, excepted %v", c.rule, c.address, f.Findings, f.Excepted)
		}
		var want []string
		if c.note != "" {
			want = []string{"the exception of " + c.address + " from " + c.rule + " " + c.note}
		}
		if report.Notes == nil || !slices.Equal(report.Notes, want) {
			t.Errorf("%s at %s: notes %q, want %q", c.rule, c.address, report.Notes, want)
		}
	}
}

// TestExceptionInModule: an exception of a module's resource is about another plan
// than those of the stacks.
func TestExceptionInModule(t *testing.T) {
	const at = `module.dataset["raw.eu"].` + lockAddress
	for stack, excepted := range map[string]int{"": 1, "scratch": 0} {
		declared := expecting(0, settings.Check{})
		declared.Buckets["scratch"] = settings.DefaultBucket()
		declared.Exceptions = []settings.Exception{
			{Rule: "destroyed", Address: at, Stack: stack, Reason: "x", Until: "2030-01-01"},
		}
		if f := judge(t, "in-modules", check.Options{Settings: declared, Now: may2027}, nil); len(f.Excepted) != excepted {
			t.Errorf("an exception of stack %q: excepted %v", stack, f.Excepted)
		}
	}
}

// TestExceptionsMatchWhole: an exception of the same rule elsewhere, or of
// another rule here, isn't taken as needed by a plan that makes everything new.
func TestExceptionsMatchWhole(t *testing.T) {
	for address, want := range map[string]int{"aws_s3_bucket.bucket": 0, thePolicyAt: 1} {
		declared := expecting(0, settings.Check{})
		declared.Exceptions = []settings.Exception{{Rule: "lock-missing", Address: address, Reason: "x", Until: "2030-01-01"}}
		f := judge(t, "first-deploy-no-retention", check.Options{Settings: declared, Now: may2027}, nil)
		if len(f.Warnings) != want {
			t.Errorf("an exception of %s: warnings %q", address, f.Warnings)
		}
	}
}

// TestExceptionOfAnotherStack: the stacks have the same addresses, and an exception
// for one of them excuses none of the others.
func TestExceptionOfAnotherStack(t *testing.T) {
	scratch := settings.DefaultBucket()
	scratch.Name = "acme-scratch"
	for stack, excepted := range map[string]int{"training-data": 1, "scratch": 0} {
		declared := expecting(0, settings.Check{})
		declared.Buckets["scratch"] = scratch
		declared.Exceptions = []settings.Exception{
			{Rule: "mode-weakened", Address: lockAddress, Stack: stack, Reason: "x", Until: "2030-01-01"},
		}
		f := judge(t, "governance", check.Options{Settings: declared, Now: may2027}, nil)
		if len(f.Excepted) != excepted || len(f.Findings) != 1-excepted {
			t.Errorf("an exception of %s: found %v, excepted %v", stack, f.Findings, f.Excepted)
		}
		// Nor is it a sign that another stack is deployed.
		f = judge(t, "first-deploy", check.Options{Settings: declared, Now: may2027}, nil)
		if len(f.Warnings) != excepted {
			t.Errorf("an exception of %s: warnings %q", stack, f.Warnings)
		}
	}
}

// TestExceptionOfTheOnlyStack: an exception of the only stack is about no plan whose
// buckets are all others.
func TestExceptionOfTheOnlyStack(t *testing.T) {
	for name, excepted := range map[string]int{"acme-training-data": 1, "acme-elsewhere": 0} {
		declared := expecting(0, settings.Check{})
		b := declared.Buckets["training-data"]
		b.Name = name
		declared.Buckets["training-data"] = b
		declared.Exceptions = []settings.Exception{
			{Rule: "mode-weakened", Address: lockAddress, Stack: "training-data", Reason: "x", Until: "2030-01-01"},
		}
		f := judge(t, "governance", check.Options{Settings: declared, Now: may2027}, nil)
		if len(f.Excepted) != excepted || len(f.Findings) != 1-excepted {
			t.Errorf("a stack of %s: found %v, excepted %v", name, f.Findings, f.Excepted)
		}
	}
}
