// Package report turns what came out of trials into a report that an auditor
// can read, print and check.
//
// [Report] is the model. Rehearsals and proofs build it the same way: [New],
// [NewSubject] for each bucket, [Subject.Fill] with the outcome, [Report.End].
// [Text], [JSON], [Markdown] and [HTML] render it. report.json is the whole of
// it; its shape is docs/report-schema-2.json. report.html is one page without
// scripts and without anything to fetch.
//
// [Folder] writes each result as it comes, so that a run that is killed or runs
// into a full disk loses none, and the report at the end with an in-toto
// statement of its outcome.
//
// A report says what was seen on one server at one time. It says as plainly
// what was not: the trials that don't apply and why, the statements of the
// policy that nothing tried, what the server keeps without enforcing it, and
// what the rehearsal changed in the settings.
package report
