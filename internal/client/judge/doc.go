// Package judge decides what S3 makes of the requests that a program sent to a
// locked bucket.
//
// A [Judge] is given each recorded [Request] once, and at the end what was left
// in the bucket. [Judge.Report] then says what was refused and by which guard or
// rule, what was taken in a way that the bucket's owner won't like, what
// couldn't be judged, and what to change. It has no input or output: no file,
// clock, environment or network.
//
// # What it can't tell
//
// S3 says only that a policy denied a request, not which statement. The judge
// names the statements that the request meets; if there is none, it says that
// the reason is unknown. What the local server refuses because it isn't S3 is
// not judged.
package judge
