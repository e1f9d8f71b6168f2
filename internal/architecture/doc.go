// Package architecture holds docs/architecture.md to the code: every function
// that its boxes name is there.
package architecture
