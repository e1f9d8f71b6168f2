package settings

import "slices"

// TLSVersion is the oldest TLS version with which a bucket may be reached.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
type TLSVersion string

const (
	// TLS12 is TLS 1.2, which AWS itself asks for everywhere.
	TLS12 TLSVersion = "1.2"
	// TLS13 is TLS 1.3.
	TLS13 TLSVersion = "1.3"
)

// Valid reports whether it is a version that a bucket here may ask for.
func (v TLSVersion) Valid() bool {
	return slices.Contains([]TLSVersion{TLS12, TLS13}, v)
}

// DeleteMarkers says what becomes of a delete that names no version. It would
// lose nothing, but hide the object from all who read it by its key.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
type DeleteMarkers string

const (
	// DenyDeleteMarkers refuses deletes that name no version.
	DenyDeleteMarkers DeleteMarkers = "deny"
	// AllowDeleteMarkers leaves them to IAM.
	AllowDeleteMarkers DeleteMarkers = "allow"
)

// Valid reports whether it is one of the two.
func (d DeleteMarkers) Valid() bool {
	return slices.Contains([]DeleteMarkers{DenyDeleteMarkers, AllowDeleteMarkers}, d)
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

// listOrNone reads a list of strings that may be empty.
func (r *reader) listOrNone(key string) []string {
	if n := r.node.fields[key]; n != nil && n.kind == arrayKind && len(n.items) == 0 {
		r.known = append(r.known, key)
		return nil
	}
	return r.list(key)
}

// A place is where a bucket will be, as far as the settings tell: fields may
// be empty.
type place struct{ region, account, endpoint string }

func (ms *Mistakes) guards(path string, b Bucket, in place) {
	ms.encryption(join(path, "encryption"), b.Encryption, in)
	if !b.MinimumTLSVersion.Valid() {
		ms.add(join(path, "minimumTLSVersion"), quote(string(b.MinimumTLSVersion)), "must be 1.2 or 1.3", `write "1.2" or "1.3", in quotes`)
	}
	if !b.DeleteMarkers.Valid() {
		ms.add(join(path, "deleteMarkers"), quote(string(b.DeleteMarkers)), "must be deny or allow", `write "deny", or "allow" to leave them to IAM`)
	}
	ms.guardians(join(path, "guardians"), b.Guardians, in)
	ms.lifecycle(join(path, "lifecycle"), b.Lifecycle, b.Retention)
}
