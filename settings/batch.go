package settings

import (
	"crypto/sha256"
	"encoding/hex"
)

// BatchRoleSuffix is the suffix of the name of the role for S3 Batch
// Operations.
const BatchRoleSuffix = "-batch"

// longestRole is IAM's limit for a role's name.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const longestRole = 64

// The parts of a role's name if the bucket's name is too long for it.
const (
	// RoleHead is the number of characters from the bucket's name.
	RoleHead = 40
	// RoleHash is the number of hexadecimal digits from the SHA-256 of the
	// bucket's name.
	RoleHash = 8
)

// FitsRole reports whether a role's name can contain the whole name of a bucket
// with the given number of characters.
func FitsRole(length int, suffix string) bool {
	return length+len(suffix) <= longestRole
}

// RoleName returns the name of a role for the bucket with the given name. If
// both are too long together, the bucket's name is replaced by its beginning
// and a hash.
func RoleName(bucket, suffix string) string {
	if FitsRole(len(bucket), suffix) {
		return bucket + suffix
	}
	hash := sha256.Sum256([]byte(bucket))
	return bucket[:RoleHead] + "-" + hex.EncodeToString(hash[:])[:RoleHash] + suffix
}

// BatchRole returns the name of the role that S3 Batch Operations assumes for
// jobs on the bucket with the given name, or "" if there is none.
func (b Bucket) BatchRole(bucket string) string {
	if !b.Batch {
		return ""
	}
	return RoleName(bucket, BatchRoleSuffix)
}

func (b Bucket) validateBatch(path string, in place) Mistakes {
	switch {
	case !b.Batch:
		return nil
	case in.endpoint != "":
		return onlyOnAWS(path, "an S3-compatible server has no IAM role for S3 Batch Operations to assume")
	}
	return b.requiresEvidence(path, "the manifests and reports of jobs")
}
