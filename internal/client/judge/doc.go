// Package judge decides how S3 would treat the requests that a program sent to
// a locked bucket.
//
// A [Judge] receives each recorded [Request] once, and at the end what was left
// in the bucket. [Judge.Report] then says what was refused and by which guard
// or rule, what was accepted but unwanted by the bucket's owner, what couldn't
// be judged, and what to change. It has no input or output: no file, clock,
// environment or network.
//
// # Limits
//
// S3 says only that a policy denied a request, not which statement. The judge
// names the statements that match the request; if none does, it says that the
// reason is unknown. Requests that the local server refuses because it lacks a
// feature of S3 aren't judged.
package judge
