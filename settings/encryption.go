package settings

import "slices"

// EncryptionAlgorithm is the server-side encryption of new object versions.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
type EncryptionAlgorithm string

const (
	// AES256 is SSE-S3: S3 keeps the keys, and nobody can delete one.
	AES256 EncryptionAlgorithm = "AES256"
	// KMS is SSE-KMS: whoever may delete the AWS KMS key can make every
	// version unreadable, locked or not.
	KMS EncryptionAlgorithm = "aws:kms"
)

// Valid reports whether the algorithm is one that a bucket here may have.
func (a EncryptionAlgorithm) Valid() bool {
	return slices.Contains([]EncryptionAlgorithm{AES256, KMS}, a)
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	// Algorithm is AES256 or aws:kms.
	Algorithm EncryptionAlgorithm
	// KeyARN is the ARN of the AWS KMS key where the algorithm is aws:kms;
	// empty there means that the stack makes a key of its own.
	KeyARN string
}

// MakesKey reports whether the bucket gets a key of its own.
func (e Encryption) MakesKey() bool {
	return e.Algorithm == KMS && e.KeyARN == ""
}

func decodeEncryption(r *reader, into *Encryption) {
	algorithm := string(into.Algorithm)
	r.str("algorithm", &algorithm)
	into.Algorithm = EncryptionAlgorithm(algorithm)
	r.str("keyArn", &into.KeyARN)
	r.done()
}

func (ms *Mistakes) encryption(path string, e Encryption, in place) {
	key := join(path, "keyArn")
	switch {
	case !e.Algorithm.Valid():
		ms.add(join(path, "algorithm"), quote(string(e.Algorithm)), "must be AES256 or aws:kms",
			`write "AES256", whose keys nobody can delete, or "aws:kms"`)
	case e.Algorithm == AES256 && e.KeyARN != "":
		ms.add(key, quote(e.KeyARN), "belongs to the algorithm aws:kms, but the algorithm is AES256", `leave it out, or write "algorithm": "aws:kms"`)
	case e.KeyARN != "":
		ms.keyARN(key, e.KeyARN, in)
	case e.MakesKey() && in.endpoint != "":
		ms.add(key, "", "missing, but the server at the endpoint has no AWS KMS in which a key could be made", `name a key that the server knows, or write "algorithm": "AES256"`)
	case e.MakesKey() && in.account == "":
		ms.add("account", "", "missing, but the policy of the key that "+path+" asks for has to name the account", "name the account that the stack is deployed to, or name a key in "+key)
	}
}

// keyARN takes whole key ARNs only: an alias can be pointed at another key, and
// a key of another Region can't encrypt in this one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func (ms *Mistakes) keyARN(path, key string, in place) {
	shape, partition := keyShape.FindStringSubmatch(key), Partition(in.region)
	switch {
	case shape == nil:
		ms.add(path, quote(key), "must be the ARN of an AWS KMS key, not an alias or an ID alone",
			`write it as in "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"`)
	case in.region == "":
	case shape[1] != partition:
		ms.add(path, quote(key), "is in the partition "+shape[1]+", but Region "+in.region+" is in "+partition, "name a key of the bucket's Region")
	case shape[2] != in.region:
		ms.add(path, quote(key), "is a key of Region "+shape[2]+", but the bucket is in "+in.region, "name a key of the bucket's Region")
	}
}
