// Package manifest has the types of a dataset's manifest and their encoding. It
// is pure: it uses no file, network or clock.
//
// # Two levels
//
// A dataset's entries are in shards, files with one line of JSON for each
// version, sorted by name in byte order. An [Entry] is an in-toto
// ResourceDescriptor with the version's location, SHA-256, size and lock.
// https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md
//
// manifest.json is an in-toto Statement v1 with the predicate of OpenSSF Model
// Signing. It lists every file with its digest, so verifiers of that format can
// check a copy of the dataset; above [MaxListed] files it lists the shards
// instead. The predicate's field "datalock" names each shard with its digest,
// so the SHA-256 of manifest.json's bytes, the root digest, covers everything:
// names, bytes, version ids and locks.
// https://github.com/sigstore/model-transparency
//
// # The same dataset gives the same bytes
//
// Encoding is deterministic: the order of fields is fixed, all times come from
// S3, and there is no white space.
package manifest
