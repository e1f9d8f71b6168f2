// Package local builds, starts and stops the local S3 server of
// internal/rehearse/server.
//
// The server is a separate Go module and is never imported, so that the app and
// the tool have few dependencies. [Build] builds it with go and keeps the
// binary in the user's cache folder. [Start] runs it as a child process. Its
// standard input is a pipe: when this process ends, even if it is killed, the
// pipe is closed and the server stops.
package local
