package prove

import "slices"

// Table returns every trial, in the order in which reports list them.
func Table() []Trial {
	return slices.Concat(deleting, retaining, overwriting, hiding, writing, identifying, waiting, weakening)
}

// each fills in the fields that the trials of a group share.
func each(common Trial, trials []Trial) []Trial {
	for i := range trials {
		t := &trials[i]
		t.Group = common.Group
		t.Scratch = t.Scratch || common.Scratch
		if t.As == "" {
			t.As = common.As
		}
		if t.Target.Text == "" {
			t.Target = common.Target
		}
		if t.Expectation.Text == "" {
			t.Expectation = common.Expectation
		}
		if t.Control == "" {
			t.Control = common.Control
		}
		if t.Document == "" {
			t.Document = common.Document
		}
	}
	return trials
}
