package settings_test

import (
	"testing"

	"datalock/settings"
)

const aKey = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"

func TestEncryption(t *testing.T) {
	shape := `must be the ARN of an AWS KMS key, not an alias or a key ID; use an ARN such as "` + aKey + `"`
	check(t, inAccount, []guarded{
		{"AES256", `{"encryption": {"algorithm": "AES256"}}`, ""},
		{"a key that the stack creates", `{"encryption": {"algorithm": "aws:kms"}}`, ""},
		{"a given key", `{"encryption": {"algorithm": "aws:kms", "keyArn": "` + aKey + `"}}`, ""},
		{
			"a given key of another account",
			`{"encryption": {"algorithm": "aws:kms", "keyArn": ` +
				`"arn:aws:kms:us-east-1:999999999999:key/mrk-0123456789abcdef0123456789abcdef"}}`,
			"",
		},
		{"none", `{"encryption": {"algorithm": "none"}}`,
			`buckets.b.encryption.algorithm = "none": must be AES256 or aws:kms; use "AES256", whose keys nobody can delete, ` +
				`or "aws:kms"`},
		{"AES256 in lower case", `{"encryption": {"algorithm": "aes-256"}}`,
			`buckets.b.encryption.algorithm = "aes-256": must be AES256 or aws:kms; did you mean "AES256"?`},
		{"two layers", `{"encryption": {"algorithm": "aws:kms:dsse"}}`,
			`buckets.b.encryption.algorithm = "aws:kms:dsse": must be AES256 or aws:kms; use "AES256", whose keys nobody can ` +
				`delete, or "aws:kms"`},
		{"a key for AES256", `{"encryption": {"keyArn": "` + aKey + `"}}`,
			`buckets.b.encryption.keyArn = "` + aKey +
				`": requires the algorithm aws:kms, but the algorithm is AES256; remove it, or set "algorithm": "aws:kms"`},
		{"an alias", `{"encryption": {"algorithm": "aws:kms", "keyArn": "arn:aws:kms:us-east-1:012345678901:alias/data"}}`,
			`buckets.b.encryption.keyArn = "arn:aws:kms:us-east-1:012345678901:alias/data": ` + shape},
		{"an ID", `{"encryption": {"algorithm": "aws:kms", "keyArn": "01234567-89ab-cdef-0123-456789abcdef"}}`,
			`buckets.b.encryption.keyArn = "01234567-89ab-cdef-0123-456789abcdef": ` + shape},
		{"a Terraform expression", `{"encryption": {"algorithm": "aws:kms", "keyArn": "${aws_kms_key.k.arn}"}}`,
			`buckets.b.encryption.keyArn = "${aws_kms_key.k.arn}": ` + shape},
		{"a key of another Region", `{"region": "eu-west-1", "encryption": {"algorithm": "aws:kms", "keyArn": "` + aKey +
			`"}}`,
			`buckets.b.encryption.keyArn = "` + aKey +
				`": is in Region us-east-1, but the bucket is in eu-west-1; use a key in the bucket's Region`},
		{"an empty object", `{"encryption": {}}`, ""},
		{"misspelt", `{"encryption": {"algorithm": "aws:kms", "keyARN": "` + aKey + `"}}`,
			`buckets.b.encryption.keyARN: unknown key; did you mean "keyArn"?`},
	})
	check(t, inChina, []guarded{
		{"a key of another partition",
			`{"encryption": {"algorithm": "aws:kms", "keyArn": ` +
				`"arn:aws:kms:cn-north-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"}}`,
			`buckets.b.encryption.keyArn = "arn:aws:kms:cn-north-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef": ` +
				`is in partition aws, but Region cn-north-1 is in aws-cn; use a key in the bucket's Region`},
	})
	check(t, anywhere, []guarded{
		{"a key that the stack creates, without an account", `{"encryption": {"algorithm": "aws:kms"}}`,
			`account: required to create a key for buckets.b.encryption, because the key policy names the account; set the ` +
				`ID of the account that you deploy to, or set an existing key in buckets.b.encryption.keyArn`},
		{"a given key without an account", `{"encryption": {"algorithm": "aws:kms", "keyArn": "` + aKey + `"}}`, ""},
	})
	check(t, atServer, []guarded{
		{"a key that the stack creates, at a server", `{"encryption": {"algorithm": "aws:kms"}}`,
			`buckets.b.encryption.keyArn: required with an endpoint, because an S3-compatible server has no AWS KMS to ` +
				`create a key in; set a key that the server has, or set "algorithm": "AES256"`},
	})
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "aws", "eu-central-1": "aws", "": "aws", "cn-northwest-1": "aws-cn", "us-gov-east-1": "aws-us-gov",
		"us-iso-west-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e",
		"us-isof-east-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		if got := settings.Partition(region); got != want {
			t.Errorf("the partition of %q is %s, want %s", region, got, want)
		}
	}
}
