package preflight

// A Finding is one problem that would prevent a deploy or harm it.
type Finding struct {
	// Stack is the stack's name, or empty for all stacks.
	Stack string `json:"stack,omitempty"`
	// Problem is what is wrong.
	Problem string `json:"problem"`
	// Fix is what to do.
	Fix string `json:"fix"`
}

// String returns the finding as one line.
func (f Finding) String() string { return ofStack(f.Stack, f.Problem+": "+f.Fix) }

// A NoteKind says what a note is.
type NoteKind string

const (
	// Warning is a risk that the reader has to judge.
	Warning NoteKind = "warning"
	// Unknown is what couldn't be determined, and why.
	Unknown NoteKind = "unknown"
	// Info is what the reader should know.
	Info NoteKind = "note"
)

// A Note is information that isn't known to be a problem.
type Note struct {
	Kind NoteKind `json:"kind"`
	// Stack is the stack's name, or empty for all stacks.
	Stack string `json:"stack,omitempty"`
	Text  string `json:"text"`
}

// String returns the note as one line.
func (n Note) String() string { return ofStack(n.Stack, n.Text) }

func ofStack(stack, text string) string {
	if stack == "" {
		return text
	}
	return stack + ": " + text
}

// A Report is the result of all checks.
type Report struct {
	// Ready has a line for each stack without a problem.
	Ready []string `json:"ready"`
	// Findings are in the order of the stacks.
	Findings []Finding `json:"findings"`
	// Notes are in the order of the stacks.
	Notes []Note `json:"notes"`
	// Stopped is why the checks ended early, or empty.
	Stopped string `json:"stopped,omitempty"`
}

func (r *Report) ready(stack, how string) { r.Ready = append(r.Ready, ofStack(stack, how)) }

func (r *Report) find(stack, problem, fix string) {
	r.Findings = append(r.Findings, Finding{Stack: stack, Problem: problem, Fix: fix})
}

func (r *Report) note(kind NoteKind, stack, text string) {
	r.Notes = append(r.Notes, Note{Kind: kind, Stack: stack, Text: text})
}
