// Package inventory streams the rows of an Amazon S3 Inventory report.
//
// # What it reads
//
// [Open] reads manifest.json and compares it with manifest.checksum beside it.
// [Inventory.Rows] then streams the rows of the files that the manifest names,
// one after the other, and compares the size and the MD5 of each file with the
// manifest's. A file in CSV is compared once it has been read, so what was made
// of its rows counts only if no error came. A file in Parquet is copied to a
// temporary file first, because its index is at its end, and compared before it
// is read.
//
// A report in ORC is refused with the fix.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
//
// # What a report is
//
// It shows the bucket at the time of [Inventory.Taken] or, for changes made
// shortly before, earlier: S3 lists are eventually consistent. A report of all
// versions has a row for each delete marker, and no version id for a version
// that was written before versioning was on. Rows come in no promised order.
package inventory
