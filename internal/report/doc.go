// Package report turns the results of trials into a report that an auditor can
// read, print and check.
//
// [Report] is the model. Rehearsals and proofs build it the same way: [New],
// [NewSubject] for each bucket, [Subject.Fill] with the outcome, [Report.End].
// [Text], [JSON], [Markdown] and [HTML] render it. report.json has all of it;
// its schema is docs/report-schema-2.json. report.html is one page without
// scripts or external files.
//
// [Folder] writes each result as it arrives, so no result is lost if the run is
// killed or the disk fills up. At the end it writes the report and an in-toto
// statement of its outcome.
//
// A report says what was seen on one server at one time, and what was not: the
// trials that don't apply and why, the policy statements that nothing tested,
// what the server stores but doesn't enforce, and what the rehearsal changed in
// the settings.
package report
