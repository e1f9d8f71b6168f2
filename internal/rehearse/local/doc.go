// Package local builds, starts and stops the local S3 server of
// internal/rehearse/server.
//
// The server is a Go module of its own, so that what deploys keeps a short
// list of dependencies; it is never imported. [Build] compiles it once for
// each state of its sources and keeps the binary in the user's cache folder.
// [Start] runs it as a child that stops when this process does, even when this
// process is killed: its standard input is a pipe that ends then.
package local
