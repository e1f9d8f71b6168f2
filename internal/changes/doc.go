// Package changes holds the tests of docs/changes.md: each of its lines, what
// becomes of a deployed bucket when a setting changes, is tried with Terraform
// on the rehearsal server.
package changes
