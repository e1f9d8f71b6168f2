package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"datalock/settings"
)

const atEndpoint = `{"region": "us-east-1", "endpoint": "https://127.0.0.1:9000", "buckets": {"a1": {`

// topologyMistakes has for each rule of the topology an input that breaks it, a
// similar one that doesn't, and the exact message.
var topologyMistakes = []struct{ name, good, bad, want string }{
	{"batch without evidence", inBucket(`"evidence": {}, "batch": true`), inBucket(`"batch": true`),
		`buckets.a1.batch: requires "evidence", the bucket for the manifests and reports of jobs; set "evidence": {} in ` +
			`the same bucket, or remove the key`},
	{"batch at an endpoint", inBucket(`"evidence": {}, "batch": true`), atEndpoint + `"evidence": {}, "batch": true}}}`,
		`buckets.a1.batch: can't be used with "endpoint": an S3-compatible server has no IAM role for S3 Batch Operations ` +
			`to assume; remove the key`},
	{"access logs without evidence", inBucket(`"evidence": {}, "accessLogs": true`), inBucket(`"accessLogs": true`),
		`buckets.a1.accessLogs: requires "evidence", the bucket for the logs; set "evidence": {} in the same bucket, or ` +
			`remove the key`},
	{"access logs without an account", inBucket(`"evidence": {}, "accessLogs": true`),
		`{"region": "us-east-1", "buckets": {"a1": {"evidence": {}, "accessLogs": true}}}`,
		`account: required with buckets.a1.accessLogs, because a policy names the account; set the ID of the account that ` +
			`you deploy to`},
	{"access logs at an endpoint", atEndpoint + `"evidence": {}, "accessLogs": false}}}`,
		atEndpoint + `"evidence": {}, "accessLogs": true}}}`,
		`buckets.a1.accessLogs: can't be used with "endpoint": an S3-compatible server delivers no access logs as AWS ` +
			`does; remove the key`},
	{"an inventory without evidence", inBucket(`"evidence": {}, "inventory": {}`), inBucket(`"inventory": {}`),
		`buckets.a1.inventory: requires "evidence", the bucket for the lists; set "evidence": {} in the same bucket, or ` +
			`remove the key`},
	{"an inventory every hour", inBucket(`"evidence": {}, "inventory": {"frequency": "Weekly"}`),
		inBucket(`"evidence": {}, "inventory": {"frequency": "hourly"}`),
		`buckets.a1.inventory.frequency = "hourly": must be Daily or Weekly; use "Daily" or "Weekly", with a capital letter`},
	{"an inventory in small letters", inBucket(`"evidence": {}, "inventory": {"frequency": "Daily"}`),
		inBucket(`"evidence": {}, "inventory": {"frequency": "daily"}`),
		`buckets.a1.inventory.frequency = "daily": must be Daily or Weekly; did you mean "Daily"?`},
	{"an inventory at an endpoint", atEndpoint + `"evidence": {}}}}`, atEndpoint + `"evidence": {}, "inventory": {}}}}`,
		`buckets.a1.inventory: can't be used with "endpoint": an S3-compatible server writes no inventories as AWS does; ` +
			`remove the key`},
	{"evidence for no days", inBucket(`"evidence": {"expirationDays": 1}`), inBucket(`"evidence": {"expirationDays": 0}`),
		`buckets.a1.evidence.expirationDays = 0: must be a whole number from 1 to 36500; write an age in days, such as ` +
			`"expirationDays": 365`},
	{"evidence for too many days", inBucket(`"evidence": {"expirationDays": 36500}`),
		inBucket(`"evidence": {"expirationDays": 36501}`),
		`buckets.a1.evidence.expirationDays = 36501: must be a whole number from 1 to 36500; write an age in days, such ` +
			`as "expirationDays": 365`},
	{"a name for evidence", inBucket(`"evidence": {"name": "abc"}`), inBucket(`"evidence": {"name": "Abc"}`),
		`buckets.a1.evidence.name = "Abc": may contain only lower-case letters, numbers, '.' and '-'; choose another ` +
			`bucket name`},
	{"a default name that is too long", inBucket(`"name": "` + strings.Repeat("n", 54) + `", "evidence": {}`),
		inBucket(`"name": "` + strings.Repeat("n", 55) + `", "evidence": {}`),
		`buckets.a1.evidence.name: the default name, the bucket's name and "-evidence", is 64 characters long, but must ` +
			`be at most 63; set another name, or shorten the bucket's`},
	{"a default name from a prefix that is too long",
		inBucket(`"namePrefix": "` + strings.Repeat("n", 28) + `", "evidence": {}`),
		inBucket(`"namePrefix": "` + strings.Repeat("n", 29) + `", "evidence": {}`),
		`buckets.a1.evidence.name: the default name, the bucket's name and "-evidence", is 64 characters long, but must ` +
			`be at most 63; set another name, or shorten the bucket's`},
	{"evidence in the bucket itself", inBucket(`"name": "abc", "evidence": {"name": "abcd"}`),
		inBucket(`"name": "abc", "evidence": {"name": "abc"}`),
		`buckets.a1.name = "abc": is also the name of the bucket in stack "a1", and bucket names are unique; rename one ` +
			`of the buckets`},
	{"evidence in another bucket",
		`{"region": "us-east-1", "buckets": {"a": {"name": "abc", "evidence": {}}, "b": {"name": "abc-evidences"}}}`,
		`{"region": "us-east-1", "buckets": {"a": {"name": "abc", "evidence": {}}, "b": {"name": "abc-evidence"}}}`,
		`buckets.b.name = "abc-evidence": is also the name of the bucket in stack "a", and bucket names are unique; ` +
			`rename one of the buckets`},
	{"the state among the evidence",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "abc"}}, "buckets": {"a": {"evidence": {"name": "abcd"}}}}`,
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "abc"}}, "buckets": {"a": {"evidence": {"name": "abc"}}}}`,
		`backend.s3.bucket = "abc": is an immutable bucket of this file, so Terraform couldn't delete its own locks and ` +
			`old states; keep the state in another bucket`},
	{"a replica without a Region", inBucket(`"replica": {"region": "eu-west-1"}`), inBucket(`"replica": {}`),
		`buckets.a1.replica.region: missing; set the AWS Region of the buckets, such as "us-east-1"`},
	{"a replica in its own Region", inBucket(`"replica": {"region": "us-east-2"}`),
		inBucket(`"replica": {"region": "us-east-1"}`),
		`buckets.a1.replica.region = "us-east-1": is the bucket's own Region; choose another one, far enough away not to ` +
			`fail with it`},
	{"a replica in another partition", inBucket(`"replica": {"region": "us-east-2"}`),
		inBucket(`"replica": {"region": "us-gov-west-1"}`),
		`buckets.a1.replica.region = "us-gov-west-1": is in partition aws-us-gov, and S3 replicates only within the ` +
			`bucket's, aws; choose a Region of that partition`},
	{"a replica without an account", inBucket(`"replica": {"region": "eu-west-1"}`),
		`{"region": "us-east-1", "buckets": {"a1": {"replica": {"region": "eu-west-1"}}}}`,
		`account: required with buckets.a1.replica, because a policy names the account; set the ID of the account that ` +
			`you deploy to`},
	{"a replica in another account", inBucket(`"replica": {"region": "eu-west-1", "account": "012345678901"}`),
		inBucket(`"replica": {"region": "eu-west-1", "account": "999999999999"}`),
		`buckets.a1.replica.account = "999999999999": is another account than the bucket's, and a replica in another ` +
			`account isn't supported; remove the key, or replicate to another account outside of this stack`},
	{"a replica at an endpoint", atEndpoint + `}}}`, atEndpoint + `"replica": {"region": "eu-west-1"}}}}`,
		`buckets.a1.replica: can't be used with "endpoint": an S3-compatible server has no other Region to replicate to; ` +
			`remove the key`},
	{"a replica that is locked for less time", inBucket(`"replica": {"region": "eu-west-1", "retention": {"days": 90}}`),
		inBucket(`"replica": {"region": "eu-west-1", "retention": {"days": 89}}`),
		`buckets.a1.replica.retention = "89 days": is shorter than the bucket's, 90 days; write the same length or a ` +
			`longer one, or remove the key`},
	{"a replica in a weaker mode", inBucket(`"replica": {"region": "eu-west-1", "retention": {"mode": "COMPLIANCE"}}`),
		inBucket(`"replica": {"region": "eu-west-1", "retention": {"mode": "GOVERNANCE"}}`),
		`buckets.a1.replica.retention.mode = "GOVERNANCE": is weaker than the bucket's, COMPLIANCE; remove the key`},
	{"a replica that isn't confirmed",
		inBucket(`"replica": {"region": "eu-west-1", "retention": {"years": 11, "confirmRetentionDays": 4015}}`),
		inBucket(`"replica": {"region": "eu-west-1", "retention": {"years": 11}}`),
		`buckets.a1.replica.retention.confirmRetentionDays: required for a COMPLIANCE retention over 3650 days, which ` +
			`nobody can undo; to confirm 11 years, write "confirmRetentionDays": 4015`},
	{"a replica of a confirmed retention",
		inBucket(`"retention": {"years": 11, "confirmRetentionDays": 4015}, "replica": {"region": "eu-west-1", ` +
			`"retention": {"years": 11}}`),
		inBucket(`"retention": {"years": 11, "confirmRetentionDays": 4015}, "replica": {"region": "eu-west-1", ` +
			`"retention": {"years": 12}}`),
		`buckets.a1.replica.retention.confirmRetentionDays: required for a COMPLIANCE retention over 3650 days, which ` +
			`nobody can undo; to confirm 12 years, write "confirmRetentionDays": 4380`},
	{"a key for a replica without keys",
		inBucket(`"encryption": {"algorithm": "aws:kms"}, "replica": {"region": "eu-west-1", "keyArn": ` +
			`"arn:aws:kms:eu-west-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"}`),
		inBucket(`"replica": {"region": "eu-west-1", "keyArn": ` +
			`"arn:aws:kms:eu-west-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"}`),
		`buckets.a1.replica.keyArn = "arn:aws:kms:eu-west-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef": ` +
			`requires the bucket's algorithm aws:kms, but it is AES256; remove it, or set the bucket's "encryption"`},
	{"a replica's key in the bucket's Region",
		inBucket(`"encryption": {"algorithm": "aws:kms"}, "replica": {"region": "eu-west-1"}`),
		inBucket(`"encryption": {"algorithm": "aws:kms"}, "replica": {"region": "eu-west-1", "keyArn": ` +
			`"arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"}`),
		`buckets.a1.replica.keyArn = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef": is in ` +
			`Region us-east-1, but the bucket is in eu-west-1; use a key in the bucket's Region`},
	{"data events without an account", inBucket(`"dataEvents": {}`),
		`{"region": "us-east-1", "buckets": {"a1": {"dataEvents": {}}}}`,
		`account: required with buckets.a1.dataEvents, because a policy names the account; set the ID of the account that ` +
			`you deploy to`},
	{"data events at an endpoint", atEndpoint + `}}}`, atEndpoint + `"dataEvents": {}}}}`,
		`buckets.a1.dataEvents: can't be used with "endpoint": an S3-compatible server has no CloudTrail; remove the key`},
	{"one bucket for two uses", inBucket(`"evidence": {"name": "abc"}, "dataEvents": {"name": "abd"}`),
		inBucket(`"evidence": {"name": "abc"}, "dataEvents": {"name": "abc"}`),
		`buckets.a1.evidence.name = "abc": is also the name of the bucket in stack "a1", and bucket names are unique; ` +
			`rename one of the buckets`},
	{
		"a trail with two dashes in its name",
		inBucket(`"name": "my--data"`),
		inBucket(`"name": "my--data", "dataEvents": {}`),
		`buckets.a1.name = "my--data": ` + trailCalled + `"my--data-trail"` + noAdjacent,
	},
	{"a trail with a period and a dash", inBucket(`"name": "my.data", "dataEvents": {}`),
		inBucket(`"name": "my.-data", "dataEvents": {"name": "my-trail"}`),
		`buckets.a1.name = "my.-data": ` + trailCalled + `"my.-data-trail"` + noAdjacent},
	{"a trail from a prefix", inBucket(`"namePrefix": "my-data-", "dataEvents": {}`),
		inBucket(`"namePrefix": "my-data--", "dataEvents": {}`),
		`buckets.a1.namePrefix = "my-data--": ` + trailCalled + `"my-data--…-trail"` + noAdjacent},
	{"a trail from a stack's name",
		`{"region": "us-east-1", "account": "012345678901", "buckets": {"t5": {"dataEvents": {}}}}`,
		`{"region": "us-east-1", "account": "012345678901", "buckets": {"t5-": {"dataEvents": {}}}}`,
		`buckets.t5-.dataEvents: ` + trailCalled + `"t5--…-trail"` + noAdjacent},
	{"a name that is wrong anyway", inBucket(`"name": "my-data", "dataEvents": {}`),
		inBucket(`"name": "my..data", "dataEvents": {}`),
		`buckets.a1.name = "my..data": must not contain two periods in a row; choose another bucket name`},
	{"six trails in a Region", trails(5), trails(6),
		`buckets.t5.dataEvents: is one of 6 trails in Region us-east-1, and AWS allows 5 in a Region of an account, others ` +
			`of yours included; remove "dataEvents" from some of the buckets`},
	{"six trails in two Regions", trails(6, "us-west-2"), trails(7, "us-west-2"),
		`buckets.t5.dataEvents: is one of 6 trails in Region us-east-1, and AWS allows 5 in a Region of an account, others ` +
			`of yours included; remove "dataEvents" from some of the buckets`},
	{"two topics of one name", twoTopics("acme.datas", "us-east-1"), twoTopics("acme.data", "us-east-1"), oneTopic},
	{"two topics of one name, in two Regions", twoTopics("acme.data", "us-west-2"),
		twoTopics("acme.data", "us-east-1"), oneTopic},
	{"tags of a role that differ only in case", tagged(`"team": "a", "teams": "b"`, `"batch": true`),
		tagged(`"team": "a", "Team": "b"`, `"batch": true`), sameTags},
	{"tags that differ only in case, without a role", tagged(`"team": "a", "Team": "b"`, `"batch": false`),
		tagged(`"team": "a", "Team": "b"`, `"dataEvents": {}`), sameTags},
	{
		"evidence that doesn't expire",
		atEndpoint + `"lifecycle": {"enabled": false}, "evidence": {}}}}`,
		atEndpoint + `"lifecycle": {"enabled": false}, "evidence": {"expirationDays": 30}}}}`,
		`buckets.a1.evidence.expirationDays = 30: has no effect, because "lifecycle" is disabled: the reports never expire; ` +
			`remove the key, or "enabled": false from the bucket's "lifecycle"`,
	},
	{"a replica above the bucket's maximum",
		inBucket(`"retention": {"days": 10, "maximumDays": 100}, "replica": {"region": "eu-west-1", "retention": ` +
			`{"days": 400, "maximumDays": 400}}`),
		inBucket(`"retention": {"days": 10, "maximumDays": 100}, "replica": {"region": "eu-west-1", "retention": ` +
			`{"days": 400}}`),
		`buckets.a1.replica.retention = "400 days": is more than the bucket's retention.maximumDays, 100, which applies to ` +
			`the replica too; set "maximumDays" of the replica's retention to 400 or more, or shorten the retention`},
	{"a replica above its own maximum, which is the bucket's",
		inBucket(`"retention": {"days": 10, "maximumDays": 100}, "replica": {"region": "eu-west-1", "retention": ` +
			`{"days": 100, "maximumDays": 100}}`),
		inBucket(`"retention": {"days": 10, "maximumDays": 100}, "replica": {"region": "eu-west-1", "retention": ` +
			`{"days": 400, "maximumDays": 100}}`),
		`buckets.a1.replica.retention = "400 days": is more than the bucket's retention.maximumDays, 100, which applies to ` +
			`the replica too; set "maximumDays" of the replica's retention to 400 or more, or shorten the retention`},
	{"a lifecycle that is too short for the replica",
		inBucket(`"retention": {"days": 10}, "lifecycle": {"noncurrentVersionExpirationDays": 400}, "replica": ` +
			`{"region": "eu-west-1", "retention": {"days": 400}}`),
		inBucket(`"retention": {"days": 10}, "lifecycle": {"noncurrentVersionExpirationDays": 399}, "replica": ` +
			`{"region": "eu-west-1", "retention": {"days": 400}}`),
		`buckets.a1.lifecycle.noncurrentVersionExpirationDays = 399: is less than the retention of the replica, 400 days, ` +
			`and the replica has the same lifecycle; write 400 or more, or shorten replica.retention`},
	{"a lifecycle that is too short for both",
		inBucket(`"retention": {"days": 10}, "replica": {"region": "eu-west-1", "retention": {"days": 400}}`),
		inBucket(`"retention": {"days": 10}, "lifecycle": {"noncurrentVersionExpirationDays": 9}, "replica": ` +
			`{"region": "eu-west-1", "retention": {"days": 400}}`),
		`buckets.a1.lifecycle.noncurrentVersionExpirationDays = 9: is less than the retention of 10 days, and S3 deletes ` +
			`no version before its retention ends; write 10 or more`},
	{"a key of data events too far out", inBucket(`"dataEvents": {"reads": false}`), inBucket(`"reads": false`),
		`buckets.a1.reads: unknown key; it belongs in a bucket's "dataEvents"`},
	{"a key of evidence too far out", inBucket(`"evidence": {"expirationDays": 30}`), inBucket(`"expirationDays": 30`),
		`buckets.a1.expirationDays: unknown key; it belongs in a bucket's "evidence"`},
}

const (
	trailCalled = `the trail of "dataEvents" is called `
	noAdjacent  = `, and CloudTrail accepts no two of '.', '_' and '-' in a row; set a "name" or "namePrefix" of the ` +
		`bucket without them, or remove "dataEvents"`
	oneTopic = `buckets.b.name = "acme-data": the topic of the alarms is called "acme-data-alarms", as that of stack ` +
		`"a", because a topic's name has '-' instead of '.'; rename one of the buckets, or remove "dataEvents" from one`
	sameTags = `tags.team: differs from "Team" only in case, which IAM ignores, and stack "a1" has a role with these ` +
		`tags; rename one of the tags, or remove it`
)

// trails are settings with a number of trails in us-east-1, the last of which are in
// the given Regions instead.
func trails(n int, regions ...string) string {
	var buckets []string
	for i := range n {
		region := "us-east-1"
		if n-i <= len(regions) {
			region = regions[n-i-1]
		}
		buckets = append(buckets, fmt.Sprintf(`"t%d": {"region": %q, "dataEvents": {}}`, i, region))
	}
	return `{"region": "eu-west-1", "account": "012345678901", "buckets": {` + strings.Join(buckets, ", ") + `}}`
}

// twoTopics are a bucket of the given name and Region and acme-data, with alarms.
func twoTopics(name, region string) string {
	return `{"region": "us-east-1", "account": "012345678901", "buckets": {"a": {"name": "` + name + `", "region": "` +
		region + `", "dataEvents": {"name": "first-trail"}}, "b": {"name": "acme-data", "dataEvents": {}}}}`
}

// tagged is a bucket with tags for the whole file.
func tagged(tags, bucket string) string {
	return `{"region": "us-east-1", "account": "012345678901", "tags": {` + tags +
		`}, "buckets": {"a1": {"evidence": {}, ` + bucket + `}}}`
}

func TestTopologyMistakes(t *testing.T) {
	for _, c := range topologyMistakes {
		t.Run(c.name, func(t *testing.T) {
			if _, err := settings.Decode([]byte(c.good)); err != nil {
				t.Errorf("%s: %v", c.good, err)
			}
			if _, err := settings.Decode([]byte(c.bad)); err == nil || err.Error() != c.want {
				t.Errorf("%s:\n got  %v\n want %s", c.bad, err, c.want)
			}
		})
	}
}

// TestTopologyNames: names that follow from the bucket's are those that AWS
// accepts, and a role's never coincides with that of a similar bucket.
func TestTopologyNames(t *testing.T) {
	b := settings.DefaultBucket()
	names := func() string {
		return strings.Join([]string{
			b.EvidenceName("abc"), b.BatchRole("abc"), b.ReplicaName("abc"), b.TrailBucket("abc"),
		}, " ")
	}
	if got := names(); got != "   " {
		t.Errorf("a bucket without a topology has the names %q", got)
	}
	b.Evidence, b.Batch, b.Replica, b.DataEvents = &settings.Evidence{}, true, &settings.Replica{}, &settings.DataEvents{}
	if got := names(); got != "abc-evidence abc-batch abc-replica abc-trail" {
		t.Errorf("the names are %s", got)
	}
	b.Evidence.Name, b.Replica.Name, b.DataEvents.Name = "mine", "copy", "log"
	if got := names(); got != "mine abc-batch copy log" {
		t.Errorf("the names are %s", got)
	}
	long := strings.Repeat("n", 58)
	if got := b.BatchRole(long); got != long+"-batch" {
		t.Errorf("a name that just fits gives %s", got)
	}
	first, second := b.BatchRole(long+"a"), b.BatchRole(long+"b")
	if len(first) > 64 || first == second || !strings.HasPrefix(first, long[:40]+"-") ||
		!strings.HasSuffix(first, "-batch") {
		t.Errorf("long names give %s and %s", first, second)
	}
}
