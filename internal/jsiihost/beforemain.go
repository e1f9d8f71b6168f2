package jsiihost

import _ "unsafe" // for go:linkname

// Each Go package that jsii generates registers its types in its init. The
// first of them makes jsii copy the environment and unpack its runtime into the
// temporary folder. That happens before main, where no signal is caught, a full
// disk is a panic, and none of our code can run first, because Go initialises
// packages in the order of their import paths.
//
// Registering needs none of that. So jsii's sync.Once that creates its client
// counts as done from the start: at link time, a variable with a value replaces
// one without. [Start] calls jsii.Close, which resets it, and the next use of
// jsii creates the client. If a version of jsii has no such variable, its
// client is created before main again, and Start closes it.
//
//go:linkname clientOnce github.com/aws/jsii-runtime-go/internal/kernel.clientOnce
var clientOnce = once{done: 1}

// A once has the layout of a sync.Once.
type once struct {
	done  uint32
	mutex struct{ state, sema uint32 } //nolint:unused // part of the layout
}
