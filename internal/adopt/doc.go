// Package adopt takes over an existing bucket: it reads the bucket, says what a
// Datalock stack would add, change and leave, and writes the bucket into
// cdktf.json.
//
// # Three steps
//
// [Read] reads the bucket with package inspect, and changes nothing. [Member]
// makes the settings under which the bucket can be imported: they keep what the
// settings can express and the defaults would weaken, such as tags, statements of
// the bucket policy and a longer retention. [Compare] says what the first apply
// would do under these settings. What is expected is derived from the settings,
// as an audit does, not taken from the construct.
//
// # What isn't known
//
// A part that can't be read is an [Unknown] with the reason. It is in none of
// the lists, and nothing is written then.
package adopt
