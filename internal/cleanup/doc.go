// Package cleanup ends the processes that a run started, and removes its
// folders, also if the run itself is killed.
//
// # How processes are found
//
// A run has a mark, the path of its folder. Every process that it starts has
// the mark in its environment, in [Variable], and passes it on to the processes
// that it starts itself: so the providers of a terraform that was killed are
// still found. A value "MARK/terraform" belongs to MARK as well. Processes are
// only found on Linux, in /proc; elsewhere [Running] returns
// [errors.ErrUnsupported].
//
// # The watcher
//
// [Watch] starts this program once more, as a process in a session of its own
// that waits for the end of a pipe. The pipe ends with this process, however
// that ends: then the watcher kills what has the mark, removes the folders, and
// ends. [Watcher.Stop] ends it without that. The program needs nothing for it
// but the import of this package, whose initialisation runs the watcher.
package cleanup
