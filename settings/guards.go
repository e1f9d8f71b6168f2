package settings

import "slices"

// TLSVersion is the oldest TLS version that a bucket accepts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
type TLSVersion string

const (
	// TLS12 is TLS 1.2, which AWS itself requires everywhere.
	TLS12 TLSVersion = "1.2"
	// TLS13 is TLS 1.3.
	TLS13 TLSVersion = "1.3"
)

// Valid reports whether a bucket can require the version.
func (v TLSVersion) Valid() bool {
	return slices.Contains([]TLSVersion{TLS12, TLS13}, v)
}

// DeleteMarkers says what S3 does with a delete without a version ID. Such a
// delete loses no data, but hides the object from readers.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
type DeleteMarkers string

const (
	// DenyDeleteMarkers denies deletes without a version ID.
	DenyDeleteMarkers DeleteMarkers = "deny"
	// AllowDeleteMarkers leaves the decision to IAM.
	AllowDeleteMarkers DeleteMarkers = "allow"
)

var deleteMarkers = []DeleteMarkers{DenyDeleteMarkers, AllowDeleteMarkers}

// Valid reports whether it is one of the two.
func (d DeleteMarkers) Valid() bool {
	return slices.Contains(deleteMarkers, d)
}

func decodeGuards(r *reader, b *Bucket) {
	if encryption := r.object("encryption"); encryption != nil {
		decodeEncryption(encryption, &b.Encryption)
	}
	version, markers := string(b.MinimumTLSVersion), string(b.DeleteMarkers)
	r.str("minimumTLSVersion", &version)
	r.str("deleteMarkers", &markers)
	b.MinimumTLSVersion, b.DeleteMarkers = TLSVersion(version), DeleteMarkers(markers)
	r.boolean("writeOnce", &b.WriteOnce)
	b.Guardians = r.listOrNone("guardians")
	if lifecycle := r.object("lifecycle"); lifecycle != nil {
		decodeLifecycle(lifecycle, &b.Lifecycle)
	}
}

func (b Bucket) validateGuards(path string, in place) Mistakes {
	ms := b.Encryption.validate(join(path, "encryption"), in)
	if !b.MinimumTLSVersion.Valid() {
		ms.add(join(path, "minimumTLSVersion"), quote(string(b.MinimumTLSVersion)),
			"must be 1.2 or 1.3", `write "1.2" or "1.3", in quotes`)
	}
	ms = append(ms, validateChoice(join(path, "deleteMarkers"), b.DeleteMarkers, deleteMarkers,
		`use "deny", or "allow" to leave the decision to IAM`)...)
	ms = append(ms, validateGuardians(join(path, "guardians"), b.Guardians, in)...)
	return append(ms, b.Lifecycle.validate(join(path, "lifecycle"), b.Retention, in.endpoint)...)
}
