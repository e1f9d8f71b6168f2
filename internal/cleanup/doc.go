// Package cleanup stops the processes that a run started and removes its
// folders, even if the run itself is killed.
//
// # How processes are found
//
// A run has a mark, the path of its folder. Every process that it starts has
// the mark in its environment, in [Variable], and passes it on to its child
// processes. So the providers of a killed terraform are still found. A value
// "MARK/terraform" belongs to MARK too. Processes are found only on Linux, in
// /proc; elsewhere [Running] returns [errors.ErrUnsupported].
//
// A process that doesn't pass its environment on is still found by [Below], as
// long as its parent runs, or after [Adopt].
//
// # The watcher
//
// [Watch] starts this program again, as a process in its own session that waits
// for a pipe to close. The pipe closes when this process ends, however it ends.
// Then the watcher kills the processes with the mark, removes the folders, and
// exits. [Watcher.Stop] stops it without doing that. A program only has to
// import this package: its initialisation runs the watcher.
package cleanup
