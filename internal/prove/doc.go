// Package prove attacks an S3 bucket with Object Lock and judges what became
// of the data.
//
// # A trial
//
// A [Trial] is one attempt to change or destroy locked data. [Table] has them
// all, one line each: what is attacked, how, what must have happened to the
// data afterwards, and the AWS document that promises it. A trial passes on the
// data, never on the server's word: the attacked version is read back by its
// version id, and its SHA-256, its retention and its legal hold are compared
// with what they were. What the server answered is recorded beside that,
// because servers differ (some say 400 where AWS says 403).
//
// Trials that change retention end with an attempt to delete the version: a
// server that lies about the retention is found by its deed.
//
// # Teeth
//
// A trial that can't fail proves nothing. So each one names a [Control]: a
// place where the same attack must succeed, such as a bucket without Object
// Lock. [Run] makes the control buckets, attacks them the same way, and reports
// a trial that passes there too as [Toothless], which is a defect.
//
// # Guards
//
// Some trials attack a guard of the bucket policy rather than the lock. They
// run only where the guard is declared, as a user who is subject to bucket
// policies. Where one fails, a smallest policy with just that guard is tried on
// a control bucket: if the server doesn't enforce even that, the trial is
// recorded as [NotEnforced], never as passed.
//
// # What a run leaves behind
//
// Locked objects can't be removed, that is the point: [PlanOf] says before the
// run how many there will be, how large, and until when. Trials that change the
// bucket itself, or that could leave an object locked for longer than its
// default retention, are marked [Trial.Scratch] and run only on a bucket that
// is given up for it.
package prove
