package check_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// TestAdoption has what a reader sees of a plan that adopts a bucket.
func TestAdoption(t *testing.T) {
	all := []string{
		"aws_s3_bucket.bucket", theLifecycleAt, thePolicyAt, blockAddress, theEncryptionAt, versioningAddress,
	}
	for name, c := range map[string]struct {
		imported []string
		change   string
		says     string
	}{
		"adopt": {all, "imports", "acme-archive: new versions are locked in COMPLIANCE mode for 90 days."},
		"adopt-governed": {
			[]string{"aws_s3_bucket.bucket", lockAddress, versioningAddress},
			"imports",
			"acme-governed: new versions are locked in COMPLIANCE mode for 90 days.",
		},
		"first-deploy": {nil, "makes", ""},
	} {
		f := judge(t, name, check.Options{Now: may2027}, nil)
		b := f.Buckets[0]
		if !slices.Equal(b.Imported, c.imported) || b.Change != c.change || b.Lock != "COMPLIANCE for 90 days" {
			t.Errorf("%s: the bucket is %+v, want %s of %v", name, b, c.change, c.imported)
		}
		const old = " Versions that the bucket has already don't get this retention."
		if says := f.Permanent[0].Says; !strings.HasPrefix(says, c.says) ||
			strings.HasSuffix(says, old) != (c.imported != nil) {
			t.Errorf("%s: permanent is %q", name, says)
		}
	}
	changed := judge(t, "adopt", check.Options{Now: may2027}, func(p planJSON) {
		p.changeOf(theBucketAt)["actions"] = []any{"update"}
	})
	if got := changed.Buckets[0].Change; got != "imports and changes" {
		t.Errorf("an import with a change of tags %s", got)
	}
	if replaced := judge(t, "adopt-replaced", check.Options{Now: may2027}, nil).Buckets[0].Change; replaced != "replaces" {
		t.Errorf("an import that replaces the bucket %s it", replaced)
	}
}

// TestImportsInOrder holds the report to one order, whatever that of the plan.
func TestImportsInOrder(t *testing.T) {
	b := judge(t, "adopt", check.Options{Now: may2027}, func(p planJSON) {
		slices.Reverse(p["resource_changes"].([]any))
	}).Buckets[0]
	if len(b.Imported) != 6 || !slices.IsSorted(b.Imported) {
		t.Errorf("imported %v", b.Imported)
	}
}

// TestImportedLock: the versions of a bucket that is in the state already have
// its lock, though the lock's configuration is imported.
func TestImportedLock(t *testing.T) {
	f := judge(t, "retention-longer", check.Options{Now: may2027}, func(p planJSON) {
		p.changeOf(lockAddress)["importing"] = map[string]any{"id": "acme-training-data"}
	})
	if len(f.Permanent) != 1 || strings.Contains(f.Permanent[0].Says, "already") {
		t.Errorf("permanent is %+v", f.Permanent)
	}
}

// TestForgedImport: what a plan makes is no import, whatever it says.
func TestForgedImport(t *testing.T) {
	f := judge(t, "first-deploy-unlocked", check.Options{Now: may2027}, func(p planJSON) {
		p.changeOf(theBucketAt)["importing"] = map[string]any{"id": "acme-training-data"}
	})
	if len(f.Findings) != 1 || f.Findings[0].Rule != "lock-missing" || f.Buckets[0].Change != "makes" ||
		f.Buckets[0].Imported != nil {
		t.Errorf("found %+v, %+v", f.Findings, f.Buckets)
	}
}

// TestImportsAreTold: every format for people and programs lists what is
// imported, before what is permanent.
func TestImportsAreTold(t *testing.T) {
	gate := check.NewGate(check.Rules(), check.Options{Now: may2027})
	f, err := os.Open(planFile("adopt-governed"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gate.Judge("plan.json", f)
	addresses := "aws_s3_bucket.bucket, " + lockAddress + ", " + versioningAddress
	for format, want := range map[check.Format]string{
		check.Text: "  imported from the existing bucket acme-governed: " + addresses + "\n  permanent from now",
		check.GitHub: "::notice file=plan.json,title=imported::imported from the existing bucket acme-governed: " +
			addresses + "\n::notice",
		check.Markdown: "#### Imported\n\n- `acme-governed`: `" + addresses + "`\n\n#### Permanent from now",
		check.JSON:     `"imported": [` + "\n            \"aws_s3_bucket.bucket\",",
	} {
		var b bytes.Buffer
		if err := gate.Report().Write(&b, format, ""); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s: no %q in\n%s", format, want, b.String())
		}
	}
}
