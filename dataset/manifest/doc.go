// Package manifest has the types of a dataset's manifest and their encoding.
// It is pure: it opens no file, asks no network and knows no clock.
//
// # Two levels
//
// A dataset's entries lie in shards, files with one line of JSON for each
// version, sorted by name in byte order. An [Entry] is an in-toto
// ResourceDescriptor, which says where the version is, its SHA-256, its size
// and how it is locked.
// https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md
//
// manifest.json is an in-toto Statement v1 with the predicate of OpenSSF Model
// Signing. It lists every file with its digest, so verifiers of that format
// can check a copy of the dataset; above [MaxListed] files it lists the shards
// instead. The predicate's field "datalock" names each shard with its digest,
// so the SHA-256 of manifest.json's bytes, the root digest, binds everything:
// names, bytes, version ids and locks.
// https://github.com/sigstore/model-transparency
//
// # The same dataset gives the same bytes
//
// Encoding is deterministic: field order is fixed, there is no time in it that
// S3 didn't give, and no white space.
package manifest
