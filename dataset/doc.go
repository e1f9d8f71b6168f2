// Package dataset publishes the files of a folder into an S3 bucket with Object
// Lock as one dataset, and verifies at any later time that every file is there,
// unchanged, unhidden and locked.
//
// # What a dataset is
//
// A dataset is the files under one prefix of a bucket and one manifest. The
// files keep their names, so every S3 client can read them. The manifest lies
// under .datalock/ in the same bucket and lists each object version with its
// SHA-256, its size and its lock; package manifest has its format. A dataset is
// written once: a correction is published under another prefix.
//
// # Publishing
//
// [Publish] looks at the folder and the bucket first and returns all mistakes
// at once, before anything is sent. Then it uploads what isn't there. Each
// request that creates an object has If-None-Match: *, so nothing is ever
// overwritten, and nothing is deleted. The manifest comes last: until it is
// there, there is no dataset.
//
// A run that was interrupted is simply run again. What the bucket has with the
// same bytes keeps its version, and unfinished uploads go on from the parts
// that S3 has. The memory is bounded, whatever the folder's size.
//
// # Verifying
//
// [Verify] asks S3 about each version by its id and compares size, checksum,
// encryption and lock with the manifest, then lists the prefix for delete
// markers, newer versions and other keys. That shows what S3 accepted at upload
// ([Accepted]); it doesn't read the bytes again. With Read it downloads and
// hashes them. [VerifyLocal] compares a local copy, without a network.
//
// Whoever can replace the manifest can replace what it says. Object Lock
// protects it in the bucket; the root digest, kept elsewhere, and a signature
// (package signing) tell a manifest that was replaced.
//
// # What it needs
//
// A client of the AWS SDK for the bucket's Region. Retries are this package's own. A
// client for many small files should have an HTTP client that keeps as many
// idle connections as [PublishOptions] has jobs.
package dataset
