package dataset_test

import (
	"errors"
	"strings"
	"testing"

	"datalock/dataset"
)

// TestExcludedFolders: .git/ leaves out the folder, and a pattern that matches
// nothing is named before the question.
func TestExcludedFolders(t *testing.T) {
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	dir := t.TempDir()
	write(t, dir, map[string]int{"f": 5, ".git/config": 6, "sub/.git/config": 7})
	var notes []string
	var plan dataset.Plan
	refused := errors.New("no")
	_, err := dataset.Publish(t.Context(), l.Client, dir, at(t, "s3://data/set"), dataset.PublishOptions{
		Exclude: []string{".git/", "raw/"},
		Note:    func(text string) { notes = append(notes, text) },
		Confirm: func(p dataset.Plan) error {
			plan = p
			notes = append(notes, "the question")
			return refused
		},
	})
	if !errors.Is(err, refused) || plan.Files != 1 || plan.Excluded != 2 {
		t.Errorf("the plan is %+v, the error %v", plan, err)
	}
	if len(notes) != 2 || !strings.HasPrefix(notes[0], `exclude pattern "raw/" matches nothing in `+dir) {
		t.Errorf("the notes are %q", notes)
	}
	mistake(t, l, dir, "s3://data/set", "negated", dataset.PublishOptions{Exclude: []string{"!f"}},
		`exclude pattern "!f": ! doesn't include files again`)
}
