// Package prove attacks an S3 bucket with Object Lock and judges what became
// of the data.
//
// # A trial
//
// A [Trial] is one attempt to change or destroy locked data. [Table] has them
// all: what is attacked, how, what must have become of the data afterwards, and
// the AWS document that promises it. The data decides, never the server's word:
// the attacked version is read back by its version id, and its SHA-256, its
// retention and its legal hold are compared with what they were. What can't be
// read is unknown.
//
// An attack counts only if the server decided it: it did what was asked or
// refused it with an S3 error code. 429, 5xx and broken connections are asked
// again; a redirect is never followed. What isn't decided is inconclusive.
// Answers that differ from S3's are noted beside the verdict. A breach needs a
// second look that finds it too; an answer with the request id of an earlier
// one, or one that contradicts another, leaves the trial inconclusive.
//
// Trials that change retention end with an attempt to delete the version: a
// server that lies about the retention is found by its deed. At the end of a
// run every version is read again.
//
// # Verdicts
//
// [Held], [Breached], [Inconclusive] and [NotApplicable]; each result has the
// reason, and all requests that led to it.
//
// # Controls
//
// A trial that can't fail proves nothing. So each one names a [Control]: a
// place where the same attack must succeed, such as a bucket without Object
// Lock. [Run] makes the control buckets and attacks them the same way. An
// attack that doesn't succeed there makes its trial inconclusive.
//
// # Guards
//
// Some trials attack a guard of the bucket policy rather than the lock. They
// apply if the guard is declared, and need a principal that bucket policies
// stop; the run finds out who that is. If one is breached, a smallest policy
// with just that guard is tried on a control bucket: a server that doesn't
// enforce even that makes the trial inconclusive.
//
// # What a run leaves behind
//
// Locked objects can't be removed, that is the point: [PlanOf] says before the
// run how many there will be, how large, and until when; the [Outcome] names
// each. Every right that the run needs is asked for before the first is
// written. Trials that change the bucket itself, or that could leave an object
// locked for longer than its default retention, are marked [Trial.Scratch] and
// run only on a bucket that is given up for it.
package prove
