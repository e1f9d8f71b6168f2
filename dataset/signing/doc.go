// Package signing signs statements and checks signatures: in-toto statements
// in a DSSE envelope, in a Sigstore bundle v0.3.
//
// A key is a PEM file with an ECDSA P-256 or an Ed25519 key, or an AWS KMS key
// as awskms:///ARN. The bundle has no certificate and no transparency log: the
// verifier must know the public key.
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
package signing
