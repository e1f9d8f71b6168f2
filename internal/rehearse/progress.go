package rehearse

import (
	"time"

	"datalock/internal/prove"
)

// Progress is told how a rehearsal gets on. Its methods may be called at the
// same time.
type Progress interface {
	// Stack begins a stack.
	Stack(name, summary string)
	// Step begins a step of the stack, and ends the one before.
	Step(name, doing string)
	// Done ends the step with what came of it.
	Done(found string)
	// Beside says what came of something that ran beside the step, and how
	// long that took.
	Beside(name, found string, took time.Duration)
	// Note says something beside the steps.
	Note(text string)
	// Trial gives each result as it comes.
	Trial(done, total int, r prove.Result)
}
