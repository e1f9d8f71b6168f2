package settings

import "slices"

// EncryptionAlgorithm is the server-side encryption of new object versions.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
type EncryptionAlgorithm string

const (
	// AES256 is SSE-S3: S3 manages the keys, and nobody can delete one.
	AES256 EncryptionAlgorithm = "AES256"
	// KMS is SSE-KMS: whoever can delete the AWS KMS key can make every
	// version unreadable, locked or not.
	KMS EncryptionAlgorithm = "aws:kms"
)

var algorithms = []EncryptionAlgorithm{AES256, KMS}

// Valid reports whether a bucket can have the algorithm.
func (a EncryptionAlgorithm) Valid() bool {
	return slices.Contains(algorithms, a)
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	// Algorithm is AES256 or aws:kms.
	Algorithm EncryptionAlgorithm
	// KeyARN is the ARN of the AWS KMS key if the algorithm is aws:kms. If it
	// is empty, the stack creates a key.
	KeyARN string
}

// MakesKey reports whether the stack creates a key for the bucket.
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

func (e Encryption) validate(path string, in place) Mistakes {
	key := join(path, "keyArn")
	switch {
	case !e.Algorithm.Valid():
		return validateChoice(join(path, "algorithm"), e.Algorithm, algorithms,
			`use "AES256", whose keys nobody can delete, or "aws:kms"`)
	case e.Algorithm == AES256 && e.KeyARN != "":
		return mistake(key, quote(e.KeyARN), "requires the algorithm aws:kms, but the algorithm is AES256",
			`remove it, or set "algorithm": "aws:kms"`)
	case e.KeyARN != "":
		return validateKeyARN(key, e.KeyARN, in)
	case e.MakesKey() && in.endpoint != "":
		return mistake(key, "",
			"required with an endpoint, because an S3-compatible server has no AWS KMS to create a key in",
			`set a key that the server has, or set "algorithm": "AES256"`)
	case e.MakesKey() && in.account == "":
		return mistake("account", "", "required to create a key for "+path+", because the key policy names the account",
			"set the ID of the account that you deploy to, or set an existing key in "+key)
	}
	return nil
}

// validateKeyARN accepts only a key's full ARN: an alias can be moved to
// another key, and a key of another Region can't encrypt in this one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func validateKeyARN(path, key string, in place) Mistakes {
	shape := keyShape.FindStringSubmatch(key)
	if shape == nil {
		return mistake(path, quote(key), "must be the ARN of an AWS KMS key, not an alias or a key ID",
			`use an ARN such as "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"`)
	}
	const fix = "use a key in the bucket's Region"
	partition, region := shape[1], shape[2]
	if rule := in.partitionRule(partition); rule != "" {
		return mistake(path, quote(key), rule, fix)
	}
	if in.region != "" && region != in.region {
		return mistake(path, quote(key), "is in Region "+region+", but the bucket is in "+in.region, fix)
	}
	return nil
}
