// Package inventory streams the rows of an Amazon S3 Inventory report.
//
// # What it reads
//
// [Open] reads manifest.json and compares it with manifest.checksum.
// [Inventory.Rows] then streams the rows of the files in the manifest, one after
// the other, and compares the size and the MD5 of each file with the manifest's. A
// CSV file is compared once it has been read, so its rows count only if no error is
// returned. A Parquet file is copied to a temporary file first, because its index is
// at its end, and compared before it is read.
//
// Reports in ORC aren't supported; the error has the fix.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
//
// # What a report is
//
// It shows the bucket at [Inventory.Taken], but may lack changes made shortly
// before: S3 Inventory is eventually consistent. A report of all versions has a row
// for each delete marker, and no version ID for a version that was written before
// versioning was enabled. The rows have no particular order.
package inventory
