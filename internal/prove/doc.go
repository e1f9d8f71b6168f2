// Package prove attacks an S3 bucket with Object Lock and judges whether the
// data is still intact.
//
// # A trial
//
// A [Trial] is one attempt to change or destroy locked data. [Table] lists them
// all: the target, the attack, the expected state afterwards, and the AWS
// document that promises it. The verdict comes from the data, not from the
// server's answers: the attacked version is read back by its version id, and
// its SHA-256, retention and legal hold are compared with those before. What
// can't be read is unknown.
//
// An attack counts only if the server decided it: it carried out the request,
// or refused it with an S3 error code. Requests are sent again after 429, 5xx
// and broken connections; redirects are never followed. An undecided attack is
// inconclusive. Answers that differ from S3's are noted beside the verdict. A
// breach must be confirmed by a second read. If an answer has the request id of
// an earlier one, or contradicts another, the trial is inconclusive.
//
// Trials that change retention end with an attempt to delete the version, which
// exposes a server that misreports the retention. At the end of a run every
// locked version is read again.
//
// # Verdicts
//
// [Held], [Breached], [Inconclusive] and [NotApplicable]. Each result has its
// reason and all requests that led to it.
//
// # Controls
//
// A trial that can't fail proves nothing. So each trial names a [Control]: a
// place where the same attack must succeed, such as a bucket without Object
// Lock. [Run] creates the control buckets and attacks them the same way. If the
// attack fails there, the trial is inconclusive.
//
// # Guards
//
// Some trials attack a guard of the bucket policy rather than the lock. They
// run if the policy has the guard, and need a principal that bucket policies
// can stop; the run finds out which ones are exempt. If such a trial is
// breached, the smallest policy with that guard is tried on a control bucket.
// If the server doesn't enforce that either, the trial is inconclusive.
//
// # What a run leaves behind
//
// Locked objects can't be removed. [PlanOf] says before the run how many there
// will be, how large, and until when they are locked; the [Outcome] lists each.
// The run checks the permissions it needs before it writes the first object.
// Trials that change the bucket itself, or that could lock an object for longer
// than its default retention, are marked [Trial.Scratch] and run only on a
// scratch bucket.
package prove
