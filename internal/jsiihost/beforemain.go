package jsiihost

import _ "unsafe" // for go:linkname

// Each Go package that jsii generates registers its types in its init, and the
// first of them has jsii copy the environment and unpack its runtime into the
// temporary folder: before main, where no signal is caught, a full disk is a
// panic, and nothing of ours can run first, since Go initialises packages in
// the order of their import paths.
//
// Registering needs none of that. So jsii's sync.Once, by which it makes its
// client, counts as done from the start: a variable with a value takes the
// place of one without when the program is linked. [Start] calls jsii.Close,
// which resets it, and the next use of jsii makes the client. If a version of
// jsii has no such variable, its client is made before main again, and Start
// closes it.
//
//go:linkname clientOnce github.com/aws/jsii-runtime-go/internal/kernel.clientOnce
var clientOnce = once{done: 1}

// A once has the layout of a sync.Once.
type once struct {
	done  uint32
	mutex struct{ state, sema uint32 } //nolint:unused // part of the layout
}
