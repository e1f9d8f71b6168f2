// Package report turns what came out of trials into a report that an auditor
// can read, print and check: report.json, report.md and report.html.
//
// report.json is the whole of it, in the [Report]'s shape, whose version is
// [Schema]; docs/report.md describes it. The other two are made from it alone.
// report.html is one page without scripts and without anything to fetch.
//
// A report says what was seen on one server at one time. It says as plainly
// what was not: the trials that were not run and why, what the server keeps
// without enforcing it, and what the rehearsal changed in the settings.
package report
