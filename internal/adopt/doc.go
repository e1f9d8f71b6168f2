// Package adopt takes over an existing bucket: it reads the bucket, lists what a
// Datalock stack would add, change and leave as it is, and writes the bucket into
// cdktf.json.
//
// # Three steps
//
// [Read] reads the bucket with package inspect, and changes nothing. [NewMember]
// returns the settings to import the bucket with: they keep what the defaults
// would weaken, such as tags, statements of the bucket policy and a longer
// retention, as far as settings can express it. [Compare] lists what the first
// apply would do with these settings. As in an audit, the expected values are
// derived from the settings, not taken from the construct.
//
// # What isn't known
//
// A part that can't be read is an [Unknown] with the reason. It is in none of
// the lists, and cdktf.json isn't written.
package adopt
