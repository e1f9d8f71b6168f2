package prove_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/prove"

	"gotest.tools/v3/golden"
)

var nameShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func TestTable(t *testing.T) {
	table := prove.Table()
	for _, line := range prove.TableWithoutLock() {
		if strings.Contains(line.Target.Text+line.Expectation.Text, "lock") {
			t.Errorf("%s: %s, %s: there is no lock", line.Name, line.Target.Text, line.Expectation.Text)
		}
	}
	if len(table) < 40 {
		t.Errorf("%d trials, want at least 40", len(table))
	}
	seen := map[string]bool{}
	last := 0
	for _, line := range table {
		if !nameShape.MatchString(line.Name) || seen[line.Name] {
			t.Errorf("%q isn't a valid name, or is a duplicate", line.Name)
		}
		seen[line.Name] = true
		at := slices.Index(prove.Groups(), line.Group)
		if at < last {
			t.Errorf("%s: the group %q comes too late", line.Name, line.Group)
		}
		last = at
		for what, text := range map[string]string{
			"group": line.Group.Title(), "target": line.Target.Text, "attack": line.Attack, "rule": line.Expectation.Text,
			"control": line.Control.Text(), "principal": string(line.As),
		} {
			if text == "" {
				t.Errorf("%s: its %s has no text", line.Name, what)
			}
		}
		if !strings.HasPrefix(line.Document, "https://docs.aws.amazon.com/AmazonS3/latest/") {
			t.Errorf("%s: its document is %q", line.Name, line.Document)
		}
		if line.Group == prove.BucketGroup && !line.Scratch {
			t.Errorf("%s changes the bucket without being marked", line.Name)
		}
		if line.Control == prove.NoControl && line.Name != "expire" {
			t.Errorf("%s has no control", line.Name)
		}
		if line.Control == prove.WithoutPolicy &&
			(line.Guard == "" || line.Guard == prove.NoBypass && line.Name != "bypass-as-admin") {
			t.Errorf("%s attacks no guard, but its control is a bucket without policy", line.Name)
		}
	}
}

// TestDocument compares docs/trials.md with the table; `go test
// ./internal/prove -run TestDocument -update` regenerates it.
func TestDocument(t *testing.T) {
	golden.Assert(t, document(), "../../../docs/trials.md")
}

func document() string {
	var b strings.Builder
	table := prove.Table()
	fmt.Fprintf(&b, `# The trials

A trial is one attempt to change or destroy locked data, with the state that the
data must be in afterwards. There are %d trials. Each ends with one verdict:

| Verdict | Meaning |
| --- | --- |
| held | The server answered the attack, and the data is unchanged: the version was read back by its version id, and its SHA-256, its retention and its legal hold are as before. |
| breached | The data or its protection was changed. A second read confirmed it. |
| inconclusive | Nothing is known. The attack got no decision (no answer, a redirect, 429, 5xx, or an error without an S3 code, after five attempts), its control did not succeed, the data afterwards can't be read, or the server contradicts itself. |
| not applicable | The bucket doesn't have what the trial attacks, or the run isn't allowed to attack it. The report says what would make it apply. |

The report lists the server's answers and marks every answer that differs from
Amazon S3's. The data decides, not the answer: if a delete returns 204 but
deletes nothing, the trial held, with a note.

Each trial but one has a control: the same attack in a bucket without the guard or,
for trials that send an invalid request, a valid request. It must succeed; if it
fails, the trial is inconclusive. `+"`expire`"+` has none. With `+"`--controls`"+`, and always
in a rehearsal, the controls run too. Trials that attack a guard of the bucket policy
run if the policy has that guard, for everybody and for the whole bucket. If such
a trial is breached and controls run,
the smallest policy with only that guard is tried on a control bucket. If the
attack succeeds there too, the server doesn't enforce the guard for these
credentials, and the trial is inconclusive.

If the policy denies the governance bypass, each request with the bypass is also
sent without it: the policy would refuse it before Object Lock is asked.

Without controls, a trial of a guard is inconclusive if a missing permission could
explain the refusal too: no request can ask for a permission that the guard
denies. The message of AWS says if a bucket policy refused. A trial of a guard
from which the policy excepts its principal, as seals except guardians, is
inconclusive; so is its breach if whose credentials they are isn't known.

Two trials change the bucket's default retention, which S3 lets the owner do,
and restore it. They test the existing version: its own retention must not change.

At the end of the run, each version under the default retention is read again.
The report gives the shortest time between an attack and that read; `+"`--watch`"+`
sets a minimum.

The attackers: %s.

This page is generated from the table in internal/prove; a test compares them.
`, len(table), "the owner (the account root, or the credentials of the run), an admin who may do everything in S3 "+
		"and is subject to bucket policies, a writer who may also delete versions and bypass governance, a stranger with "+
		"valid credentials and no permissions, an anonymous client that doesn't sign, and an impostor with a wrong secret "+
		"key")
	for _, g := range prove.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| Trial | Target | Attack | As | Expected result | Control | Runs |\n| --- | --- | "+
			"--- | --- | --- | --- | --- |\n", g.Title())
		for _, line := range table {
			if line.Group == g {
				fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s | %s | %s | %s |\n", line.Name, line.Document, line.Target.Text,
					line.Attack, line.As, line.Expectation.Text, line.Control.Text(), when(line))
			}
		}
	}
	withoutLock(&b)
	return b.String()
}

// withoutLock lists the trials of a bucket without Object Lock.
func withoutLock(b *strings.Builder) {
	var same []string
	fmt.Fprintf(b, `
## Buckets without Object Lock

The evidence bucket of a [topology](topology.md) has no Object Lock. A rehearsal
attacks its policy instead, with these trials. Those that attack a lock are not
applicable.

| Trial | Target | Attack | As | Expected result | Control | Runs |
| --- | --- | --- | --- | --- | --- | --- |
`)
	for _, line := range prove.TableWithoutLock() {
		if line.Group == prove.Identity && line.Guard == "" {
			same = append(same, line.Name)
			continue
		}
		fmt.Fprintf(
			b,
			"| [%s](%s) | %s | %s | %s | %s | %s | %s |\n",
			line.Name,
			line.Document,
			line.Target.Text,
			line.Attack,
			line.As,
			line.Expectation.Text,
			line.Control.Text(),
			when(line),
		)
	}
	fmt.Fprintf(b, `
Before public-policy attacks, the control removes the public access block that a
new bucket on AWS has. If the bucket's own policy can't be read, the trial is
inconclusive and doesn't attack.

With the wrong identity, as above: %s.
`, strings.Join(same, ", "))
}

// when says under what conditions a trial runs.
func when(line prove.Trial) string {
	var parts []string
	switch {
	case line.Guard == "":
	case line.Guard == prove.NoBypass && line.Control != prove.WithoutPolicy:
		parts = append(parts, "always in COMPLIANCE; in GOVERNANCE as an admin, if the policy has "+string(line.Guard))
	default:
		parts = append(parts, "if the policy has "+string(line.Guard))
	}
	if line.Scratch {
		parts = append(parts, "on a scratch bucket")
	}
	if len(parts) == 0 {
		return "always"
	}
	return strings.Join(parts, "; ")
}

func TestPlan(t *testing.T) {
	now := mustTime(t, "2026-11-24T12:00:00Z")
	c := prove.Config{Run: "r1"}
	c.Expected.Mode, c.Expected.Days = "COMPLIANCE", 90
	c.Only = only("delete-version", "overwrite-copy", "lengthen", "above-ceiling", "weaker-mode")
	unenforced := prove.PlanOf(prove.Config{
		Run: "r1", Expected: c.Expected, Scratch: true, Only: only("lengthen-above-ceiling", "above-ceiling*",
			"event-hold", "delete-held", "hold-outlasts", "delete-version"),
		Guards: prove.Guards{Declared: []prove.Guard{prove.RetentionCeiling, prove.NoEventHold}, CeilingDays: 3650},
	}, now)
	if unenforced.AboveCeiling != 3 || unenforced.WithoutEnd != 1 || unenforced.Holds != 2 ||
		unenforced.Latest().Format("2006-01-02") != "2036-11-23" {
		t.Errorf("if the policy isn't enforced: %+v", unenforced)
	}
	for _, step := range []struct {
		name    string
		change  func(*prove.Config)
		trials  int
		objects int
		longest string
		ceiling int
		buckets int
	}{
		{"as it is", func(*prove.Config) {}, 3, 5, "2027-02-23", 0, 0},
		{"with guards", func(c *prove.Config) {
			c.Guards = prove.Guards{Declared: []prove.Guard{prove.NoWeakerMode, prove.RetentionCeiling}, CeilingDays: 3650}
		}, 4, 6, "2027-02-23", 0, 0},
		{"scratch", func(c *prove.Config) { c.Scratch = true }, 5, 7, "2027-02-23", 3652, 0},
		{"with controls", func(c *prove.Config) { c.Controls = true }, 5, 7, "2027-02-23", 3652, 3},
		{"nothing", func(c *prove.Config) { c.Only = only("none") }, 0, 0, "2027-02-22", 0, 3},
	} {
		step.change(&c)
		p := prove.PlanOf(c, now)
		if p.Trials != step.trials || p.Objects != step.objects || p.Bytes != step.objects*prove.ProbeBytes ||
			p.Ceiling != step.ceiling || len(p.Buckets) != step.buckets {
			t.Errorf("%s: %+v", step.name, p)
		}
		if got := p.Longest.Format("2006-01-02"); got != step.longest || p.Until.Format("2006-01-02") != "2027-02-22" {
			t.Errorf("%s: until %s, longest %s", step.name, p.Until, got)
		}
	}
}
