package rehearse

import (
	"time"

	"datalock/internal/prove"
)

// Progress receives the progress of a rehearsal. Its methods may be called
// concurrently.
type Progress interface {
	// Stack starts a stack.
	Stack(name, summary string)
	// Step starts a step of the stack and ends the previous one.
	Step(name, doing string)
	// Done ends the step with its result.
	Done(found string)
	// Beside reports the result and the duration of something that ran in
	// parallel to the step.
	Beside(name, found string, took time.Duration)
	// Note reports a note.
	Note(text string)
	// Trial reports the result of a trial.
	Trial(done, total int, r prove.Result)
}
