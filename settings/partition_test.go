package settings_test

import (
	"os"
	"testing"

	"datalock/settings"
)

// TestPartitionAtEndpoint: an S3-compatible server knows ARNs of the partition aws
// alone, whatever Region it signs for.
func TestPartitionAtEndpoint(t *testing.T) {
	const fix = `; write "arn:aws:s3:::abc" or "arn:aws:s3:::abc/*"`
	at := func(bucket string) string {
		return `{"region": "cn-north-1", "endpoint": "https://127.0.0.1:9000", "buckets": {"a1": {"name": "abc", ` +
			bucket + `}}}`
	}
	statement := func(partition, resource string) string {
		return at(`"policyStatements": [{"Effect": "Deny", "Principal": {"AWS": "arn:` + partition +
			`:iam::012345678901:role/r"}, "Action": "s3:GetObject", "Resource": "` + resource + `"}]`)
	}
	key := func(partition string) string {
		return at(`"encryption": {"algorithm": "aws:kms", "keyArn": "arn:` + partition +
			`:kms:cn-north-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"}`)
	}
	const every = `is in partition aws-cn, but at an endpoint every ARN is in aws; `
	for _, c := range []struct{ name, json, want string }{
		{"a statement", statement("aws", "arn:aws:s3:::abc/*"), ""},
		{"a resource of the Region's partition", statement("aws", "arn:aws-cn:s3:::abc/*"),
			`buckets.a1.policyStatements[0].Resource = "arn:aws-cn:s3:::abc/*": ` + every[:len(every)-2] +
				fix},
		{"a principal of the Region's partition", statement("aws-cn", "arn:aws:s3:::abc/*"),
			`buckets.a1.policyStatements[0].Principal.AWS = "arn:aws-cn:iam::012345678901:role/r": ` + every +
				`write "Principal": {"AWS": "arn:aws:iam::012345678901:role/reader"}`},
		{"a pattern for the bucket", statement("aws", "arn:aws:s3:::ab*/*"),
			`buckets.a1.policyStatements[0].Resource = "arn:aws:s3:::ab*/*": must contain the bucket's full name: ` +
				`S3-compatible servers can refuse patterns for it` + fix},
		{"a guardian", at(`"guardians": ["arn:aws:iam::012345678901:role/r"]`), ""},
		{"a guardian of the Region's partition", at(`"guardians": ["arn:aws-cn:iam::012345678901:role/r"]`),
			`buckets.a1.guardians[0] = "arn:aws-cn:iam::012345678901:role/r": ` + every + `use a role of the bucket's account`},
		{"a key", key("aws"), ""},
		{"a key of the Region's partition", key("aws-cn"),
			`buckets.a1.encryption.keyArn = "arn:aws-cn:kms:cn-north-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef": ` + every + `use a key in the bucket's Region`},
	} {
		if _, err := settings.Decode([]byte(c.json)); text(err) != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text(err), c.want)
		}
	}
	b := settings.DefaultBucket()
	b.Region = "cn-north-1"
	if got := b.Partition(); got != "aws-cn" {
		t.Errorf("on AWS the partition is %s", got)
	}
	b.Endpoint = "https://127.0.0.1:9000"
	if got := b.Partition(); got != "aws" {
		t.Errorf("at an endpoint the partition is %s", got)
	}
}

// TestPartitionAtEndpointOfAWS: an endpoint of AWS, such as one with FIPS or of AWS
// PrivateLink, has the ARNs of its Region.
func TestPartitionAtEndpointOfAWS(t *testing.T) {
	b := settings.DefaultBucket()
	for _, c := range []struct{ region, endpoint, want string }{
		{"us-gov-west-1", "https://s3-fips.us-gov-west-1.amazonaws.com", "aws-us-gov"},
		{"cn-north-1", "https://bucket.vpce-0a.s3.cn-north-1.vpce.amazonaws.com.cn:443/", "aws-cn"},
		{"eusc-de-east-1", "https://S3.eusc-de-east-1.AMAZONAWS.eu", "aws-eusc"},
		{"us-iso-east-1", "https://s3.us-iso-east-1.c2s.ic.gov", "aws-iso"},
		{"us-gov-west-1", "https://s3-fips.dualstack.us-gov-west-1.api.aws", "aws-us-gov"},
		{"us-east-1", "https://s3-fips.us-east-1.amazonaws.com", "aws"},
		{"us-gov-west-1", "https://s3.amazonaws.com.example.org", "aws"},
		{"us-gov-west-1", "https://notamazonaws.com", "aws"},
	} {
		b.Region, b.Endpoint = c.region, c.endpoint
		if got := b.Partition(); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.endpoint, c.region, got, c.want)
		}
	}
	file := func(resource string) string {
		return `{"region": "us-gov-west-1", "endpoint": "https://s3-fips.us-gov-west-1.amazonaws.com", "buckets": {"a1": ` +
			`{"name": "abc", "policyStatements": [{"Effect": "Deny", "Principal": {"AWS": "arn:aws-us-gov:iam::012345678901:` +
			`role/r"}, "Action": "s3:GetObject", "Resource": "` + resource + `"}]}}}`
	}
	for resource, want := range map[string]string{
		"arn:aws-us-gov:s3:::abc/*": "",
		"arn:aws-*:s3:::ab*/*":      "",
		"arn:aws:s3:::abc/*": `buckets.a1.policyStatements[0].Resource = "arn:aws:s3:::abc/*": is in partition aws, but ` +
			`Region us-gov-west-1 is in aws-us-gov; write "arn:aws-us-gov:s3:::abc" or "arn:aws-us-gov:s3:::abc/*"`,
	} {
		if _, err := settings.Decode([]byte(file(resource))); text(err) != want {
			t.Errorf("%s: got\n%s\nwant\n%s", resource, text(err), want)
		}
	}
}

// TestPartitionWithoutRegion: the partition isn't known, so none is wrong.
func TestPartitionWithoutRegion(t *testing.T) {
	_, err := settings.Decode([]byte(`{"buckets": {"a1": {"name": "abc", "policyStatements": [{"Effect": "Deny", ` +
		`"Principal": {"AWS": "arn:aws-us-gov:iam::012345678901:role/r"}, "Action": "s3:GetObject", "Resource": ` +
		`"arn:aws-us-gov:s3:::abc/*"}]}}}`))
	const want = `region: missing; set the AWS Region of the buckets, such as "us-east-1"`
	if text(err) != want {
		t.Errorf("got\n%s\nwant\n%s", text(err), want)
	}
}

// TestProgramsNeedRegion: without a Region the ARNs of a bucket on AWS aren't known.
func TestProgramsNeedRegion(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name = "abc"
	const want = `id.region: missing; set the AWS Region of the buckets, such as "us-east-1"`
	if got := text(b.Validate("id").Err()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.Endpoint = "https://127.0.0.1:9000"
	if got := text(b.Validate("id").Err()); got != "" {
		t.Errorf("at an endpoint: %s", got)
	}
}

// TestActionsAreThoseOfTheServer compares the list of actions with the one that the
// local server's module has.
func TestActionsAreThoseOfTheServer(t *testing.T) {
	ours, err := os.ReadFile("actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	servers, err := os.ReadFile("../internal/rehearse/server/internal/bucketpolicy/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(servers) {
		t.Error("settings/actions.txt differs from the local server's list; copy the one with more actions to the other")
	}
}
