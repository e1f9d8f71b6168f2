package settings_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalock/settings"
)

// inStatement is a bucket with a statement, to which the fields are added.
func inStatement(fields string) string {
	return inBucket(`"name": "abc-def", "policyStatements": [{"Effect": "Deny", ` + fields + `}]`)
}

const (
	onAll  = `"Action": "s3:GetObject", "Resource": "arn:aws:s3:::abc-def/*"`
	toAll  = `"Principal": "*"`
	longer = 81 // one more than a message shows
)

// pieces are pairs of settings that differ in a detail: one without a mistake, and
// one with a part of the message about it.
var pieces = []struct{ name, good, bad, want string }{
	{"a longer maximum than a day less", inBucket(`"retention": {"days": 1, "maximumDays": 1}`),
		inBucket(`"retention": {"days": 1, "maximumDays": -1}`), "buckets.a1.retention.maximumDays"},
	{"a key of data events", inBucket(`"dataEvents": {"managementEvents": false}`),
		inBucket(`"dataEvents": {"managementEvents": "no"}`), "buckets.a1.dataEvents.managementEvents"},
	{"an unknown key of data events", inBucket(`"dataEvents": {}`), inBucket(`"dataEvents": {"x": 1}`),
		"buckets.a1.dataEvents.x: unknown key"},
	{"an unknown key of evidence", inBucket(`"evidence": {}`), inBucket(`"evidence": {"x": 1}`),
		"buckets.a1.evidence.x: unknown key"},
	{"an unknown key of an inventory", inBucket(`"evidence": {}, "inventory": {}`),
		inBucket(`"evidence": {}, "inventory": {"x": 1}`), "buckets.a1.inventory.x: unknown key"},
	{"an unknown key of a renewal of a prefix",
		inBucket(`"renew": {"prefixes": {"p": {"keepDays": 90, "whenLeftDays": 30}}}, "batch": true, "evidence": {}`),
		inBucket(`"renew": {"prefixes": {"p": {"keepDays": 90, "whenLeftDays": 30, "x": 1}}}, "batch": true, "evidence": {}`),
		"buckets.a1.renew.prefixes.p.x: unknown key"},
	{"a renewal of no days left", inBucket(`"renew": {"keepDays": 90, "whenLeftDays": 1}`),
		inBucket(`"renew": {"keepDays": 90, "whenLeftDays": 0}`), "buckets.a1.renew.whenLeftDays"},
	{"a name for a replica", inBucket(`"name": "abc-def", "replica": {"region": "eu-west-1", "name": "abc"}`),
		inBucket(`"name": "abc-def", "replica": {"region": "eu-west-1", "name": "Abc"}`), `buckets.a1.replica.name = "Abc"`},
	{"an unknown key of a replica", inBucket(`"name": "abc-def", "replica": {"region": "eu-west-1"}`),
		inBucket(`"name": "abc-def", "replica": {"region": "eu-west-1", "x": 1}`), "buckets.a1.replica.x: unknown key"},
	{"one bucket for evidence and a replica",
		inBucket(`"name": "abc-def", "evidence": {"name": "abc"}, "replica": {"region": "eu-west-1", "name": "abd"}`),
		inBucket(`"name": "abc-def", "evidence": {"name": "abc"}, "replica": {"region": "eu-west-1", "name": "abc"}`),
		`replica.name = "abc"`},
	{"as many days of a renewal as are allowed",
		inBucket(`"retention": {"maximumDays": 400}, "renew": {"keepDays": 400, "whenLeftDays": 30}`),
		inBucket(`"retention": {"maximumDays": 400}, "renew": {"keepDays": 401, "whenLeftDays": 30}`),
		"buckets.a1.renew.keepDays"},
	{
		"as many tags as are allowed",
		inFile(`"tags": {` + manyTags(50) + `}`),
		inFile(`"tags": {` + manyTags(51) + `}`),
		"tags",
	},
	{"days before an expiration", inBucket(`"lifecycle": {"noncurrentVersionExpirationDays": 90}`),
		inBucket(`"lifecycle": {"noncurrentVersionExpirationDays": -1}`), "noncurrentVersionExpirationDays = -1"},
	{"a session that isn't a role's", inBucket(`"guardians": ["arn:aws:iam::012345678901:role/a"]`),
		inBucket(`"guardians": ["arn:aws:sts::012345678901:federated-user/a"]`), "buckets.a1.guardians[0]"},
	{
		"a Sid that isn't text",
		inStatement(`"Sid": "A", ` + toAll + `, ` + onAll),
		inStatement(`"Sid": 1, ` + toAll + `, ` + onAll),
		"policyStatements[0].Sid = 1: must be a string",
	},
	{
		"an empty principal",
		inStatement(`"Principal": {"AWS": "*"}, ` + onAll),
		inStatement(`"Principal": {"AWS": ""}, ` + onAll),
		`policyStatements[0].Principal.AWS = "": must not be empty`,
	},
	{"no principals", inStatement(`"Principal": {"AWS": "*"}, ` + onAll), inStatement(`"Principal": {}, ` + onAll),
		"policyStatements[0].Principal = {}: must not be empty"},
	{"a principal that isn't text", inStatement(`"Principal": {"AWS": ["*"]}, ` + onAll),
		inStatement(`"Principal": {"AWS": [1]}, ` + onAll), "policyStatements[0].Principal.AWS[0] = 1: must be a string"},
	{"an excluded action", inStatement(toAll + `, "NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::abc-def/*"`),
		inStatement(toAll + `, "NotAction": "ec2:Run", "Resource": "arn:aws:s3:::abc-def/*"`),
		"policyStatements[0].NotAction"},
	{"an action without a name", inStatement(toAll + `, "Action": "s3:*", "Resource": "arn:aws:s3:::abc-def/*"`),
		inStatement(toAll + `, "Action": "s3:", "Resource": "arn:aws:s3:::abc-def/*"`), "policyStatements[0].Action"},
	{"a number beyond all", inBucket(`"retention": {"days": 9e1}`), inBucket(`"retention": {"days": 1e400}`),
		"buckets.a1.retention.days = 1e400: is out of range"},
	{"a number far out", inBucket(`"retention": {"days": 90.0}`), inBucket(`"retention": {"days": 2147483649}`),
		"buckets.a1.retention.days = 2147483649: is out of range"},
	{
		"a long number",
		inBucket(`"retention": {"days": 90}`),
		inBucket(`"retention": {"days": 1` + strings.Repeat("0", 39) + `}`),
		"days = 1" + strings.Repeat("0", 39) + ": is out of range",
	},
	{
		"a longer number",
		inBucket(`"retention": {"days": 90}`),
		inBucket(`"retention": {"days": 1` + strings.Repeat("0", 40) + `}`),
		"days = 1" + strings.Repeat("0", 39) + "…: is out of range",
	},
	{"port 0", inFile(`"endpoint": "https://s3.local:1"`), inFile(`"endpoint": "https://s3.local:0"`), "endpoint"},
	{"a port too many", inFile(`"endpoint": "https://s3.local:65535"`), inFile(`"endpoint": "https://s3.local:65536"`),
		"endpoint"},
	{"a key as long as is shown", inFile(`"tags": {"a": "b"}`), inFile(`"` + strings.Repeat("k", longer-1) + `": 1`),
		strings.Repeat("k", longer-1) + ": unknown key"},
	{"a key longer than is shown", inFile(`"tags": {"a": "b"}`), inFile(`"` + strings.Repeat("k", longer) + `": 1`),
		`["` + strings.Repeat("k", longer-1) + `… (81 bytes)]: unknown key`},
	{
		"a text that is cut within a letter",
		inFile(`"tags": {"a": "b"}`),
		inFile(`"endpoint": "` + strings.Repeat("k", 79) + `éé"`),
		`"` + strings.Repeat("k", 79) + `… (83 bytes)`,
	},
	{
		"a text that isn't UTF-8",
		inFile(`"tags": {"a": "b"}`),
		"\n{\"region\":\n\"é\xff\"}",
		"not JSON, line 3: the text is not UTF-8",
	},
}

func manyTags(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"t%d": "x"`, i))
	}
	return strings.Join(all, ",")
}

func TestPieces(t *testing.T) {
	for _, c := range pieces {
		if _, err := settings.Decode([]byte(c.good)); err != nil {
			t.Errorf("%s: its neighbour has the mistake %v", c.name, err)
		}
		if _, err := settings.Decode([]byte(c.bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestDecodeFileKeeps(t *testing.T) {
	const datalock = `"datalock": {"region": "us-east-1", "buckets": {"a": {}}}`
	file, err := settings.DecodeFile([]byte(`{"context": {"x": {"y": 1}, `+datalock+`}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if x, is := file.Context["x"].(map[string]any); len(file.Context) != 1 || !is || x["y"] != 1.0 {
		t.Errorf("the context is %v", file.Context)
	}
	_, err = settings.DecodeFile([]byte(`{"output": 5, "context": {`+datalock+`}}`), "")
	if mistakes := (settings.Mistakes)(
		nil,
	); !errors.As(err, &mistakes) ||
		!strings.HasPrefix(err.Error(), "output = 5: ") {
		t.Errorf("an output that isn't text: %v", err)
	}
}

func TestAdoptableNotification(t *testing.T) {
	for name, b := range map[string]settings.Bucket{
		"replica": {Replica: &settings.Replica{}}, "data events": {DataEvents: &settings.DataEvents{}},
	} {
		if slices.Contains(b.Adoptable(), "aws_s3_bucket_notification") {
			t.Errorf("with %s alone, a notification can be adopted", name)
		}
	}
	both := settings.Bucket{Replica: &settings.Replica{}, DataEvents: &settings.DataEvents{}}
	if !slices.Contains(both.Adoptable(), "aws_s3_bucket_notification") {
		t.Error("no notification can be adopted")
	}
}
