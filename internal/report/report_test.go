package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/prove"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gotest.tools/v3/golden"
)

// samples are the reports in the golden files.
func samples() map[string]*Report {
	return map[string]*Report{
		"breached": breachedSample(), "held": heldSample(),
		"inconclusive": newSample(Proof, nil,
			func(_ *Subject, o *prove.Outcome) { o.Results = append(o.Results[:2:2], o.Results[3]) }),
		"unlocked": newSample(Proof, nil, func(s *Subject, o *prove.Outcome) {
			s.Retention = Retention{}
			for i := range o.Results[:4] {
				o.Results[i].Status, o.Results[i].Reason = prove.Breached, "the version has no lock: the bucket has no default "+
					"retention"
			}
		}),
		"aborted": newSample(Proof, errors.New("trial hide: "+hostile), func(_ *Subject, o *prove.Outcome) {
			o.Results = o.Results[:1]
			o.Left.Unlisted = "the server can't be reached"
			o.Left.Versions[0].Hold, o.Left.Versions[1].Hold = prove.HoldOn, prove.HoldUnknown
			o.Left.Settings = []string{"versioning: " + hostile}
		}),
	}
}

// TestForms compares every form of the report with its golden file; -update
// rewrites the files, whose diff must be reviewed.
func TestForms(t *testing.T) {
	for name, r := range samples() {
		page, err := HTML(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := JSON(r)
		if err != nil {
			t.Fatal(err)
		}
		statement, err := StatementOf(r, text)
		if err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, string(page), name+".html")
		golden.Assert(t, string(text), name+".json")
		golden.Assert(t, string(statement), name+".intoto.json")
		golden.Assert(t, string(Markdown(r)), name+".md")
		golden.Assert(t, Text(r), name+".txt")
	}
}

func TestVerdicts(t *testing.T) {
	for name, want := range map[string]struct {
		verdict  prove.Status
		headline string
	}{
		"breached": {
			prove.Breached,
			"Breached on the S3 server http://127.0.0.1:9000, not AWS: 1 of 4 trials that apply.",
		},
		"held": {prove.Held, "Held on a local S3 server, not AWS: all 2 trials that apply."},
		"inconclusive": {
			prove.Inconclusive,
			"Inconclusive on the S3 server http://127.0.0.1:9000, not AWS: 1 of 3 trials that apply could not be judged.",
		},
		"unlocked": {prove.Breached, "Breached on the S3 server http://127.0.0.1:9000, not AWS: 4 of 4 trials that apply."},
		"aborted": {
			prove.Inconclusive,
			"Inconclusive on the S3 server http://127.0.0.1:9000, not AWS: the run did not finish. This report covers the 1 " +
				"trial that ran.",
		},
	} {
		r := samples()[name]
		if r.Verdict != want.verdict || r.Headline() != want.headline {
			t.Errorf("%s: %s, %q, want %s, %q", name, r.Verdict, r.Headline(), want.verdict, want.headline)
		}
	}
	changed := heldSample()
	changed.Subjects[0].Terraform.Changes = []string{"update aws_s3_bucket.bucket"}
	changed.End(at(70), nil)
	none := newSample(Proof, nil, func(_ *Subject, o *prove.Outcome) { o.Results = o.Results[4:] })
	nothing := New(Proof, at(0))
	nothing.End(at(1), nil)
	for name, r := range map[string]*Report{
		"a second plan that isn't empty": changed,
		"nothing applies":                none,
		"no subject":                     nothing,
	} {
		if r.Verdict != prove.Inconclusive {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}

func TestCounts(t *testing.T) {
	c := breachedSample().Subjects[0].Counts
	if want := (Counts{
		Held:          2,
		Breached:      1,
		Inconclusive:  1,
		NotApplicable: 3,
		Controls:      3,
		Succeeded:     3,
	}); c != want || c.Total() != 7 {
		t.Errorf("counts %+v, want %+v", c, want)
	}
	if got, want := c.Line(), "2 held, 1 breached, 1 inconclusive, 3 not applicable; 3 of 3 controls "+
		"succeeded"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLinks follows each trial from its attack through the answer to the
// result, in every form.
func TestLinks(t *testing.T) {
	r := breachedSample()
	page, err := HTML(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for _, line := range strings.Split(string(Markdown(r)), "\n") {
		if strings.HasPrefix(line, "| [") {
			name, _, _ := strings.Cut(line[3:], "]")
			lines[name] = line
		}
	}
	for name, words := range map[string][]string{
		"delete-version": {
			"delete it by its version id",
			"**held**",
			"403 AccessDenied",
			"succeeds in a bucket with versioning but no Object Lock: the version is gone",
		},
		"delete-presigned": {"through a presigned URL", "**BREACHED**", "204 No Content"},
		"shorten":          {"shorten its retention", "**INCONCLUSIVE**", "503 SlowDown", "did not run"},
		"delete-batch":     {"200 OK", "**held**", "S3 refuses it"},
		"seal-lock":        {"**not applicable**: see 3", "no request sent"},
	} {
		for _, word := range words {
			if !strings.Contains(lines[name], word) {
				t.Errorf("report.md says of %s %q, without %q", name, lines[name], word)
			}
		}
	}
	for _, request := range r.Subjects[0].Trials[0].Requests {
		if !bytes.Contains(page, []byte(request.ID)) {
			t.Errorf("report.html has no request %s", request.ID)
		}
	}
}

// TestHostileWords checks that a server's words stay plain text.
func TestHostileWords(t *testing.T) {
	for name, r := range samples() {
		page, err := HTML(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(page, []byte("<script")) {
			t.Errorf("%s: report.html has a script", name)
		}
		markdown := string(Markdown(r))
		if strings.Contains(markdown, "<script") || strings.Contains(markdown, "\n# [a](b)") ||
			strings.Contains(markdown, "[a](b)") {
			t.Errorf("%s: report.md lets a name be more than text", name)
		}
		if strings.Contains(Text(r), "\x1b") {
			t.Errorf("%s: the terminal is sent control characters", name)
		}
	}
}

// TestStatements checks that each statement of the policy has a trial or is
// named as untested.
func TestStatements(t *testing.T) {
	got := map[string]Statement{}
	for _, s := range breachedSample().Subjects[0].Statements {
		got[s.Sid] = s
	}
	for sid, why := range map[string]string{
		"DenyGovernanceBypass": "which nothing bypasses", "Own" + hostile: "no trial tests it",
		"SealConfiguration": "trial seal-lock: ",
	} {
		if s := got[sid]; len(s.Trials) != 0 || !strings.Contains(s.Untested, why) {
			t.Errorf("%s: %+v, want it untested: %q", sid, s, why)
		}
	}
}

func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs",
		fmt.Sprintf("report-schema-%d.json", Schema)))
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) error {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	for name, r := range samples() {
		text, err := JSON(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for old, wrong := range map[string]string{
			`"verdict": "`:  `"verdict": "very-`,
			`"schema": 2`:   `"schema": 1`,
			`"trials": [`:   `"trial": [`,
			`"status": 403`: `"status": "403"`,
		} {
			if err := validate(bytes.ReplaceAll(text, []byte(old), []byte(wrong))); err == nil &&
				bytes.Contains(text, []byte(old)) {
				t.Errorf("%s: a report with %s is valid", name, wrong)
			}
		}
	}
}

// TestFolder writes results as they arrive and the report at the end.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Begin(subjectConfig(), at(0))
	f.Discard()
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder that was made for nothing stays")
	}
	if f, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	f.Begin(subjectConfig(), at(0))
	f.Trial("b", outcome().Results[0])
	text, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	var first, second journalLine
	if len(lines) != 2 || json.Unmarshal(lines[0], &first) != nil || json.Unmarshal(lines[1], &second) != nil {
		t.Fatalf("the results so far: %s", text)
	}
	if first.Prefix != "datalock-trials/r/" || first.LockedUntil == nil || second.Trial.Name != "delete-version" ||
		second.Trial.Verdict != prove.Held {
		t.Errorf("the results so far: %s", text)
	}
	files, err := f.Finish(t.Context(), heldSample(), nil)
	if err != nil || len(files) != 4 {
		t.Errorf("wrote %v, %v", files, err)
	}
	if !second.Provisional {
		t.Error("a result that came before the end isn't provisional")
	}
	if _, err := os.Stat(filepath.Join(dir, roomName)); err == nil {
		t.Error("the room that was kept stays taken")
	}
}

// TestLastLineCounts: the rest of the run changes a verdict, and the last lines
// of the results match the report.
func TestLastLineCounts(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := breachedSample()
	bucket := r.Subjects[0].Bucket
	for i, result := range outcome().Results {
		if i == 2 {
			result.Status, result.Reason = prove.Held, "it seemed so"
		}
		f.Trial(bucket, result)
	}
	if _, err := f.Finish(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	last, verdict, lines := map[string]prove.Status{}, prove.Status(""), 0
	for line := range bytes.Lines(text) {
		var l journalLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Trial != nil {
			last[l.Trial.Name] = l.Trial.Verdict
		}
		verdict, lines = l.Verdict, lines+1
	}
	for _, trial := range r.Subjects[0].Trials {
		if last[trial.Name] != trial.Verdict {
			t.Errorf("%s: the last line says %s, the report %s", trial.Name, last[trial.Name], trial.Verdict)
		}
	}
	if want := len(r.Subjects[0].Trials) + 2; verdict != r.Verdict || lines != want {
		t.Errorf("it ends with %q after %d lines, want %q after %d", verdict, lines, r.Verdict, want)
	}
}
