// Package workflows holds the tests of .github/workflows. actionlint checks
// their form; what is held here is what it doesn't know: pinned actions, no
// long-lived keys, and that every command of ours that they run exists.
package workflows
