// Package dataset publishes the files of a folder into an S3 bucket with Object
// Lock as one dataset, and verifies at any later time that every file exists
// and is unchanged, visible and locked.
//
// # What a dataset is
//
// A dataset is the files under one prefix of a bucket and one manifest. The
// files keep their names, so every S3 client can read them. The manifest is
// stored under .datalock/ in the same bucket and lists each object version with
// its SHA-256, its size and its lock; package manifest defines its format. A
// dataset is written once: publish a correction under another prefix.
//
// # Publishing
//
// [Publish] first checks the folder and the bucket and returns all mistakes at
// once, before anything is sent. Then it uploads the files that the bucket
// doesn't have. Each request that creates an object has If-None-Match: *, so it
// never overwrites anything, and it deletes nothing. The manifest is written
// last: until it exists, there is no dataset.
//
// To continue an interrupted run, run it again. Objects that the bucket already
// has with the same bytes keep their version, and unfinished uploads continue
// after their last part. Memory use is limited, whatever the folder's size.
//
// # Verifying
//
// [Verify] lists the prefix for delete markers, newer versions and other keys, then
// requests each version by its id and compares size, checksum, encryption and lock
// with the manifest. What happens to the keys after the listing, it doesn't see. That
// shows what S3 accepted at upload
// ([Accepted]); it doesn't read the bytes again. With Read it downloads and
// hashes them. [VerifyLocal] compares a local copy, without a network.
//
// Whoever can replace the manifest can change what it lists. Object Lock
// protects it in the bucket; the root digest, kept elsewhere, and a signature
// (package signing) detect a replaced manifest.
//
// # What it needs
//
// It needs an AWS SDK client for the bucket's Region, and does its own retries.
// For many small files, give the client an HTTP client that keeps as many idle
// connections as [PublishOptions] has jobs.
package dataset
