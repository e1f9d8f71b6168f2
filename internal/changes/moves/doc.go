// Package moves holds the tests of docs/changes.md that change a deployed
// bucket for real: changes that are made, moves, and its destruction.
package moves
