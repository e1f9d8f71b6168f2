package rehearse

import "datalock/internal/prove"

// Progress is told how a rehearsal gets on. The calls come one at a time.
type Progress interface {
	// Stack begins a stack.
	Stack(name, summary string)
	// Step begins a step of the stack, and ends the one before.
	Step(name, doing string)
	// Done ends the step with what came of it.
	Done(found string)
	// Note says something beside the steps.
	Note(text string)
	// Trial gives each result as it comes.
	Trial(done, total int, r prove.Result)
}
